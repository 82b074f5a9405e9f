import type { BoundedFigure } from '../row.ts';
import type { BenchResult, SideResult } from './run-bench.ts';

type RatioResult = Extract<BenchResult, { kind: 'ratio' }>;

/** The lines of a result; that of a row ends as in `ratio: 31.2 (goal 30)`. */
export function resultLines(result: BenchResult): string[] {
  if (result.kind === 'bound')
    return result.figures.map((figure) => `${result.name}: ${figure.what}: ${boundText(figure)}`);
  const sides = [result.ours, result.theirs].map((side) => sideText(result, side));
  return [
    `${[`${result.name}: ${sides[0]}`, sides[1], `ratio: ${ratioText(result.ratio)}`].join(' | ')} (goal ${result.goal})`,
  ];
}

/** True where a result is at its goal or better. */
export function isMet(result: BenchResult): boolean {
  if (result.kind === 'bound') return result.figures.every(({ value, at_most }) => value <= at_most);
  return result.ratio >= result.goal;
}

/** As in `12.3 ms (goal 20 ms)`, or `0 faults (goal 0)`. */
export function boundText({ value, unit, at_most }: BoundedFigure): string {
  return unit === 'ms'
    ? `${value.toFixed(1)} ms (goal ${at_most} ms)`
    : `${value.toLocaleString('en')} ${unit} (goal ${at_most})`;
}

/** A side with its figure, how far its runs lie apart, and its processor time. */
function sideText(result: RatioResult, side: SideResult): string {
  const spread = `spread ${Math.round(side.spread * 100)}%`;
  return `${side.name}: ${figureText(result.compare, side.figure)} (${spread}, ${cpuText(side.cpu_us)} CPU)`;
}

/** As in `91,430/s`, `1.35 ms` or `88,000 per CPU s`. */
export function figureText(compare: RatioResult['compare'], figure: number): string {
  if (compare === 'time') return durationText(figure * 1e6);
  const count = figure.toLocaleString('en', { maximumFractionDigits: figure < 100 ? 1 : 0 });
  return compare === 'cpu' ? `${count} per CPU s` : `${count}/s`;
}

/** `-` where it cannot be told. */
export function cpuText(cpu_us: number | null): string {
  return cpu_us === null ? '-' : durationText(cpu_us);
}

/** Rounded down, so that what falls short of its goal does not look as if it met it. */
export function ratioText(ratio: number): string {
  const digits = ratio < 10 ? 2 : 1;
  return (Math.floor(ratio * 10 ** digits) / 10 ** digits).toFixed(digits);
}

function durationText(us: number): string {
  if (us >= 1000) return `${(us / 1000).toFixed(2)} ms`;
  return `${us.toFixed(us < 10 ? 2 : us < 100 ? 1 : 0)} us`;
}
