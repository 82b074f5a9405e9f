import { z } from 'zod';
import { summarizeTenants } from '../../../api-usage/index.ts';
import { defineRoute, timeOut, timeRange, total, uuid } from '../../index.ts';

const counts = { total_calls: total, successful_calls: total, failed_calls: total };

export const tenantsRoute = defineRoute({
  method: 'GET',
  path: '/api-usage/tenants',
  operation_id: 'summarize_api_usage_of_tenants',
  summary: 'API calls of all tenants, and of the 200 with the most calls',
  description:
    'Without `from` and `to` the calendar month (UTC). Times are widened to whole hours; the answer says from when to when it is.',
  tag: 'API usage',
  scope: 'read',
  operator_only: true,
  mode: 'own',
  query: z.strictObject({
    ...timeRange,
  }),
  responses: {
    200: z.strictObject({
      from: timeOut,
      to: timeOut,
      ...counts,
      active_tenants: total.meta({ description: 'How many tenants had calls.' }),
      tenants: z.array(z.strictObject({ tenant_id: uuid, name: z.string(), ...counts })),
    }),
  },
  handler: async ({ services, query }) => {
    const now = services.clock.now();
    return { status: 200, body: await services.db.asJob((tx) => summarizeTenants(tx, now, query)) };
  },
});
