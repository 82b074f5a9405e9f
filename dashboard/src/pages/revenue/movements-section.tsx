import { useQuery } from '@tanstack/react-query';
import { revenueMetricsQuery } from '../../api/queries.ts';
import { ChartFrame } from '../../charts/chart-frame.tsx';
import { MOVEMENTS } from '../../charts/movements.ts';
import { MovementsChart, MovementsTable } from '../../charts/movements-chart.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';
import type { RevenueOf } from './revenue-of.ts';

/** By what recurring revenue grew and shrank. */
export function MovementsSection({ seller_id, asked, currency }: RevenueOf) {
  const query = useQuery(revenueMetricsQuery(seller_id, asked));
  const months = query.data?.by_month ?? [];
  return (
    <ChartFrame
      title="Movements"
      legend={MOVEMENTS}
      table={<MovementsTable months={months} currency={currency} />}
    >
      <SectionState query={query} skeleton={<Skeleton className="h-64" />}>
        {({ by_month }) =>
          by_month.every((month) => MOVEMENTS.every(({ key }) => month[key] === 0)) ? (
            <p className="py-2 text-ink-faint">
              Nothing has moved: who subscribes, changes tier or leaves does.
            </p>
          ) : (
            <MovementsChart months={by_month} currency={currency} />
          )
        }
      </SectionState>
    </ChartFrame>
  );
}
