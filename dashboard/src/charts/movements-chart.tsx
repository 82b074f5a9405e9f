import {
  Bar,
  BarChart,
  CartesianGrid,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatMonth } from '../format/dates.ts';
import { formatCents } from '../format/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { grid, moneyAxis, monthAxis, plotMargin } from './axes.tsx';
import { MOVEMENTS } from './movements.ts';
import type { RecurringMonth } from './recurring-chart.tsx';
import { tooltipOf } from './tooltip-card.tsx';

interface MovementsProps {
  months: readonly RecurringMonth[];
  currency: string;
}

/** What recurring revenue gained and lost in each month: gains above the line, losses below it. */
export function MovementsChart({ months, currency }: MovementsProps) {
  const sums = MOVEMENTS.map(({ key, label }) => {
    const cents = months.reduce((sum, month) => sum + month[key], 0);
    return `${label} ${formatCents(cents, currency)}`;
  });
  const summary = `Movements of recurring revenue over ${months.length} months: ${sums.join(', ')}`;
  const tooltip = tooltipOf((month: RecurringMonth) => {
    const lines = MOVEMENTS.map(({ key, label, swatch }) => ({
      label,
      value: formatCents(month[key], currency),
      swatch,
    }));
    return { title: formatMonth(month.month), lines };
  });
  return (
    <figure className="h-64 w-full grow" aria-label={summary}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={[...months]}
          margin={plotMargin}
          title={summary}
          barCategoryGap="22%"
          stackOffset="sign"
        >
          <CartesianGrid {...grid} />
          <XAxis {...monthAxis} />
          <YAxis {...moneyAxis(currency)} />
          <ReferenceLine y={0} stroke="var(--line-strong)" />
          <Tooltip content={tooltip} cursor={{ fill: 'var(--accent-wash)' }} isAnimationActive={false} />
          {MOVEMENTS.map(({ key, label, fill, opacity }) => (
            <Bar
              key={key}
              dataKey={key}
              name={label}
              stackId="movements"
              fill={fill}
              fillOpacity={opacity}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}

const columnsOf = (currency: string): readonly Column<RecurringMonth>[] => [
  { heading: 'Month (UTC)', cell: ({ month }) => month },
  ...MOVEMENTS.map(
    ({ key, label }): Column<RecurringMonth> => ({
      heading: label,
      cell: (month) => formatCents(month[key], currency),
      figures: true,
    }),
  ),
];

/** The same, the newest month first. */
export function MovementsTable({ months, currency }: MovementsProps) {
  return (
    <DataTable
      caption="Movements of recurring revenue by month"
      columns={columnsOf(currency)}
      rows={months.toReversed()}
      keyOf={({ month }) => month}
    />
  );
}
