import { z } from 'zod';
import { summarizeApiUsage, USAGE_GROUPINGS } from '../../../api-usage/index.ts';
import { defineRoute, timeOut, timeRange, total } from '../../index.ts';

const milliseconds = z.number().min(0).nullable();
const counts = { total_calls: total, successful_calls: total, failed_calls: total };

export const summaryRoute = defineRoute({
  method: 'GET',
  path: '/api-usage/summary',
  operation_id: 'summarize_api_usage',
  summary: 'API calls in all and by day, hour, endpoint, key or status, with what they cost',
  description:
    'Without `from` and `to` the present billing period. Times are widened to whole hours, or to whole days (UTC) for the groups by endpoint, key and status; the answer says from when to when it is. Successful calls are those with a status below 400; those beyond what the period includes are billable. At most 1,000 groups.',
  tag: 'API usage',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({
    group_by: z.enum(USAGE_GROUPINGS).default('day'),
    ...timeRange,
  }),
  responses: {
    200: z.strictObject({
      from: timeOut,
      to: timeOut,
      ...counts,
      billable_calls: total,
      included_calls: total.nullable().meta({ description: 'Of the present billing period; null for all.' }),
      cost: z.string().meta({ description: 'In major units of the currency, unrounded.' }),
      currency: z.string(),
      avg_response_time_ms: milliseconds,
      p50_response_time_ms: milliseconds,
      p95_response_time_ms: milliseconds,
      p99_response_time_ms: milliseconds,
      groups: z.array(
        z.strictObject({
          key: z.string().nullable().meta({ description: 'Null for calls without an API key.' }),
          ...counts,
          avg_response_time_ms: milliseconds,
        }),
      ),
    }),
  },
  handler: async ({ tx, services, tenant_id, now, query }) => {
    const { api_price_cents_per_1k } = services;
    return {
      status: 200,
      body: await summarizeApiUsage(tx, { tenant_id, now, api_price_cents_per_1k }, query),
    };
  },
});
