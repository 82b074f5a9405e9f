import { z } from 'zod';
import { listDisputes } from '../../disputes/index.ts';
import { DISPUTE_STATUSES } from '../../payments/index.ts';
import { currency, defineRoute, listOf, listQuery, pageOf, timeOut, total, uuid } from '../index.ts';

const disputeStatus = z.enum(DISPUTE_STATUSES);

const dispute = z.strictObject({
  dispute_id: uuid,
  transaction_id: uuid.meta({ description: 'The payment.' }),
  reversal_transaction_id: uuid
    .nullable()
    .meta({ description: 'What takes it back; pending until it ends.' }),
  provider: z.string(),
  external_id: z.string(),
  amount_cents: total,
  secured_cents: total.meta({
    description: 'What tokens that nobody used stand for; held while it is open.',
  }),
  currency,
  status: disputeStatus,
  reason: z.string(),
  opened_at: timeOut,
  closed_at: timeOut.nullable(),
});

const listDisputesRoute = defineRoute({
  method: 'GET',
  path: '/disputes',
  operation_id: 'list_disputes',
  summary: 'Payments that banks take back, newest first',
  tag: 'Payments',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...listQuery, status: disputeStatus.optional() }),
  responses: { 200: listOf(dispute) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, status } }) => {
    const rows = await listDisputes(tx, tenant_id, { status, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.opened_at, id: row.dispute_id }));
    return { status: 200, body: { ...page, data: page.data.map(({ tenant_id: _tenant, ...view }) => view) } };
  },
});

export const disputeRoutes = [listDisputesRoute];
