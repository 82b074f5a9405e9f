import type { GetRevenueAnswer } from '@tallystick/sdk';
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatMonth } from '../format/dates.ts';
import { formatCents } from '../format/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { grid, moneyAxis, monthAxis, plotMargin } from './axes.tsx';
import { tooltipOf } from './tooltip-card.tsx';

export type EarnedMonth = GetRevenueAnswer['months'][number];

interface EarnedProps {
  /** Of one currency. */
  months: readonly EarnedMonth[];
  currency: string;
}

/** What was earned in each month, and what is paid or invoiced and not earned yet at its end. */
export function EarnedChart({ months, currency }: EarnedProps) {
  const recognised = months.reduce((sum, month) => sum + month.recognised_cents, 0);
  const deferred = months.at(-1)?.deferred_cents ?? 0;
  const summary = `Revenue over ${months.length} months: ${formatCents(recognised, currency)} recognised, ${formatCents(deferred, currency)} deferred at the end`;
  const tooltip = tooltipOf((month: EarnedMonth) => {
    const lines = [
      {
        label: month.status === 'running' ? 'Recognised so far' : 'Recognised',
        value: formatCents(month.recognised_cents, currency),
        swatch: 'bg-(--chart-1)',
      },
      { label: 'Deferred', value: formatCents(month.deferred_cents, currency), swatch: 'bg-(--chart-2)' },
    ];
    return { title: formatMonth(month.month), lines };
  });
  return (
    <figure className="h-64 w-full grow" aria-label={summary}>
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart data={[...months]} margin={plotMargin} title={summary} barCategoryGap="22%">
          <CartesianGrid {...grid} />
          <XAxis {...monthAxis} />
          <YAxis {...moneyAxis(currency)} />
          <Tooltip content={tooltip} cursor={{ fill: 'var(--accent-wash)' }} isAnimationActive={false} />
          <Bar
            dataKey="recognised_cents"
            name="Recognised"
            fill="var(--chart-1)"
            radius={[2, 2, 0, 0]}
            isAnimationActive={false}
          />
          <Line
            dataKey="deferred_cents"
            name="Deferred"
            stroke="var(--chart-2)"
            strokeWidth={2}
            isAnimationActive={false}
            dot={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

const columnsOf = (currency: string): readonly Column<EarnedMonth>[] => [
  {
    heading: 'Month (UTC)',
    cell: ({ month, status }) => `${month}${status === 'open' ? '' : `, ${status}`}`,
  },
  { heading: 'Recognised', cell: (month) => formatCents(month.recognised_cents, currency), figures: true },
  { heading: 'Deferred', cell: (month) => formatCents(month.deferred_cents, currency), figures: true },
  {
    heading: 'Receivable',
    cell: (month) => formatCents(month.receivable_cents, currency),
    figures: true,
    wide: true,
  },
  {
    heading: 'Received',
    cell: (month) => formatCents(month.cash_received_cents, currency),
    figures: true,
    wide: true,
  },
];

/** The same with what came in and what is owed, the newest month first. */
export function EarnedTable({ months, currency }: EarnedProps) {
  return (
    <DataTable
      caption="Revenue by month"
      columns={columnsOf(currency)}
      rows={months.toReversed()}
      keyOf={({ month }) => month}
    />
  );
}
