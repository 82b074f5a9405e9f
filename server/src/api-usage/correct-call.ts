import { sql } from 'kysely';
import { holdPeriods, lockPeriod } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { correctRollups, type StatusChange } from './correct-rollups.ts';
import { type Correction, type CorrectionAction, correctionColumns } from './correction.ts';
import { sealsAt } from './event.ts';
import { findCall, type RecordedCall } from './find-call.ts';

/** Whose call is corrected, when, by whom, and how ids are made. */
export interface CorrectionContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
  /** One of the two: the key or the person that asks. */
  caller: { api_key_id?: string; user_id?: string };
}

/** Which call is to count as what, and why. */
export interface CorrectionRequest {
  source: string;
  id: string;
  action: CorrectionAction;
  /** What an amended call is to count with. */
  status_code?: number | undefined;
  reason: string;
}

/**
 * Corrects one recorded call: from now on it counts as said, in the rollups of its own hour and period, whether that is
 * closed or not. What a closed period was billed is made good on the next bill. Corrections of one period wait for each
 * other and for whoever records into it. Fails with `not_found`, or `event_not_correctable` where the call does not count
 * in bills, is sealed, or counts like that already.
 */
export async function correctCall(
  tx: Tx,
  context: CorrectionContext,
  request: CorrectionRequest,
): Promise<Correction> {
  const { tenant_id } = context;
  const { source, id } = request;
  const call = await findCall(tx, tenant_id, source, id);
  if (call === undefined) fail('not_found', 'No event of this source and id is recorded.');
  if (!call.counted)
    fail('event_not_correctable', 'The call was never counted, so there is nothing to correct.');
  await holdForCorrection(tx, context, call.period_id);
  await refuseSealed(tx, context, call);
  const last = await lastCorrection(tx, tenant_id, source, id);
  const change: StatusChange = {
    status_code_before: last === undefined ? call.status_code : last.status_code_after,
    status_code_after: request.action === 'void' ? null : (request.status_code ?? null),
  };
  refuseUnchanged(change);
  await correctRollups(tx, tenant_id, call, change);
  return await insertCorrection(tx, context, request, call, change, (last?.sequence ?? 0) + 1);
}

/**
 * Locks the period of a call. Where it is closed there has to be a period that will be billed, and it is held first,
 * because who closes that one locks it first, too.
 */
async function holdForCorrection(tx: Tx, context: CorrectionContext, period_id: string): Promise<void> {
  const { tenant_id, now, newId } = context;
  const closed = await sql`
    select from billing_periods
    where tenant_id = ${tenant_id} and period_id = ${period_id} and status = 'closed'`.execute(tx);
  if (closed.rows.length > 0) await holdPeriods(tx, newId, [{ tenant_id, now, earliest: now, latest: now }]);
  await lockPeriod(tx, tenant_id, period_id);
}

async function refuseSealed(
  tx: Tx,
  { tenant_id, now }: CorrectionContext,
  call: RecordedCall,
): Promise<void> {
  const { occurred_at } = call;
  const sealed = await sql`
    select from api_usage_seals where tenant_id = ${tenant_id}
      and month = date_trunc('month', ${occurred_at}::timestamptz at time zone 'UTC')::date`.execute(tx);
  if (sealed.rows.length > 0 || now >= sealsAt(occurred_at))
    fail(
      'event_not_correctable',
      `The call of ${occurred_at.toISOString()} is of a month that is sealed since ${sealsAt(occurred_at).toISOString()}.`,
    );
}

async function lastCorrection(
  tx: Tx,
  tenant_id: string,
  source: string,
  id: string,
): Promise<Pick<Correction, 'sequence' | 'status_code_after'> | undefined> {
  const found = await sql<Pick<Correction, 'sequence' | 'status_code_after'>>`
    select sequence, status_code_after from api_usage_corrections
    where tenant_id = ${tenant_id} and source = ${source} and id = ${id} order by sequence desc limit 1`.execute(
    tx,
  );
  return found.rows[0];
}

function refuseUnchanged({ status_code_before, status_code_after }: StatusChange): void {
  if (status_code_before !== status_code_after) return;
  const as_it_is = status_code_after === null ? 'is void' : `counts with status ${status_code_after}`;
  fail('event_not_correctable', `The call ${as_it_is} already.`);
}

async function insertCorrection(
  tx: Tx,
  { tenant_id, now, newId, caller }: CorrectionContext,
  { source, id, reason }: CorrectionRequest,
  call: RecordedCall,
  { status_code_before, status_code_after }: StatusChange,
  sequence: number,
): Promise<Correction> {
  const inserted = await sql<Correction>`
    insert into api_usage_corrections (tenant_id, correction_id, source, id, sequence, period_id, occurred_at, endpoint,
      method, api_key_id, response_time_ms, status_code_before, status_code_after, reason, corrected_by_api_key_id,
      corrected_by_user_id, created_at)
    values (${tenant_id}, ${newId(now)}, ${source}, ${id}, ${sequence}, ${call.period_id}, ${call.occurred_at},
      ${call.endpoint}, ${call.method}, ${call.api_key_id}, ${call.response_time_ms}, ${status_code_before},
      ${status_code_after}, ${reason}, ${caller.api_key_id ?? null}, ${caller.user_id ?? null}, ${now})
    returning ${correctionColumns}`.execute(tx);
  const correction = inserted.rows[0];
  if (correction === undefined) throw new Error('a correction was not written');
  return correction;
}
