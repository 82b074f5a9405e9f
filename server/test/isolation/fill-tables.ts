import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, makeMonthPartitions, setTenant, type Tx } from '../../src/db/index.ts';
import { BILLING_ROWS } from './billing-rows.ts';
import { readTables } from './catalogue.ts';
import { PAYMENT_ROWS } from './payment-rows.ts';
import { REVENUE_ROWS } from './revenue-rows.ts';
import { AT, idOf, LATER, MUCH_LATER, PARENTS, type RowMaker, TENANTS, type TenantName } from './row-ids.ts';
import { USAGE_ROWS } from './usage-rows.ts';

export { TENANTS, type TenantName } from './row-ids.ts';

const grantPart = { grant_ids: [], grant_tokens: [] };

/** How a row of each table looks, in an order in which foreign keys are content. A new table needs a line here. */
const ROW_MAKERS: Record<string, RowMaker> = {
  tenants: (tenant, number) => ({
    tenant_id: number === 0 ? TENANTS[tenant] : idOf(tenant, number, 'child'),
    parent_tenant_id: number === 0 ? TENANTS[PARENTS[tenant] ?? 'root'] : TENANTS[tenant],
    name: tenant,
    currency: 'USD',
    tier_owner_id: TENANTS.root,
    tier_name: 'free',
    tier_version: 1,
    shortfall_cap_tokens: 0,
    created_at: AT,
  }),
  tenant_slugs: (tenant, number) => ({
    slug: `slug-${number}`,
    child_tenant_id: idOf(tenant, number, 'child'),
  }),
  subscription_tiers: (tenant, number) => ({
    tier_id: idOf(tenant, number, 'tier'),
    tier_name: `tier ${number}`,
    version: 1,
    description: '',
    prices: {},
    features: {},
    api_call_prices: {},
    archived: false,
    title: 'Tier',
    may_have_child_tenants: false,
    created_at: AT,
  }),
  api_keys: (tenant, number) => ({
    api_key_id: idOf(tenant, number, 'key'),
    name: 'key',
    scopes: ['read'],
    created_at: AT,
  }),
  api_key_directory: (tenant, number) => ({
    owner_id: TENANTS[tenant],
    key_hash: `\\x${createHash('sha256').update(`${tenant} ${number}`).digest('hex')}`,
    api_key_id: idOf(tenant, number, 'key'),
  }),
  accounts: (_tenant, number) => ({
    account: ['cash', 'deferred_revenue'][number] ?? `account_${number}`,
    asset: 'USD',
    created_at: AT,
  }),
  billing_transactions: (tenant, number) => ({
    transaction_id: idOf(tenant, number, 'transaction'),
    type: 'token_purchase',
    status: 'pending',
    amount_cents: 1,
    currency: 'USD',
    tokens: 1,
    created_at: AT,
  }),
  transfers: (tenant, number) => ({
    created_at: AT,
    transfer_id: idOf(tenant, number, 'transfer'),
    transaction_id: idOf(tenant, 0, 'transaction'),
    book_version: 1,
    debit_account: 'cash',
    credit_account: 'deferred_revenue',
    asset: 'USD',
    amount: 1,
  }),
  ai_token_features: (_tenant, number) => ({
    feature_type: `feature_${number}`,
    title: 'Feature',
    created_at: AT,
  }),
  ai_token_balances: () => ({
    book_version: 1,
    tokens_purchased: 1,
    tokens_granted: 0,
    tokens_refunded: 0,
    tokens_used: 0,
    tokens_held: 0,
    tokens_expired: 0,
    tokens_shortfall: 0,
    last_entry_at: AT,
  }),
  ai_token_grants: (tenant, number) => ({
    grant_id: idOf(tenant, number, 'grant'),
    transaction_id: idOf(tenant, 0, 'transaction'),
    book_version: 1,
    source: 'sold',
    priority: 100,
    tokens: 1,
    tokens_used: 0,
    tokens_held: 0,
    tokens_refunded: 0,
    tokens_expired: 0,
    currency: 'USD',
    price_cents: 1,
    recognised_cents: 0,
    breakage_cents: 0,
    refunded_cents: 0,
    created_at: AT,
  }),
  ai_token_usage: (tenant, number) => ({
    occurred_at: AT,
    usage_id: idOf(tenant, number, 'usage'),
    book_version: 1,
    feature_type: 'content_generation',
    tokens_used: 1,
    shortfall_tokens: 1,
    shortfall_refused_tokens: 0,
    balance_before: 1,
    balance_after: 1,
    currency: 'USD',
    recognised_cents: 0,
    ...grantPart,
    grant_left_before: [],
    grant_deferred_before_cents: [],
    grant_recognised_cents: [],
  }),
  ai_token_holds: (tenant, number) => ({
    hold_id: idOf(tenant, number, 'hold'),
    request_id: `request ${number}`,
    feature_type: 'content_generation',
    tokens: 1,
    status: 'held',
    ...grantPart,
    created_at: AT,
    expires_at: LATER,
    grace_until: LATER,
  }),
  request_keys: (_tenant, number) => ({
    namespace: 'usage',
    key: `request ${number}`,
    body_hash: '\\x00',
    created_at: AT,
  }),
  due_work: (tenant, number) => ({
    kind: 'token_hold',
    ref_id: idOf(tenant, number, 'hold'),
    next_due_at: LATER,
    attempts: 0,
  }),
  rate_limit_policies: (tenant, number) => ({
    name: `policy_${number}`,
    limit: 1,
    window_seconds: 1,
    cost: 1,
    api_key_id: idOf(tenant, 0, 'key'),
    on_store_failure: 'local',
    set_by_operator: false,
    created_at: AT,
    updated_at: AT,
  }),
  billing_details: () => ({ tax_exempt: false, time_zone: 'UTC', updated_at: AT }),
  tax_rates: (tenant, number) => ({
    tax_rate_id: idOf(tenant, number, 'tax rate'),
    country: 'DE',
    region: `region ${number}`,
    rate_percent: 19,
    name: 'VAT',
    valid_from: AT,
    created_at: AT,
  }),
  coupons: (tenant, number) => ({
    coupon_id: idOf(tenant, number, 'coupon'),
    code: `CODE-${number}`,
    percent_off: 10,
    duration: 'once',
    active: true,
    redemptions: 0,
    created_at: AT,
    updated_at: AT,
  }),
  coupon_redemptions: (tenant, number) => ({
    coupon_redemption_id: idOf(tenant, number, 'redemption'),
    seller_id: TENANTS[PARENTS[tenant] ?? 'root'],
    coupon_id: idOf(PARENTS[tenant] ?? 'root', number, 'coupon'),
    code: `CODE-${number}`,
    percent_off: 10,
    duration: 'once',
    starts_at: AT,
    used_count: 0,
  }),
  test_clocks: () => ({ offset_ms: 0, updated_at: AT }),
  sign_in_users: (tenant, number) => ({
    owner_id: TENANTS[tenant],
    id: idOf(tenant, number, 'user'),
    name: tenant,
    email: `${tenant}-${number}@sign-in.example`,
    email_verified: false,
    created_at: AT,
    updated_at: AT,
  }),
  billing_periods: (tenant, number) => ({
    period_id: idOf(tenant, number, 'period'),
    starts_at: number === 0 ? AT : LATER,
    ends_at: number === 0 ? LATER : MUCH_LATER,
    status: 'open',
    created_at: AT,
  }),
  ...BILLING_ROWS,
  ...USAGE_ROWS,
  ...PAYMENT_ROWS,
  ...REVENUE_ROWS,
  feature_usage: (tenant, number) => ({
    feature_usage_id: idOf(tenant, number, 'use'),
    feature: 'episodes',
    period_id: idOf(tenant, 0, 'period'),
    quantity: 1,
    overage_quantity: 0,
    request_id: `use ${number}`,
    tier_owner_id: TENANTS.root,
    tier_name: 'free',
    tier_version: 1,
    occurred_at: AT,
    recorded_at: AT,
  }),
  feature_usage_periods: (tenant, number) => ({
    period_id: idOf(tenant, 0, 'period'),
    feature: `episodes_${number}`,
    used: 1,
    overage_quantity: 0,
  }),
};

/** The tables that hold no tenant's rows, with the reason. */
export const TABLES_WITHOUT_TENANT = {
  schema_migrations: 'which migrations this database has; no role is granted anything on it',
  sign_in_accounts: 'passwords, by user; admitted only where no tenant is set',
  sign_in_attempts: 'attempts to sign in, by address; admitted only where no tenant is set',
  sign_in_sessions: 'sessions, by user; admitted only where no tenant is set',
  sign_in_verifications: 'nothing yet: better-auth asks for the table',
};

/** An INSERT of row `number` of a tenant. Throws for a table that the list above does not know. */
export function insertStatement(table: string, tenant: TenantName, number: number): string {
  const make = ROW_MAKERS[table];
  if (!make) throw new Error(`${table} is new: say in fill-tables.ts how a row of it looks`);
  const made = make(tenant, number);
  const row = 'owner_id' in made || 'tenant_id' in made ? made : { tenant_id: TENANTS[tenant], ...made };
  const columns = Object.keys(row)
    .map((column) => `"${column}"`)
    .join(', ');
  const json = JSON.stringify(row).replaceAll("'", "''");
  return `insert into tallystick.${table} (${columns})
    select ${columns} from jsonb_populate_record(null::tallystick.${table}, '${json}'::jsonb)`;
}

/** Fills every table of the catalogue for every tenant, as the owner. A partition is filled through its table. */
export async function fillTables(db: Database): Promise<void> {
  const tables = (await readTables(db)).filter((table) => table.partition_of === null);
  const known = new Set([...Object.keys(ROW_MAKERS), ...Object.keys(TABLES_WITHOUT_TENANT)]);
  const unknown = tables.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: fill-tables.ts does not know how to fill it`);
  // So that partitions of months are looked at as well as the default ones.
  await makeMonthPartitions(db, AT);
  await db.asOwner(async (tx) => {
    for (const table of Object.keys(ROW_MAKERS)) {
      for (const tenant of Object.keys(TENANTS) as TenantName[]) await fill(tx, table, tenant);
    }
  });
}

async function fill(tx: Tx, table: string, tenant: TenantName): Promise<void> {
  await setTenant(tx, TENANTS[tenant]);
  // The root is there from the first migration; a balance and a clock are one to a tenant.
  const numbers = table === 'accounts' ? [0, 1] : [0];
  if (table === 'tenants' && tenant === 'root') return;
  for (const number of numbers) await sql.raw(insertStatement(table, tenant, number)).execute(tx);
}
