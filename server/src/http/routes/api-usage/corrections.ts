import { z } from 'zod';
import { CORRECTION_ACTIONS, correctCall, listCorrections, PLAIN_SOURCE } from '../../../api-usage/index.ts';
import { defineRoute, listOf, listQuery, pageOf, requestKey, text, timeOut, uuid } from '../../index.ts';

const status = z.int().min(100).max(599);
const status_code_after = status.nullable().meta({ description: 'Null where it does not count any more.' });

const correction = z.strictObject({
  correction_id: uuid,
  id: z.string(),
  source: z.string(),
  sequence: z
    .int()
    .min(1)
    .meta({ description: 'Of the corrections of this event, from 1 on; the last counts.' }),
  action: z.enum(CORRECTION_ACTIONS),
  status_code_before: status.nullable().meta({ description: 'Null where it did not count before.' }),
  status_code_after,
  reason: z.string(),
  occurred_at: timeOut,
  endpoint: z.string(),
  method: z.string(),
  api_key_id: uuid.nullable(),
  response_time_ms: z.number(),
  corrected_by_api_key_id: uuid
    .nullable()
    .meta({ description: 'The key that corrected it, or null for a user.' }),
  corrected_by_user_id: z.string().nullable(),
  created_at: timeOut,
  period_id: uuid.meta({ description: 'The billing period that the event counts in.' }),
  billed_period_id: uuid.nullable().meta({
    description:
      'The billing period with whose bill it was taken into account: its own, or the one that was closed next. Null until then.',
  }),
});

export const correctRoute = defineRoute({
  method: 'POST',
  path: '/api-usage/corrections',
  operation_id: 'correct_api_usage_event',
  summary: 'Void or amend one recorded event',
  description:
    'From now on the event does not count (void), or counts with another status (amend): in summaries at once, and in the bill of its billing period. Where that was closed before, the next bill makes good for it with a line of its own, at the terms of then. The event itself stays as it was recorded. A second correction follows the first, so amending a void event brings it back. Until 35 days after the end of its month (UTC).',
  tag: 'API usage',
  scope: 'write',
  mode: 'write',
  operator_only: true,
  body: z
    .strictObject({
      id: requestKey.meta({ description: 'Of the event.' }),
      source: text(255)
        .default(PLAIN_SOURCE)
        .meta({ description: 'Of a CloudEvent; plain events have none.' }),
      action: z.enum(CORRECTION_ACTIONS),
      status_code: status.optional().meta({ description: 'What an amended event counts with.' }),
      reason: text(500),
    })
    .refine((body) => (body.status_code !== undefined) === (body.action === 'amend'), {
      path: ['status_code'],
      message: 'is needed where the action is amend, and only there',
    }),
  responses: { 201: correction },
  errors: ['not_found', 'event_not_correctable'],
  handler: async ({ tx, tenant_id, caller, body, now, services: { newId } }) => ({
    status: 201,
    body: await correctCall(tx, { tenant_id, now, newId, caller }, body),
  }),
});

export const listCorrectionsRoute = defineRoute({
  method: 'GET',
  path: '/api-usage/corrections',
  operation_id: 'list_api_usage_corrections',
  summary: 'What was corrected of recorded events, newest first',
  tag: 'API usage',
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(correction) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await listCorrections(tx, tenant_id, { after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.correction_id }));
    return { status: 200, body: page };
  },
});
