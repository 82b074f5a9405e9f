const whole = new Intl.NumberFormat('en-US');
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat('en-US', {
  style: 'percent',
  maximumFractionDigits: 1,
  // A little below zero is no minus nothing.
  signDisplay: 'negative',
});

/** Every digit, with separators. */
export const formatCount = (count: number): string => whole.format(count);

/** As an axis has room for: 12.5K. */
export const formatShort = (count: number): string => short.format(count);

/** A share; of nothing it is a dash. */
export const formatShare = (part: number, total: number): string =>
  total === 0 ? '–' : percent.format(part / total);

/** Milliseconds with one digit below ten; a dash where nothing was measured. */
export function formatMilliseconds(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : whole.format(Math.round(milliseconds))} ms`;
}

/** A rate, 0.05 for five percent; a dash where there is none. */
export const formatRate = (rate: number | null): string => (rate === null ? '–' : percent.format(rate));
