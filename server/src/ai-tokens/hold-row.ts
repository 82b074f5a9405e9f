import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { Pin } from './plan/book.ts';

/** `expired`: its time is over and nobody said what became of it; an item to reconcile until its grace ends. */
export type HoldStatus = 'held' | 'expired' | 'settled' | 'released';

/** A row of `ai_token_holds`. */
export interface HoldRow {
  hold_id: string;
  request_id: string;
  feature_type: string;
  user_id: string | null;
  tokens: bigint;
  status: HoldStatus;
  grant_ids: string[];
  grant_tokens: bigint[];
  created_at: Date;
  expires_at: Date;
  grace_until: Date;
  ended_at: Date | null;
  released_by: 'owner' | 'policy' | null;
  release_reason: string | null;
  usage_id: string | null;
  settled_tokens: bigint | null;
  balance_after: bigint | null;
}

export const holdColumns = sql`hold_id, request_id, feature_type, user_id, tokens, status, grant_ids, grant_tokens, created_at,
  expires_at, grace_until, ended_at, released_by, release_reason, usage_id, settled_tokens, balance_after`;

/** What the hold still pins: nothing once it is settled or released. */
export function pinsOf(hold: HoldRow): Pin[] {
  if (hold.status === 'settled' || hold.status === 'released') return [];
  return hold.grant_ids.map((grant_id, index) => ({ grant_id, tokens: hold.grant_tokens[index] ?? 0n }));
}

/** A hold of the tenant, or `not_found`. Under the book's lock it cannot change meanwhile. */
export async function requireHold(tx: Tx, tenant_id: string, hold_id: string): Promise<HoldRow> {
  const found = await sql<HoldRow>`
    select ${holdColumns} from ai_token_holds where tenant_id = ${tenant_id} and hold_id = ${hold_id}`.execute(
    tx,
  );
  return found.rows[0] ?? fail('not_found', `there is no hold ${hold_id}`);
}

export interface HoldFilter {
  status?: HoldStatus | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** A page of holds, newest first. With the status `expired` it is the list of items to reconcile. */
export async function listHolds(tx: Tx, tenant_id: string, filter: HoldFilter): Promise<HoldRow[]> {
  const { status = null, after, limit } = filter;
  const page = await sql<HoldRow>`
    select ${holdColumns} from ai_token_holds
    where tenant_id = ${tenant_id} and (${status}::text is null or status = ${status})
      and (${after?.id ?? null}::uuid is null or (created_at, hold_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, hold_id desc limit ${limit}`.execute(tx);
  return page.rows;
}

/** Writes a new hold. */
export async function insertHold(
  tx: Tx,
  tenant_id: string,
  hold: Pick<
    HoldRow,
    'hold_id' | 'request_id' | 'feature_type' | 'tokens' | 'created_at' | 'expires_at' | 'grace_until'
  > & { user_id?: string | undefined },
  pins: readonly Pin[],
): Promise<void> {
  await sql`
    insert into ai_token_holds (tenant_id, hold_id, request_id, feature_type, user_id, tokens, status, grant_ids,
      grant_tokens, created_at, expires_at, grace_until)
    values (${tenant_id}, ${hold.hold_id}, ${hold.request_id}, ${hold.feature_type}, ${hold.user_id ?? null},
      ${hold.tokens}, 'held', ${pins.map((pin) => pin.grant_id)}::uuid[], ${pins.map((pin) => pin.tokens)}::bigint[],
      ${hold.created_at}, ${hold.expires_at}, ${hold.grace_until})`.execute(tx);
}

/** Marks a hold whose time is over: it pins its tokens until it is settled, released, or its grace ends. */
export async function markHoldExpired(tx: Tx, tenant_id: string, hold_id: string): Promise<void> {
  await sql`
    update ai_token_holds set status = 'expired'
    where tenant_id = ${tenant_id} and hold_id = ${hold_id} and status = 'held'`.execute(tx);
}

/** Ends a hold by a settlement; `settled_tokens` is what was asked for, so that a repeat can be told from a change. */
export async function markHoldSettled(
  tx: Tx,
  tenant_id: string,
  hold_id: string,
  end: { at: Date; usage_id: string; settled_tokens: bigint; balance_after: bigint },
): Promise<void> {
  await sql`
    update ai_token_holds set status = 'settled', ended_at = ${end.at}, usage_id = ${end.usage_id},
      settled_tokens = ${end.settled_tokens}, balance_after = ${end.balance_after}
    where tenant_id = ${tenant_id} and hold_id = ${hold_id}`.execute(tx);
}

/** Ends a hold without use. */
export async function markHoldReleased(
  tx: Tx,
  tenant_id: string,
  hold_id: string,
  end: { at: Date; released_by: 'owner' | 'policy'; release_reason: string; balance_after: bigint },
): Promise<void> {
  await sql`
    update ai_token_holds set status = 'released', ended_at = ${end.at}, released_by = ${end.released_by},
      release_reason = ${end.release_reason}, balance_after = ${end.balance_after}
    where tenant_id = ${tenant_id} and hold_id = ${hold_id}`.execute(tx);
}
