/** A count of API calls as a line says it. */
export function callsInWords(calls: bigint): string {
  return `${calls.toLocaleString('en-GB')} API ${calls === 1n ? 'call' : 'calls'}`;
}

/** The days of a stretch of time, whose end is excluded, in a zone: `1 – 31 January 2026`. */
export function daysInWords(span: { starts_at: Date; ends_at: Date }, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone });
  const days = day.formatRange(span.starts_at, new Date(span.ends_at.getTime() - 1));
  // The thin spaces around the dash look like plain ones and are found by nobody who types one.
  return days.replace(/\s/g, ' ');
}
