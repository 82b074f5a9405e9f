import { sql } from 'kysely';
import type { TierPin } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type BillingPeriod, closesAt } from './period.ts';
import { periodColumns } from './read-periods.ts';

/** A period to close, and the tier that it is rated by where its tenant has moved on since it was over. */
type PeriodToClose = BillingPeriod & { tier_pin: TierPin | null };

/**
 * Locks a period whose hour of grace is over, so that nothing more is recorded in it. Answers when to come again where it
 * is too early; undefined where it is closed already, or there is none.
 */
export async function lockToClose(
  tx: Tx,
  tenant_id: string,
  period_id: string,
  now: Date,
): Promise<PeriodToClose | Date | undefined> {
  const found = await sql<PeriodToClose>`
    select ${periodColumns}, case when tier_name is not null then jsonb_build_object('tenant_id', tier_owner_id,
      'tier_name', tier_name, 'version', tier_version) end as tier_pin
    from billing_periods
    where tenant_id = ${tenant_id} and period_id = ${period_id} for update`.execute(tx);
  const period = found.rows[0];
  if (period === undefined || period.status === 'closed') return undefined;
  return closesAt(period.ends_at) > now ? closesAt(period.ends_at) : period;
}

/** Closes a locked period and keeps what it included: its own allowance, else its tier's. Answers the closed period. */
export async function closePeriod(
  tx: Tx,
  tenant_id: string,
  period: BillingPeriod,
  tier: { included_api_calls: bigint | null },
  now: Date,
): Promise<BillingPeriod> {
  const included_calls = period.allowance_calls ?? tier.included_api_calls;
  await sql`
    update billing_periods set status = 'closed', included_calls = ${included_calls}, closed_at = ${now}
    where tenant_id = ${tenant_id} and period_id = ${period.period_id}`.execute(tx);
  return { ...period, status: 'closed', included_calls };
}

/**
 * Keeps the tier that a tenant is on as the one that its periods which were over by a time are rated by: to be done before
 * the tenant moves to another.
 */
export async function pinEndedPeriods(tx: Tx, tenant_id: string, at: Date): Promise<void> {
  await sql`
    update billing_periods p set tier_owner_id = t.tier_owner_id, tier_name = t.tier_name, tier_version = t.tier_version
    from tenants t
    where t.tenant_id = ${tenant_id} and p.tenant_id = ${tenant_id} and p.status = 'open' and p.ends_at <= ${at}
      and p.tier_name is null`.execute(tx);
}
