import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import type { Spending } from './spending.ts';

/** What a cap does where it is reached: says so, or keeps what would pass it out. */
export const CAP_ACTIONS = ['notify', 'block'] as const;
export type CapAction = (typeof CAP_ACTIONS)[number];

/** Whose word a cap is. Both hold: a tenant cannot raise what the operator has set. */
export type CapSetter = 'tenant' | 'operator';

/** What a tenant may spend in a billing period, in the minor unit of its currency. */
export interface SpendCap {
  set_by: CapSetter;
  limit_cents: bigint;
  action: CapAction;
  /** When it was first seen to be reached; what is of another period than `reached_period_start` is over. */
  reached_at: Date | null;
  reached_period_start: Date | null;
  updated_at: Date;
}

const columns = sql`set_by, limit_cents, action, reached_at, reached_period_start, updated_at`;

/** A tenant's caps, the operator's first; two at most. */
export async function capsOf(tx: Tx, tenant_id: string): Promise<SpendCap[]> {
  const found = await sql<SpendCap>`
    select ${columns} from spend_caps where tenant_id = ${tenant_id} order by set_by`.execute(tx);
  return found.rows;
}

/** A tenant's caps, locked: its purchases take turns from here to the end of their transactions. */
export async function lockCaps(tx: Tx, tenant_id: string): Promise<SpendCap[]> {
  const found = await sql<SpendCap>`
    select ${columns} from spend_caps where tenant_id = ${tenant_id} order by set_by for update`.execute(tx);
  return found.rows;
}

/** Sets a cap; whether it is reached is to be seen anew. */
export async function upsertCap(
  tx: Tx,
  tenant_id: string,
  { set_by, limit_cents, action }: Pick<SpendCap, 'set_by' | 'limit_cents' | 'action'>,
  now: Date,
): Promise<void> {
  await sql`
    insert into spend_caps (tenant_id, set_by, limit_cents, action, updated_at)
    values (${tenant_id}, ${set_by}, ${limit_cents}, ${action}, ${now})
    on conflict (tenant_id, set_by) do update set limit_cents = excluded.limit_cents, action = excluded.action,
      reached_at = null, reached_period_start = null, updated_at = excluded.updated_at`.execute(tx);
  await publishChange(tx, { topic: 'spend_caps', tenant_id });
}

/** Takes a cap away; false where there was none. */
export async function deleteCap(tx: Tx, tenant_id: string, set_by: CapSetter): Promise<boolean> {
  const deleted = await sql`
    delete from spend_caps where tenant_id = ${tenant_id} and set_by = ${set_by} returning set_by`.execute(
    tx,
  );
  await publishChange(tx, { topic: 'spend_caps', tenant_id });
  return deleted.rows.length > 0;
}

/** Writes down which caps are reached by so much, where it was not seen before in this period. */
export async function noteReached(
  tx: Tx,
  tenant_id: string,
  { spent_cents, period }: Pick<Spending, 'spent_cents' | 'period'>,
  now: Date,
): Promise<void> {
  await sql`
    update spend_caps set reached_at = ${now}, reached_period_start = ${period.starts_at}
    where tenant_id = ${tenant_id} and limit_cents <= ${spent_cents}
      and reached_period_start is distinct from ${period.starts_at}`.execute(tx);
}

/** Whether a cap that is reached by so much has not been noted for the period yet. */
export function isNewlyReached(
  { limit_cents, reached_period_start }: SpendCap,
  { spent_cents, period }: Pick<Spending, 'spent_cents' | 'period'>,
): boolean {
  return limit_cents <= spent_cents && reached_period_start?.getTime() !== period.starts_at.getTime();
}

/** The refusal of what would make `would_be_cents` of what is spent. */
export function capReached(
  { limit_cents, set_by }: Pick<SpendCap, 'limit_cents' | 'set_by'>,
  spent_cents: bigint,
  would_be_cents: bigint,
): TallystickError {
  const detail = `The cap of the ${set_by} is ${limit_cents} cents in this billing period; ${spent_cents} are spent, and it would be ${would_be_cents}.`;
  return new TallystickError('spend_cap_reached', detail, {
    extra: { limit_cents, spent_cents, would_be_cents, set_by },
  });
}
