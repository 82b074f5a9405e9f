import type { GetAiTokenBalanceHistoryAnswer } from '@tallystick/sdk';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatLongDay } from '../format/dates.ts';
import { formatCount } from '../format/numbers.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { countAxis, dayAxis, grid, plotMargin } from './axes.tsx';
import { tooltipOf } from './tooltip-card.tsx';

export type BalanceDay = GetAiTokenBalanceHistoryAnswer['days'][number];

const tooltip = tooltipOf((day: BalanceDay) => {
  const lines = [
    { label: 'Remaining', value: formatCount(day.tokens_remaining), swatch: 'bg-(--chart-1)' },
    { label: 'Held', value: formatCount(day.tokens_held), swatch: 'bg-(--chart-2)' },
  ];
  return { title: formatLongDay(day.day), lines };
});

/** The balance at the end of each day, and what of it was held. */
export function BalanceChart({ days }: { days: readonly BalanceDay[] }) {
  const [first, last] = [days[0], days.at(-1)];
  const held = days.some((day) => day.tokens_held > 0);
  const summary =
    first === undefined || last === undefined
      ? 'No days'
      : `Tokens remaining, from ${formatCount(first.tokens_remaining)} on ${formatLongDay(first.day)} to ${formatCount(last.tokens_remaining)} on ${formatLongDay(last.day)}`;
  return (
    <figure className="h-64 w-full grow" aria-label={summary}>
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart data={[...days]} margin={plotMargin} title={summary}>
          <defs>
            <linearGradient id="balance-fill" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0%" className="[stop-color:var(--chart-1)]" stopOpacity={0.24} />
              <stop offset="100%" className="[stop-color:var(--chart-1)]" stopOpacity={0.02} />
            </linearGradient>
          </defs>
          <CartesianGrid {...grid} />
          <XAxis {...dayAxis} />
          <YAxis {...countAxis} />
          <Tooltip content={tooltip} cursor={{ stroke: 'var(--line-strong)' }} isAnimationActive={false} />
          <Area
            dataKey="tokens_remaining"
            name="Remaining"
            type="step"
            stroke="var(--chart-1)"
            strokeWidth={2}
            fill="url(#balance-fill)"
            isAnimationActive={false}
            dot={false}
          />
          {held ? (
            <Line
              dataKey="tokens_held"
              name="Held"
              type="step"
              stroke="var(--chart-2)"
              strokeWidth={1.5}
              strokeDasharray="3 3"
              isAnimationActive={false}
              dot={false}
            />
          ) : null}
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

const columns: readonly Column<BalanceDay>[] = [
  { heading: 'Day (UTC)', cell: (day) => day.day },
  { heading: 'Sold', cell: (day) => formatCount(day.tokens_purchased), figures: true },
  { heading: 'Used', cell: (day) => formatCount(day.tokens_used), figures: true },
  { heading: 'Held', cell: (day) => formatCount(day.tokens_held), figures: true, wide: true },
  { heading: 'Remaining', cell: (day) => formatCount(day.tokens_remaining), figures: true },
];

/** The same, the newest day first. */
export function BalanceTable({ days }: { days: readonly BalanceDay[] }) {
  return (
    <DataTable
      caption="Balance at the end of each day"
      columns={columns}
      rows={days.toReversed()}
      keyOf={(day) => day.day}
    />
  );
}
