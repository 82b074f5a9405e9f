import { sql } from 'kysely';
import { holdPeriods } from '../billing/index.ts';
import type { OwnHandler } from '../due-work/index.ts';
import type { BillingRunServices } from './run-progress.ts';

/** How often who owes tokens is looked for, in milliseconds: as often as a period's hour of grace is long. */
const EVERY_MS = 60 * 60 * 1000;

/** Makes the billing periods of who owes tokens and calls nothing, every hour of the root's time. */
export function owedPeriodsSweep(services: BillingRunServices): OwnHandler {
  return {
    kind: 'owed_periods',
    recurring: true,
    runOwn: async (_item, now) => {
      await ensureOwedPeriods(services);
      return new Date(now.getTime() + EVERY_MS);
    },
  };
}

/**
 * Tokens that are owed are invoiced when a billing period closes, and periods are made when something is recorded in them:
 * who owes and records nothing gets the period here that now lies in, and the one before it within its hour of grace.
 */
export async function ensureOwedPeriods({ db, clock, newId }: BillingRunServices): Promise<void> {
  const owing = await db.asJob((tx) =>
    sql<{ tenant_id: string; covered_until: Date | null }>`
      select tenant_id, (select max(ends_at) from billing_periods p where p.tenant_id = b.tenant_id) as covered_until
      from ai_token_balances b where tokens_shortfall > 0`.execute(tx),
  );
  for (const { tenant_id, covered_until } of owing.rows) {
    const now = clock.now(tenant_id);
    if (covered_until !== null && covered_until > now) continue;
    const span = { tenant_id, now, earliest: now, latest: now };
    await db.inTenant(tenant_id, (tx) => holdPeriods(tx, newId, [span]));
  }
}
