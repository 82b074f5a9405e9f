const dayFormat = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const longDay = new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeZone: 'UTC' });
const timeFormat = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});
const shortMonth = new Intl.DateTimeFormat('en-US', { month: 'short', year: 'numeric', timeZone: 'UTC' });
const monthYear = new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** A UTC day such as 2026-01-31: Jan 31. */
export const formatDay = (day: string): string => dayFormat.format(new Date(`${day.slice(0, 10)}T00:00:00Z`));

/** With the weekday, for whoever points at it. */
export const formatLongDay = (day: string): string =>
  longDay.format(new Date(`${day.slice(0, 10)}T00:00:00Z`));

/** A moment in the reader's own time zone. */
export const formatTime = (time: string): string => timeFormat.format(new Date(time));

/** The month of a time, or a calendar month such as 2026-01: January 2026. */
export const formatMonth = (time: string): string => monthYear.format(new Date(time));

/** A calendar month such as 2026-01: Jan 2026. */
export const formatShortMonth = (month: string): string =>
  shortMonth.format(new Date(`${month}-01T00:00:00Z`));
