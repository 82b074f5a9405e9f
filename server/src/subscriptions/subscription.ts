import { sql } from 'kysely';
import type { Interval, TierPin } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { lockTenant } from '../tenants/index.ts';

/** How a subscription stands. In the first three its tier is in use, and in a pause until what is paid for is over. */
export const SUBSCRIPTION_STATUSES = [
  'trialing',
  'active',
  'past_due',
  'pending',
  'paused',
  'suspended',
  'cancelled',
  'failed',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** A row of `subscriptions`. `price_cents` is in the minor unit of `currency`, for one interval. */
export interface Subscription {
  tenant_id: string;
  subscription_id: string;
  tier_owner_id: string;
  tier_name: string;
  tier_version: number;
  interval: Interval;
  price_cents: bigint;
  currency: string;
  /** The grants of the tokens that the present billing period includes. */
  included_grant_ids: string[];
  status: SubscriptionStatus;
  anchor_at: Date;
  time_zone: string;
  trial_ends_at: Date | null;
  current_period_start: Date;
  current_period_end: Date;
  /** When a month of the cycle, or what is paid for, is over next. */
  next_cycle_at: Date;
  next_tier_owner_id: string | null;
  next_tier_name: string | null;
  next_tier_version: number | null;
  next_price_cents: bigint | null;
  next_interval: Interval | null;
  cancel_at_period_end: boolean;
  pending_invoice_id: string | null;
  pending_at: Date | null;
  pending_tier_owner_id: string | null;
  pending_tier_name: string | null;
  pending_tier_version: number | null;
  pending_price_cents: bigint | null;
  pending_interval: Interval | null;
  /** Included tokens that the invoice which is waited for pays back. */
  pending_tokens_taken_back: bigint | null;
  started_at: Date;
  paused_at: Date | null;
  ended_at: Date | null;
  end_reason: string | null;
  created_at: Date;
}

const columns = sql`tenant_id, subscription_id, tier_owner_id, tier_name, tier_version, "interval", price_cents,
  currency, included_grant_ids, status, anchor_at, time_zone, trial_ends_at, current_period_start, current_period_end,
  next_cycle_at, next_tier_owner_id, next_tier_name, next_tier_version, next_price_cents, next_interval, cancel_at_period_end, pending_invoice_id,
  pending_at, pending_tier_owner_id, pending_tier_name, pending_tier_version, pending_price_cents, pending_interval,
  pending_tokens_taken_back, started_at, paused_at,
  ended_at, end_reason, created_at`;

/** The subscription that a tenant has, whether it is under way or waits for its first payment; undefined for none. */
export async function findSubscription(tx: Tx, tenant_id: string): Promise<Subscription | undefined> {
  const found = await sql<Subscription>`
    select ${columns} from subscriptions
    where tenant_id = ${tenant_id} and status not in ('cancelled', 'failed')`.execute(tx);
  return found.rows[0];
}

/** The same, locked until the transaction ends. */
export async function lockSubscription(tx: Tx, tenant_id: string): Promise<Subscription | undefined> {
  const found = await sql<Subscription>`
    select ${columns} from subscriptions
    where tenant_id = ${tenant_id} and status not in ('cancelled', 'failed') for update`.execute(tx);
  return found.rows[0];
}

/** A subscription that was found, where it is under way. Fails with `subscription_missing`, also before its first payment. */
export function requireRunning(found: Subscription | undefined): Subscription {
  if (found !== undefined && found.status !== 'pending') return found;
  return fail('subscription_missing', 'The tenant has no subscription under way.');
}

/**
 * Locks a tenant that has no subscription. Fails with `subscription_exists` where it has one, since that is what moves it
 * from tier to tier.
 */
export async function requireUnsubscribed(tx: Tx, tenant_id: string): Promise<void> {
  await lockTenant(tx, tenant_id);
  const found = await findSubscription(tx, tenant_id);
  if (found !== undefined)
    fail(
      'subscription_exists',
      `The tenant has a subscription to "${found.tier_name}", which says its tier; change it with POST /subscriptions/current/change.`,
    );
}

/** A tenant's subscriptions, newest first: after a position, at most `limit`. */
export async function listSubscriptions(
  tx: Tx,
  tenant_id: string,
  page: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<Subscription[]> {
  const { after } = page;
  const found = await sql<Subscription>`
    select ${columns} from subscriptions
    where tenant_id = ${tenant_id}
      and (${after?.id ?? null}::uuid is null
        or (created_at, subscription_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, subscription_id desc limit ${page.limit}`.execute(tx);
  return found.rows;
}

/** Writes a new subscription. A tenant has one at a time: SQL sees to it too. */
export async function insertSubscription(tx: Tx, row: Subscription): Promise<void> {
  await sql`
    insert into subscriptions (${columns})
    select ${columns} from jsonb_populate_record(null::subscriptions, ${JSON.stringify(row, bigintsAsText)}::jsonb)
    returning 1`.execute(tx);
}

/** Writes what has changed of a locked subscription, and answers it as it is now. */
export async function updateSubscription(
  tx: Tx,
  subscription: Subscription,
  changes: Partial<Omit<Subscription, 'tenant_id' | 'subscription_id' | 'currency' | 'created_at'>>,
): Promise<Subscription> {
  const assignments = Object.entries(changes).map(([column, value]) => sql`${sql.id(column)} = ${value}`);
  await sql`
    update subscriptions set ${sql.join(assignments)}
    where tenant_id = ${subscription.tenant_id} and subscription_id = ${subscription.subscription_id}`.execute(
    tx,
  );
  return { ...subscription, ...changes };
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** What a subscription says that goes on as it is. */
export const NOTHING_NEXT = {
  next_tier_owner_id: null,
  next_tier_name: null,
  next_tier_version: null,
  next_price_cents: null,
  next_interval: null,
} as const;

/** What a subscription says that waits for nothing. */
export const NOTHING_PENDING = {
  pending_invoice_id: null,
  pending_at: null,
  pending_tier_owner_id: null,
  pending_tier_name: null,
  pending_tier_version: null,
  pending_price_cents: null,
  pending_interval: null,
  pending_tokens_taken_back: null,
} as const;

/** The version of a tier that a subscription is on. */
export function tierPinOf({ tier_owner_id, tier_name, tier_version }: Subscription): TierPin {
  return { tenant_id: tier_owner_id, tier_name, version: tier_version };
}
