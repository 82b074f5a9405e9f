import { useQuery } from '@tanstack/react-query';
import { revenueQuery } from '../../api/queries.ts';
import { ChartFrame } from '../../charts/chart-frame.tsx';
import { EarnedChart, EarnedTable } from '../../charts/earned-chart.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';
import type { RevenueOf } from './revenue-of.ts';

const legend = [
  { label: 'Recognised', swatch: 'bg-(--chart-1)' },
  { label: 'Deferred', swatch: 'bg-(--chart-2)' },
];

/** What was earned, and what is still to be. */
export function EarnedSection({ seller_id, currency }: Pick<RevenueOf, 'seller_id' | 'currency'>) {
  const query = useQuery(revenueQuery(seller_id));
  const months = (query.data ?? []).filter((month) => month.currency === currency);
  return (
    <ChartFrame
      title="Recognised and deferred"
      note="fees are earned at a month’s end"
      legend={legend}
      table={<EarnedTable months={months} currency={currency} />}
      className="lg:col-span-2"
    >
      <SectionState query={query} skeleton={<Skeleton className="h-64" />}>
        {() =>
          months.every((month) => month.recognised_cents === 0 && month.deferred_cents === 0) ? (
            <p className="py-2 text-ink-faint">
              Nothing has been earned or paid in advance in {currency} yet.
            </p>
          ) : (
            <EarnedChart months={months} currency={currency} />
          )
        }
      </SectionState>
    </ChartFrame>
  );
}
