import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { Subscription } from './subscription.ts';

/** Why a phase begins. */
export type PhaseReason = 'trial' | 'start' | 'change' | 'pause' | 'resume' | 'renewal' | 'end';

/**
 * Ends the phase under way at a time and begins the next with the terms that the subscription has by now. `paid` is false
 * in a trial and in a pause.
 */
export async function beginPhase(
  tx: Tx,
  subscription: Subscription,
  { at, paid, reason }: { at: Date; paid: boolean; reason: PhaseReason },
): Promise<void> {
  const { tenant_id, subscription_id } = subscription;
  await endPhase(tx, subscription, at);
  await sql`
    insert into subscription_phases (tenant_id, subscription_id, phase_no, starts_at, tier_owner_id, tier_name,
      tier_version, "interval", price_cents, currency, paid, reason)
    select ${tenant_id}::uuid, ${subscription_id}::uuid, count(*) + 1, ${at}::timestamptz, ${subscription.tier_owner_id}::uuid,
      ${subscription.tier_name}, ${subscription.tier_version}::integer, ${subscription.interval},
      ${subscription.price_cents}::bigint, ${subscription.currency}, ${paid}::boolean, ${reason}
    from subscription_phases where tenant_id = ${tenant_id} and subscription_id = ${subscription_id}
    returning 1`.execute(tx);
}

/** Ends the phase under way: nothing follows. */
export async function endPhase(
  tx: Tx,
  { tenant_id, subscription_id }: Subscription,
  at: Date,
): Promise<void> {
  await sql`
    update subscription_phases set ends_at = greatest(starts_at, ${at}::timestamptz)
    where tenant_id = ${tenant_id} and subscription_id = ${subscription_id} and ends_at is null`.execute(tx);
}
