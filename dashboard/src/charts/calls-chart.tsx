import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatLongDay } from '../format/dates.ts';
import { formatCount, formatMilliseconds, formatShare } from '../format/numbers.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { countAxis, dayAxis, grid, plotMargin } from './axes.tsx';
import { tooltipOf } from './tooltip-card.tsx';

/** The calls of one UTC day. */
export interface CallDay {
  day: string;
  total_calls: number;
  successful_calls: number;
  failed_calls: number;
  avg_response_time_ms: number | null;
}

const tooltip = tooltipOf((day: CallDay) => {
  const lines = [
    { label: 'Successful', value: formatCount(day.successful_calls), swatch: 'bg-(--chart-1)' },
    { label: 'Failed', value: formatCount(day.failed_calls), swatch: 'bg-(--chart-3)' },
    { label: 'Average', value: formatMilliseconds(day.avg_response_time_ms), swatch: 'bg-transparent' },
  ];
  return { title: formatLongDay(day.day), lines };
});

/** Calls by day, those that failed on top. */
export function CallsChart({ days }: { days: readonly CallDay[] }) {
  const total = days.reduce((sum, day) => sum + day.total_calls, 0);
  const failed = days.reduce((sum, day) => sum + day.failed_calls, 0);
  const summary = `API calls by day over ${days.length} days: ${formatCount(total)}, of which ${formatCount(failed)} failed`;
  return (
    <figure className="h-64 w-full grow" aria-label={summary}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={[...days]} margin={plotMargin} title={summary} barCategoryGap="22%">
          <CartesianGrid {...grid} />
          <XAxis {...dayAxis} />
          <YAxis {...countAxis} />
          <Tooltip content={tooltip} cursor={{ fill: 'var(--accent-wash)' }} isAnimationActive={false} />
          <Bar
            dataKey="successful_calls"
            name="Successful"
            stackId="calls"
            fill="var(--chart-1)"
            isAnimationActive={false}
          />
          <Bar
            dataKey="failed_calls"
            name="Failed"
            stackId="calls"
            fill="var(--chart-3)"
            radius={[2, 2, 0, 0]}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}

const columns: readonly Column<CallDay>[] = [
  { heading: 'Day (UTC)', cell: (day) => day.day },
  { heading: 'Calls', cell: (day) => formatCount(day.total_calls), figures: true },
  { heading: 'Failed', cell: (day) => formatShare(day.failed_calls, day.total_calls), figures: true },
  { heading: 'Average', cell: (day) => formatMilliseconds(day.avg_response_time_ms), figures: true },
];

/** The same, the newest day first. */
export function CallsTable({ days }: { days: readonly CallDay[] }) {
  return (
    <DataTable
      caption="API calls by day"
      columns={columns}
      rows={days.toReversed()}
      keyOf={(day) => day.day}
    />
  );
}
