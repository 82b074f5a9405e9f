import { useQuery } from '@tanstack/react-query';
import { revenueMetricsQuery } from '../../api/queries.ts';
import { ChartFrame } from '../../charts/chart-frame.tsx';
import { RecurringChart, RecurringTable } from '../../charts/recurring-chart.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';
import { NoRevenue } from './no-revenue.tsx';
import type { RevenueOf } from './revenue-of.ts';

const legend = [{ label: 'At the end of the month', swatch: 'bg-(--chart-1)' }];

/** What paid subscriptions cost a month, month by month. */
export function RecurringSection({ seller_id, asked, currency }: RevenueOf) {
  const query = useQuery(revenueMetricsQuery(seller_id, asked));
  const months = query.data?.by_month ?? [];
  return (
    <ChartFrame
      title="Recurring revenue"
      note="by month, UTC"
      legend={legend}
      table={<RecurringTable months={months} currency={currency} />}
    >
      <SectionState query={query} skeleton={<Skeleton className="h-64" />}>
        {({ by_month }) =>
          by_month.every((month) => month.closing_mrr_cents === 0) ? (
            <NoRevenue title="No paid subscription yet" />
          ) : (
            <RecurringChart months={by_month} currency={currency} />
          )
        }
      </SectionState>
    </ChartFrame>
  );
}
