import { z } from 'zod';
import { readRevenueMetrics } from '../../../revenue/index.ts';
import { requireTenant } from '../../../tenants/index.ts';
import { currency, defineRoute, signedTotal, timeRange, total } from '../../index.ts';
import { monthsOf } from './asked-months.ts';
import { by_stream, month, tag } from './schemas.ts';

const rate = z.number().nullable();

const rates = {
  churn_rate: rate.meta({ description: 'Recurring revenue lost with customers that left, of the opening.' }),
  customer_churn_rate: rate.meta({ description: 'Customers that left, of those at the opening.' }),
  nrr: rate.meta({ description: 'Net revenue retention: opening + expansion + contraction + churn, of it.' }),
  grr: rate.meta({ description: 'Gross revenue retention: the same without expansion.' }),
};

export const metricsRoute = defineRoute({
  method: 'GET',
  path: '/metrics/revenue',
  operation_id: 'get_revenue_metrics',
  summary: 'MRR, ARR, churn, retention and revenue by stream of the seller',
  description:
    'Recurring revenue is what paid subscriptions cost, a year as twelve months; trials and pauses cost nothing. A month opens with what it was in the moment before its start, and closing = opening + new + reactivation + expansion + contraction + churn, where the last two are below zero. `mrr_cents` is that at `to`, now where it is left out; `arr_cents` is twelve times as much before rounding. Rates are shares of the opening, 0.05 for five percent, and null without one: at the top over all the months together. `from` is widened to whole months; without it there are twelve.',
  tag,
  scope: 'read',
  mode: 'own',
  query: z.strictObject({
    ...timeRange,
    currency: currency.optional().meta({ description: "The seller's own, where it is left out." }),
  }),
  responses: {
    200: z.strictObject({
      currency,
      currencies: z.array(currency),
      mrr_cents: total,
      arr_cents: total,
      customers: total,
      ...rates,
      recognised_cents: signedTotal,
      by_stream,
      by_month: z.array(
        z.strictObject({
          month,
          opening_mrr_cents: total,
          new_cents: total,
          reactivation_cents: total,
          expansion_cents: total,
          contraction_cents: signedTotal,
          churn_cents: signedTotal,
          closing_mrr_cents: total,
          customers_opening: total,
          customers_new: total,
          customers_reactivated: total,
          customers_churned: total,
          customers_closing: total,
          ...rates,
          recognised_cents: signedTotal,
          by_stream,
        }),
      ),
    }),
  },
  handler: async ({ services, tenant_id, query, now }) => {
    const months = monthsOf(query, now);
    // What began in this very millisecond counts.
    const until = query.to ?? new Date(now.getTime() + 1);
    const own = await services.db.inTenant(tenant_id, (tx) => requireTenant(tx, tenant_id));
    const asked = { months, until, currency: query.currency ?? own.currency };
    return { status: 200, body: await readRevenueMetrics(services.db, tenant_id, asked) };
  },
});
