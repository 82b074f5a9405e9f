import type { SummarizeApiUsageAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { callsQuery, type WindowDays } from '../../api/queries.ts';
import { formatCount, formatMilliseconds, formatShare } from '../../format/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';

type Endpoint = SummarizeApiUsageAnswer['groups'][number];

const ENDPOINTS_SHOWN = 8;

const columns: readonly Column<Endpoint>[] = [
  {
    heading: 'Endpoint',
    cell: ({ key }) => <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{key}</code>,
  },
  { heading: 'Calls', cell: ({ total_calls }) => formatCount(total_calls), figures: true },
  {
    heading: 'Failed',
    cell: ({ failed_calls, total_calls }) => formatShare(failed_calls, total_calls),
    figures: true,
    wide: true,
  },
  {
    heading: 'Average',
    cell: ({ avg_response_time_ms }) => formatMilliseconds(avg_response_time_ms),
    figures: true,
  },
];

/** The endpoints that are called most. */
export function EndpointsSection({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const query = useQuery(callsQuery(tenant_id, days, 'endpoint'));
  return (
    <Card title="Endpoints" note={`the busiest, last ${days} days`}>
      <SectionState query={query} skeleton={<SkeletonRows rows={6} />}>
        {({ groups }) =>
          groups.length === 0 ? (
            <p className="py-2 text-ink-faint">Nothing has been called yet.</p>
          ) : (
            <DataTable
              caption="API calls by endpoint"
              columns={columns}
              rows={groups
                .toSorted((one, other) => other.total_calls - one.total_calls)
                .slice(0, ENDPOINTS_SHOWN)}
              keyOf={(row) => row.key ?? ''}
            />
          )
        }
      </SectionState>
    </Card>
  );
}
