import type { GetRevenueMetricsAnswer } from '@tallystick/sdk';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatMonth } from '../format/dates.ts';
import { formatCents } from '../format/money.ts';
import { formatCount, formatRate } from '../format/numbers.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { grid, moneyAxis, monthAxis, plotMargin } from './axes.tsx';
import { tooltipOf } from './tooltip-card.tsx';

export type RecurringMonth = GetRevenueMetricsAnswer['by_month'][number];

interface RecurringProps {
  months: readonly RecurringMonth[];
  currency: string;
}

/** Monthly recurring revenue at the end of each month; of the one that runs, now. */
export function RecurringChart({ months, currency }: RecurringProps) {
  const [first, last] = [months[0], months.at(-1)];
  const summary =
    first === undefined || last === undefined
      ? 'No months'
      : `Monthly recurring revenue, from ${formatCents(first.closing_mrr_cents, currency)} in ${formatMonth(first.month)} to ${formatCents(last.closing_mrr_cents, currency)} in ${formatMonth(last.month)}`;
  const tooltip = tooltipOf((month: RecurringMonth) => {
    const mrr = formatCents(month.closing_mrr_cents, currency);
    const lines = [
      { label: 'MRR', value: mrr, swatch: 'bg-(--chart-1)' },
      { label: 'Customers', value: formatCount(month.customers_closing), swatch: 'bg-transparent' },
    ];
    return { title: formatMonth(month.month), lines };
  });
  return (
    <figure className="h-64 w-full grow" aria-label={summary}>
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={[...months]} margin={plotMargin} title={summary}>
          <defs>
            <linearGradient id="recurring-fill" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0%" className="[stop-color:var(--chart-1)]" stopOpacity={0.24} />
              <stop offset="100%" className="[stop-color:var(--chart-1)]" stopOpacity={0.02} />
            </linearGradient>
          </defs>
          <CartesianGrid {...grid} />
          <XAxis {...monthAxis} />
          <YAxis {...moneyAxis(currency)} />
          <Tooltip content={tooltip} cursor={{ stroke: 'var(--line-strong)' }} isAnimationActive={false} />
          <Area
            dataKey="closing_mrr_cents"
            name="MRR"
            stroke="var(--chart-1)"
            strokeWidth={2}
            fill="url(#recurring-fill)"
            isAnimationActive={false}
            dot={false}
          />
        </AreaChart>
      </ResponsiveContainer>
    </figure>
  );
}

const columnsOf = (currency: string): readonly Column<RecurringMonth>[] => [
  { heading: 'Month (UTC)', cell: ({ month }) => month },
  { heading: 'MRR', cell: (month) => formatCents(month.closing_mrr_cents, currency), figures: true },
  { heading: 'Customers', cell: (month) => formatCount(month.customers_closing), figures: true },
  { heading: 'Churn', cell: (month) => formatRate(month.churn_rate), figures: true, wide: true },
  { heading: 'Net retention', cell: (month) => formatRate(month.nrr), figures: true, wide: true },
];

/** The same with what was kept of it, the newest month first. */
export function RecurringTable({ months, currency }: RecurringProps) {
  return (
    <DataTable
      caption="Monthly recurring revenue at the end of each month"
      columns={columnsOf(currency)}
      rows={months.toReversed()}
      keyOf={({ month }) => month}
    />
  );
}
