import { useQuery } from '@tanstack/react-query';
import { callsQuery, type WindowDays } from '../../api/queries.ts';
import { ShareBar } from '../../charts/share-bar.tsx';
import { formatCost } from '../../format/money.ts';
import { formatCount, formatMilliseconds, formatShare } from '../../format/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';

const toneOf = (status: string) =>
  status >= '500' ? 'fill-(--chart-3)' : status >= '400' ? 'fill-(--chart-2)' : 'fill-(--chart-1)';

/** How the calls ended, how long they took, and what they cost. */
export function StatusesSection({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const query = useQuery(callsQuery(tenant_id, days, 'status_code'));
  return (
    <Card title="Status, latency, cost" note={`last ${days} days`}>
      <SectionState query={query} skeleton={<SkeletonRows rows={5} />}>
        {({ groups, total_calls, avg_response_time_ms, p95_response_time_ms, cost, currency }) => (
          <>
            <dl className="mb-4 grid grid-cols-3 gap-3 border-b border-line pt-1 pb-4">
              <Figure name="Average" value={formatMilliseconds(avg_response_time_ms)} />
              <Figure name="95th percentile" value={formatMilliseconds(p95_response_time_ms)} />
              <Figure name="Cost" value={formatCost(cost, currency)} />
            </dl>
            {groups.length === 0 ? (
              <p className="text-ink-faint">Nothing has been called yet.</p>
            ) : (
              <ul className="flex flex-col gap-2.5">
                {groups
                  .toSorted((one, other) => other.total_calls - one.total_calls)
                  .slice(0, 7)
                  .map(({ key, total_calls: calls }) => (
                    <li
                      key={key}
                      className="grid grid-cols-[3rem_1fr_5.5rem_3.5rem] items-center gap-2 tabular"
                    >
                      <span>{key}</span>
                      <ShareBar part={calls} whole={total_calls} tone={toneOf(key ?? '')} />
                      <span className="text-right">{formatCount(calls)}</span>
                      <span className="text-right text-[13px] text-ink-faint">
                        {formatShare(calls, total_calls)}
                      </span>
                    </li>
                  ))}
              </ul>
            )}
          </>
        )}
      </SectionState>
    </Card>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-[13px] text-ink-soft">{name}</dt>
      <dd className="truncate text-lg font-semibold tracking-[-0.01em] tabular">{value}</dd>
    </div>
  );
}
