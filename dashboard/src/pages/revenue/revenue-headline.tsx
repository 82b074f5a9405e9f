import { useQuery } from '@tanstack/react-query';
import { revenueMetricsQuery, revenueQuery } from '../../api/queries.ts';
import { formatShortMonth } from '../../format/dates.ts';
import { formatCents } from '../../format/money.ts';
import { formatCount, formatRate } from '../../format/numbers.ts';
import { Figure, FigureStrip } from '../../ui/figure-strip.tsx';
import type { RevenueOf } from './revenue-of.ts';

/** What recurs, who pays it, what of it stays, and what is still to be earned. */
export function RevenueHeadline({ seller_id, asked, currency }: RevenueOf) {
  const metrics = useQuery(revenueMetricsQuery(seller_id, asked)).data;
  const months = useQuery(revenueQuery(seller_id)).data;
  const [before, present] = metrics?.by_month.slice(-2) ?? [];
  const moved = present && present.closing_mrr_cents - present.opening_mrr_cents;
  const earned = months?.filter((month) => month.currency === currency).at(-1);
  const money = (cents: number) => formatCents(cents, currency);
  return (
    <FigureStrip>
      <Figure
        name="MRR"
        value={metrics && money(metrics.mrr_cents)}
        note={moved !== undefined && `${moved > 0 ? '+' : ''}${money(moved)} this month`}
      />
      <Figure
        name="ARR"
        value={metrics && money(metrics.arr_cents)}
        note={metrics && 'twelve months at today’s prices'}
      />
      <Figure
        name="Customers"
        value={metrics && formatCount(metrics.customers)}
        note={
          present &&
          `${formatCount(present.customers_new + present.customers_reactivated)} came, ${formatCount(present.customers_churned)} left this month`
        }
      />
      <Figure
        name={before ? `Net retention, ${formatShortMonth(before.month)}` : 'Net retention'}
        value={metrics && formatRate(before?.nrr ?? null)}
        note={before && `${formatRate(before.churn_rate)} churned`}
      />
      <Figure
        name="Deferred"
        value={months && money(earned?.deferred_cents ?? 0)}
        note={months && `${money(earned?.receivable_cents ?? 0)} receivable`}
      />
    </FigureStrip>
  );
}
