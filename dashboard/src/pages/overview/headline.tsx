import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import {
  balanceQuery,
  callsQuery,
  periodQuery,
  tokensByFeatureQuery,
  type WindowDays,
} from '../../api/queries.ts';
import { formatCost } from '../../format/money.ts';
import { formatCount, formatMilliseconds, formatShare } from '../../format/numbers.ts';
import { RollingCount } from '../../ui/rolling-count.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

interface StatProps {
  name: string;
  value: ReactNode;
  note: ReactNode;
}

function Stat({ name, value, note }: StatProps) {
  return (
    <div className="min-w-0 border-line px-4 py-3.5 sm:px-5 [&:nth-child(even)]:border-l lg:[&:not(:first-child)]:border-l max-lg:[&:nth-child(n+3)]:border-t">
      <dt className="truncate text-[13px] text-ink-soft">{name}</dt>
      <dd className="mt-0.5 truncate text-[22px] leading-8 font-semibold tracking-[-0.02em] tabular sm:text-2xl">
        {value ?? <Skeleton className="my-1 h-6 w-28" />}
      </dd>
      <dd className="min-h-5 text-[13px] text-ink-faint tabular sm:truncate">{note}</dd>
    </div>
  );
}

/** The figures that somebody comes for, in one strip. */
export function Headline({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const balance = useQuery(balanceQuery(tenant_id)).data;
  const used = useQuery(tokensByFeatureQuery(tenant_id, days)).data;
  const calls = useQuery(callsQuery(tenant_id, days, 'day')).data;
  const period = useQuery(periodQuery(tenant_id)).data;
  const last = `${days} days`;
  return (
    <dl
      aria-label="Headline figures"
      className="grid grid-cols-2 rounded-card border border-line bg-surface shadow-card lg:grid-cols-5 [&>:last-child]:max-lg:col-span-2 [&>:last-child]:max-lg:border-l-0"
    >
      <Stat
        name="Tokens remaining"
        value={balance && <RollingCount count={balance.tokens_remaining} />}
        note={
          balance && (
            <>
              {formatCount(balance.tokens_held)} held
              {balance.tokens_shortfall > 0 ? (
                <span className="text-warn"> · {formatCount(balance.tokens_shortfall)} owed</span>
              ) : null}
            </>
          )
        }
      />
      <Stat
        name="Tokens sold"
        value={balance && <RollingCount count={balance.tokens_purchased} />}
        note={
          balance &&
          `${formatCount(balance.tokens_granted)} given · ${formatCount(balance.tokens_expired)} expired`
        }
      />
      <Stat
        name={`Tokens used, ${last}`}
        value={used && <RollingCount count={used.tokens_used} />}
        note={balance && `${formatCount(balance.tokens_used)} in all`}
      />
      <Stat
        name={`API calls, ${last}`}
        value={calls && <RollingCount count={calls.total_calls} />}
        note={
          calls &&
          `${formatShare(calls.successful_calls, calls.total_calls)} succeeded · p95 ${formatMilliseconds(calls.p95_response_time_ms)}`
        }
      />
      <Stat
        name="API cost, this period"
        value={period && formatCost(period.cost, period.currency)}
        note={
          period &&
          `${formatCount(period.billable_calls)} billable${period.included_calls === null ? '' : ` beyond ${formatCount(period.included_calls)}`}`
        }
      />
    </dl>
  );
}
