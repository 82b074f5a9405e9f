import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';

/** What the transactions of top-ups say of why they were begun. */
export const AUTO_TOP_UP = 'auto_top_up';

/** How many times in a row a card is declined before it is not charged any more. */
export const DECLINES_MAX = 3;

/** Why nothing is bought although the balance is low. */
export const PAUSED_REASONS = [
  'ceiling_reached',
  'spend_cap_reached',
  'payment_declined',
  'declined_three_times',
  'payment_method_missing',
  'payments_unavailable',
  'purchase_refused',
] as const;
export type PausedReason = (typeof PAUSED_REASONS)[number];

/** The reasons that another card takes away. */
export const BLAMES_CARD: readonly PausedReason[] = [
  'payment_declined',
  'declined_three_times',
  'payment_method_missing',
];

/** What a tenant asks for: below `threshold_tokens` so many tokens are bought, for so much a month at most. */
export interface AutoTopUpTerms {
  threshold_tokens: bigint;
  tokens_to_purchase: bigint;
  /** In the minor unit of the tenant's currency. */
  monthly_ceiling_cents: bigint;
  enabled: boolean;
}

/** A row of `auto_top_ups`. */
export interface AutoTopUpRow extends AutoTopUpTerms {
  tenant_id: string;
  declines: number;
  paused_reason: PausedReason | null;
  /** Null with a reason: until somebody changes something. */
  paused_until: Date | null;
  failed_method: string | null;
  last_attempt_at: Date | null;
  last_failure_code: string | null;
  last_failure_reason: string | null;
  last_failure_at: Date | null;
  updated_at: Date;
}

const columns = sql`tenant_id, threshold_tokens, tokens_to_purchase, monthly_ceiling_cents, enabled, declines,
  paused_reason, paused_until, failed_method, last_attempt_at, last_failure_code, last_failure_reason, last_failure_at,
  updated_at`;

/** A tenant's row, or undefined where it wants no top-ups. */
export async function findRow(tx: Tx, tenant_id: string): Promise<AutoTopUpRow | undefined> {
  const found = await sql<AutoTopUpRow>`
    select ${columns} from auto_top_ups where tenant_id = ${tenant_id}`.execute(tx);
  return found.rows[0];
}

/** A tenant's row, locked: who begins a top-up, or books how one ended, is alone. It comes before caps and the book. */
export async function lockRow(tx: Tx, tenant_id: string): Promise<AutoTopUpRow | undefined> {
  const found = await sql<AutoTopUpRow>`
    select ${columns} from auto_top_ups where tenant_id = ${tenant_id} for update`.execute(tx);
  return found.rows[0];
}

/** Sets what a tenant asks for; whatever kept the former settings from buying is forgotten, and what was tried stays. */
export async function upsertTerms(
  tx: Tx,
  tenant_id: string,
  terms: AutoTopUpTerms,
  now: Date,
): Promise<void> {
  await sql`
    insert into auto_top_ups (tenant_id, threshold_tokens, tokens_to_purchase, monthly_ceiling_cents, enabled, updated_at)
    values (${tenant_id}, ${terms.threshold_tokens}, ${terms.tokens_to_purchase}, ${terms.monthly_ceiling_cents},
      ${terms.enabled}, ${now})
    on conflict (tenant_id) do update set threshold_tokens = excluded.threshold_tokens,
      tokens_to_purchase = excluded.tokens_to_purchase, monthly_ceiling_cents = excluded.monthly_ceiling_cents,
      enabled = excluded.enabled, declines = 0, paused_reason = null, paused_until = null, failed_method = null,
      updated_at = excluded.updated_at`.execute(tx);
  await tellWatches(tx, tenant_id);
}

/** Takes a tenant's settings away; false where there were none. */
export async function deleteRow(tx: Tx, tenant_id: string): Promise<boolean> {
  const deleted = await sql`
    delete from auto_top_ups where tenant_id = ${tenant_id} returning tenant_id`.execute(tx);
  await tellWatches(tx, tenant_id);
  return deleted.rows.length > 0;
}

/** Forgets what kept top-ups from being made: one was paid, or another card is there. */
export async function clearPause(tx: Tx, { tenant_id, declines }: AutoTopUpRow): Promise<void> {
  await sql`
    update auto_top_ups set declines = 0, paused_reason = null, paused_until = null, failed_method = null
    where tenant_id = ${tenant_id}`.execute(tx);
  if (declines >= DECLINES_MAX) await tellWatches(tx, tenant_id);
}

/** Writes down that a top-up was begun. */
export async function noteAttempt(tx: Tx, tenant_id: string, now: Date): Promise<void> {
  await sql`update auto_top_ups set last_attempt_at = ${now} where tenant_id = ${tenant_id}`.execute(tx);
}

/** Why nothing is bought for now, and until when. */
export interface Pause {
  reason: PausedReason;
  until: Date | null;
  declines: number;
  failed_method: string | null;
  /** What went wrong; left out where nothing did. */
  failure?: { code: string; reason: string; at: Date };
}

/** Writes down that nothing is bought for now. */
export async function notePause(tx: Tx, tenant_id: string, pause: Pause): Promise<void> {
  const { code = null, reason = null, at = null } = pause.failure ?? {};
  await sql`
    update auto_top_ups set declines = ${pause.declines}, paused_reason = ${pause.reason}, paused_until = ${pause.until},
      failed_method = ${pause.failed_method}, last_failure_code = coalesce(${code}, last_failure_code),
      last_failure_reason = coalesce(${reason?.slice(0, 500) ?? null}, last_failure_reason),
      last_failure_at = coalesce(${at}::timestamptz, last_failure_at)
    where tenant_id = ${tenant_id}`.execute(tx);
  if (pause.declines >= DECLINES_MAX) await tellWatches(tx, tenant_id);
}

/** Who watches balances in memory reads again whose balances to watch. */
async function tellWatches(tx: Tx, tenant_id: string): Promise<void> {
  await publishChange(tx, { topic: 'auto_top_ups', tenant_id });
}
