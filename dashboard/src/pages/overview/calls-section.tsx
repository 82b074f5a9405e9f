import { useQuery } from '@tanstack/react-query';
import { callsQuery, type WindowDays } from '../../api/queries.ts';
import { type CallDay, CallsChart, CallsTable } from '../../charts/calls-chart.tsx';
import { ChartFrame } from '../../charts/chart-frame.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { curlFor } from '../curl-for.ts';
import { SectionState } from '../section-state.tsx';

const DAY_MS = 86_400_000;

type Group = Omit<CallDay, 'day'> & { key: string | null };

/** Every day from a time until today: one without calls is a day, too. */
function everyDay(from: string, groups: readonly Group[]): CallDay[] {
  const known = new Map(groups.map((group) => [group.key, group]));
  const days: CallDay[] = [];
  for (let at = Date.parse(from); at <= Date.now(); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    const { key: _key, ...calls } = known.get(day) ?? { key: day, ...noCalls };
    days.push({ day, ...calls });
  }
  return days;
}

const noCalls = { total_calls: 0, successful_calls: 0, failed_calls: 0, avg_response_time_ms: null };

const legend = [
  { label: 'Successful', swatch: 'bg-(--chart-1)' },
  { label: 'Failed', swatch: 'bg-(--chart-3)' },
];

/** API calls, day by day. */
export function CallsSection({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const query = useQuery(callsQuery(tenant_id, days, 'day'));
  const all = query.data ? everyDay(query.data.from, query.data.groups) : [];
  return (
    <ChartFrame
      title="API calls"
      note="by day, UTC"
      legend={legend}
      table={<CallsTable days={all} />}
      className="lg:col-span-2"
    >
      <SectionState query={query} skeleton={<Skeleton className="h-64" />}>
        {({ total_calls }) =>
          total_calls === 0 ? (
            <EmptyState
              title={`No API calls in the last ${days} days`}
              command={curlFor(tenant_id, '/api-usage/events', [
                {
                  id: 'call-1',
                  endpoint: '/episodes/:id',
                  method: 'GET',
                  status_code: 200,
                  response_time_ms: 12,
                },
              ])}
            >
              Your product records them by a plugin of the SDK, or one at a time:
            </EmptyState>
          ) : (
            <CallsChart days={all} />
          )
        }
      </SectionState>
    </ChartFrame>
  );
}
