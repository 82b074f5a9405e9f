import { z } from 'zod';
import { type BatchRow, EVENTS_MAX, type RejectedRow, recordBatch } from '../../../api-usage/index.ts';
import type { Tx } from '../../../db/index.ts';
import { httpKeyLifetimeMs, onceOnly } from '../../../request-keys/index.ts';
import { BadRow, type Caller, defineRoute, jsonSchemaOf, total } from '../../index.ts';
import { cloudEvent, type SentEvent, usageEvent } from './event-schemas.ts';
import { readEvent } from './read-event.ts';

const CLOUD_EVENTS = 'application/cloudevents-batch+json';

/** The array of a batch; its rows are read one by one. */
const rowsOf = (row: z.ZodType) =>
  z
    .array(z.unknown())
    .min(1)
    .max(EVENTS_MAX)
    .meta({ items: jsonSchemaOf(row, 'input') });

export const postEventsRoute = defineRoute({
  method: 'POST',
  path: '/api-usage/events',
  operation_id: 'post_api_usage_events',
  summary: 'Record finished API calls',
  description:
    'Takes 1 to 1,000 events, plain or as CloudEvents 1.0. Each counts once for its id (and source), whatever its time; a row that is not valid is rejected alone. 202 means that what was accepted is on disk.',
  tag: 'API usage',
  scope: 'write',
  mode: 'own',
  exempt: true,
  batch: true,
  body: rowsOf(usageEvent),
  also_takes: { [CLOUD_EVENTS]: rowsOf(cloudEvent) },
  responses: {
    202: z.strictObject({
      accepted: total,
      duplicates: total,
      rejected: z.array(z.strictObject({ index: total, code: z.string(), detail: z.string() })),
    }),
  },
  handler: async ({ services, tenant_id, caller, now, body, media_type, idempotency }) => {
    const schema: z.ZodType<SentEvent> = media_type === CLOUD_EVENTS ? cloudEvent : usageEvent;
    const rows: BatchRow[] = [];
    const rejected: RejectedRow[] = [];
    for (const [index, sent] of body.entries()) {
      const row = readRow(schema, sent, caller, tenant_id);
      if ('code' in row) rejected.push({ index, ...row });
      else rows.push({ index, ...row });
    }
    const record = async (tx?: Tx) => {
      const recorded =
        tx === undefined
          ? await services.usage_writer.record(tenant_id, rows)
          : await recordBatch(tx, { ...services, tenant_id }, rows);
      const all = [...rejected, ...recorded.rejected].sort((one, other) => one.index - other.index);
      return { status: 202 as const, body: { ...recorded, rejected: all } };
    };
    if (idempotency === undefined) return await record();
    // The answer is kept with what it tells, so this batch has a transaction of its own.
    const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
    const claim = {
      ...idempotency,
      tenant_id,
      now,
      expires_at,
      reused_code: 'idempotency_key_reused',
    } as const;
    const answer = await services.db.inTenant(tenant_id, (tx) => onceOnly(tx, claim, () => record(tx)));
    return { status: 202, body: answer.body, replayed: answer.replayed };
  },
});

type Row = Omit<BatchRow, 'index'> | Omit<RejectedRow, 'index'>;

function readRow(schema: z.ZodType<SentEvent>, sent: unknown, caller: Caller, acting_id: string): Row {
  if (sent instanceof BadRow) return { code: 'request_invalid', detail: sent.detail };
  const read = readEvent(schema, sent);
  if ('detail' in read) return { code: 'request_invalid', detail: read.detail };
  const { tenant_id, occurred_at, ...event } = read.event;
  if (tenant_id !== undefined && !caller.operator) {
    return { code: 'operator_only', detail: '/tenant_id: only operator keys name a tenant' };
  }
  return {
    tenant_id: tenant_id ?? acting_id,
    event: { ...event, occurred_at, counted: true },
  };
}
