import { useQuery } from '@tanstack/react-query';
import { historyQuery, type WindowDays } from '../../api/queries.ts';
import { BalanceChart, BalanceTable } from '../../charts/balance-chart.tsx';
import { ChartFrame } from '../../charts/chart-frame.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { curlFor } from '../curl-for.ts';
import { SectionState } from '../section-state.tsx';

const legend = [
  { label: 'Remaining', swatch: 'bg-(--chart-1)' },
  { label: 'Held', swatch: 'bg-(--chart-2)' },
];

/** How the balance went, day by day. */
export function BalanceSection({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const query = useQuery(historyQuery(tenant_id, days));
  const never = query.data?.every((day) => day.tokens_purchased + day.tokens_granted === 0) === true;
  return (
    <ChartFrame
      title="Balance"
      note="at the end of each day, UTC"
      legend={query.data?.some((day) => day.tokens_held > 0) ? legend : legend.slice(0, 1)}
      table={<BalanceTable days={query.data ?? []} />}
      className="lg:col-span-2"
    >
      <SectionState query={query} skeleton={<Skeleton className="h-64" />}>
        {(history) =>
          never ? (
            <EmptyState
              title="No tokens yet"
              command={curlFor(tenant_id, '/ai-tokens/purchase', { tokens_to_purchase: 100_000 })}
            >
              Buy some with the button above, or sell them from your product:
            </EmptyState>
          ) : (
            <BalanceChart days={history} />
          )
        }
      </SectionState>
    </ChartFrame>
  );
}
