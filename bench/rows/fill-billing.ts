import { sql } from 'kysely';
import type { Database } from '../../server/src/db/index.ts';
import { ROOT_TENANT_ID } from '../../server/src/id/index.ts';
import { ACCOUNT_NAMES, assetOf } from '../../server/src/ledger/index.ts';

/** How many tenants a statement makes: memory and the time of one statement stay bounded. */
const CHUNK = 5000;
const MONTH = '2026-01-01T00:00:00.000Z';

/** When the month that is filled can be billed: its end and its hour of grace are over. */
export const BILLED_AT = new Date('2026-02-01T02:00:00.000Z');

/** What a tenant's month in the bench comes to: 1,000 calls more than included, and 100 more for each place of fifty. */
const CALLS_BEYOND = sql`(1000 + 100 * (n % 50))`;

/**
 * Fills January of so many new tenants with more calls than are included: every second is on the free tier, the others
 * have a monthly subscription that renews. They have been billed before, so their books are open. Made in SQL, because
 * what is measured is billing.
 */
export async function fillBilling(
  db: Database,
  tenants: number,
  tell: (filled: number) => void,
): Promise<void> {
  for (let from = 0; from < tenants; from += CHUNK) {
    const to = Math.min(tenants, from + CHUNK);
    await db.asOwner(async (tx) => {
      await sql`
        create temporary table new_tenant on commit drop as
        select n, gen_random_uuid() as tenant_id, gen_random_uuid() as period_id, gen_random_uuid() as subscription_id,
          case when n % 2 = 0 then 'free' else 'starter' end as tier_name,
          case when n % 2 = 0 then 1000 else 10000 end + ${CALLS_BEYOND} as calls
        from generate_series(${from}::integer, ${to - 1}::integer) as n`.execute(tx);
      for (const statement of STATEMENTS) await statement.execute(tx);
    });
    tell(to);
  }
  for (const table of [
    'tenants',
    'billing_periods',
    'api_usage_hours',
    'due_work',
    'accounts',
    'subscriptions',
  ])
    await db.asOwner((tx) => sql`analyze ${sql.table(table)}`.execute(tx));
}

/** What the calls beyond the included ones of so many tenants, and the fees of their renewals, come to in US cents. */
export function expectedTotalCents(tenants: number): bigint {
  let total = 0n;
  for (let n = 0; n < tenants; n += 1) {
    // 5 cents per 1,000 calls, rounded half to even; 1,000 and more of 100 each end in halves only at 5 of 10.
    const tenths = BigInt(1000 + 100 * (n % 50)) * 5n;
    const [whole, rest] = [tenths / 1000n, tenths % 1000n];
    total += rest > 500n || (rest === 500n && whole % 2n === 1n) ? whole + 1n : whole;
    if (n % 2 === 1) total += 2900n;
  }
  return total;
}

const STATEMENTS = [
  sql`
    insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
    select tenant_id, ${ROOT_TENANT_ID}, 'Studio ' || n, 'USD', tier_name, ${MONTH} from new_tenant`,
  sql`
    insert into ai_token_balances (tenant_id, book_version, tokens_purchased, tokens_granted, tokens_refunded,
      tokens_used, tokens_held, tokens_expired, tokens_shortfall, last_entry_at)
    select tenant_id, 0, 0, 0, 0, 0, 0, 0, 0, ${MONTH} from new_tenant`,
  sql`
    insert into accounts (tenant_id, account, asset, created_at)
    select tenant_id, account, asset, ${MONTH}
    from new_tenant cross join unnest(${ACCOUNT_NAMES}::text[],
      ${ACCOUNT_NAMES.map((account) => assetOf(account, 'USD'))}::text[]) as chart (account, asset)`,
  sql`
    insert into billing_periods (tenant_id, period_id, starts_at, ends_at, status, created_at)
    select tenant_id, period_id, ${MONTH}, ${MONTH}::timestamptz + interval '1 month', 'open', ${MONTH} from new_tenant`,
  // An hour of each of 28 days, and what does not divide evenly in the first.
  sql`
    insert into api_usage_hours (tenant_id, hour, period_id, total_calls, successful_calls, response_time_ms_total,
      response_time_ms_max)
    select tenant_id, ${MONTH}::timestamptz + make_interval(days => day), period_id,
      calls / 28 + case when day = 0 then calls % 28 else 0 end, calls / 28 + case when day = 0 then calls % 28 else 0 end,
      calls, 20
    from new_tenant cross join generate_series(0, 27) as day`,
  sql`
    insert into billing_cycles (tenant_id, anchor_at, time_zone, created_at)
    select tenant_id, ${MONTH}, 'UTC', ${MONTH} from new_tenant where tier_name = 'starter'`,
  sql`
    insert into subscriptions (tenant_id, subscription_id, tier_owner_id, tier_name, tier_version, "interval", price_cents,
      currency, status, anchor_at, time_zone, current_period_start, current_period_end, next_cycle_at,
      started_at, created_at)
    select tenant_id, subscription_id, ${ROOT_TENANT_ID}, tier_name, 1, 'month', 2900, 'USD', 'active', ${MONTH},
      'UTC', ${MONTH}, ${MONTH}::timestamptz + interval '1 month', ${MONTH}::timestamptz + interval '1 month', ${MONTH}, ${MONTH}
    from new_tenant where tier_name = 'starter'`,
  sql`
    insert into subscription_phases (tenant_id, subscription_id, starts_at, phase_no, tier_owner_id, tier_name,
      tier_version, "interval", price_cents, currency, paid, reason)
    select tenant_id, subscription_id, ${MONTH}, 1, ${ROOT_TENANT_ID}, tier_name, 1, 'month', 2900, 'USD', true, 'start'
    from new_tenant where tier_name = 'starter'`,
  sql`
    insert into due_work (tenant_id, kind, ref_id, next_due_at)
    select tenant_id, 'billing_period_close', period_id, ${MONTH}::timestamptz + interval '1 month 1 hour' from new_tenant
    union all
    select tenant_id, 'subscription_cycle', subscription_id, ${MONTH}::timestamptz + interval '1 month'
    from new_tenant where tier_name = 'starter'`,
];
