import { useQuery } from '@tanstack/react-query';
import {
  balanceQuery,
  callsQuery,
  periodQuery,
  tokensByFeatureQuery,
  type WindowDays,
} from '../../api/queries.ts';
import { formatCost } from '../../format/money.ts';
import { formatCount, formatMilliseconds, formatShare } from '../../format/numbers.ts';
import { Figure, FigureStrip } from '../../ui/figure-strip.tsx';
import { RollingCount } from '../../ui/rolling-count.tsx';

/** The figures that somebody comes for, in one strip. */
export function Headline({ tenant_id, days }: { tenant_id: string; days: WindowDays }) {
  const balance = useQuery(balanceQuery(tenant_id)).data;
  const used = useQuery(tokensByFeatureQuery(tenant_id, days)).data;
  const calls = useQuery(callsQuery(tenant_id, days, 'day')).data;
  const period = useQuery(periodQuery(tenant_id)).data;
  const last = `${days} days`;
  return (
    <FigureStrip>
      <Figure
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
      <Figure
        name="Tokens sold"
        value={balance && <RollingCount count={balance.tokens_purchased} />}
        note={
          balance &&
          `${formatCount(balance.tokens_granted)} given · ${formatCount(balance.tokens_expired)} expired`
        }
      />
      <Figure
        name={`Tokens used, ${last}`}
        value={used && <RollingCount count={used.tokens_used} />}
        note={balance && `${formatCount(balance.tokens_used)} in all`}
      />
      <Figure
        name={`API calls, ${last}`}
        value={calls && <RollingCount count={calls.total_calls} />}
        note={
          calls &&
          `${formatShare(calls.successful_calls, calls.total_calls)} succeeded · p95 ${formatMilliseconds(calls.p95_response_time_ms)}`
        }
      />
      <Figure
        name="API cost, this period"
        value={period && formatCost(period.cost, period.currency)}
        note={
          period &&
          `${formatCount(period.billable_calls)} billable${period.included_calls === null ? '' : ` beyond ${formatCount(period.included_calls)}`}`
        }
      />
    </FigureStrip>
  );
}
