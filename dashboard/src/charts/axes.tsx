import { formatDay, formatShortMonth } from '../format/dates.ts';
import { formatShortCents } from '../format/money.ts';
import { formatShort } from '../format/numbers.ts';

/** Recharts writes it into the style of each label. */
const tick = { fill: 'var(--ink-faint)', fontSize: 11 } as const;

/** Props of the charts' axes: quiet, and with as many days as there is room for. */
export const dayAxis = {
  dataKey: 'day',
  tickFormatter: formatDay,
  tick,
  tickLine: false,
  axisLine: false,
  minTickGap: 36,
  tickMargin: 8,
  height: 28,
} as const;

export const countAxis = {
  tickFormatter: formatShort,
  tick,
  tickLine: false,
  axisLine: false,
  width: 44,
  allowDecimals: false,
  tickCount: 5,
} as const;

/** The same for calendar months. */
export const monthAxis = {
  ...dayAxis,
  dataKey: 'month',
  tickFormatter: formatShortMonth,
  minTickGap: 12,
} as const;

/** Money in minor units of a currency, as short as an axis has room for. */
export const moneyAxis = (currency: string) =>
  ({ ...countAxis, tickFormatter: (cents: number) => formatShortCents(cents, currency), width: 52 }) as const;

export const grid = { vertical: false, strokeDasharray: '0' } as const;
export const plotMargin = { top: 8, right: 4, bottom: 0, left: 0 } as const;
