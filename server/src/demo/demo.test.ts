import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEMO_STUDIOS, DEMO_TIME, demoServices } from '../../test/demo/demo-services.ts';
import { describeOnEachDatabase, fixedClock, makeTestDatabase } from '../../test/harness/index.ts';
import { runAudit } from '../audit/index.ts';
import type { Database } from '../db/index.ts';
import { newId, ROOT_TENANT_ID } from '../id/index.ts';
import { createTenant, KnownCallers } from '../tenants/index.ts';
import { type DemoSummary, loadDemo, welcome } from './index.ts';

const LOADER = fileURLToPath(new URL('../../test/demo/load-until-killed.ts', import.meta.url));
/** A year of eighteen studios takes seconds, and longer on a machine that is busy. */
const PATIENCE_MS = 180_000;

async function load(db: Database, now?: Date): Promise<{ summary: DemoSummary | undefined; seen: number[] }> {
  const seen: number[] = [];
  const progress = (done: number) => void seen.push(done);
  return {
    summary: await loadDemo({ services: demoServices(db, now), progress, studios: DEMO_STUDIOS }),
    seen,
  };
}

async function rows<Row>(db: Database, statement: string): Promise<Row[]> {
  return (await db.asJob((tx) => sql.raw<Row>(statement).execute(tx))).rows;
}

async function countRows(db: Database, from: string): Promise<number> {
  return Number((await rows<{ n: bigint }>(db, `select count(*) as n from ${from}`))[0]?.n);
}

/** The tiers that a studio has paid for, in the order of time. */
async function tiersOf(db: Database, slug: string): Promise<string[]> {
  const phases = `subscription_phases join tenants using (tenant_id) where slug = '${slug}' order by starts_at`;
  const found = await rows<{ tier: string }>(
    db,
    `select subscription_phases.tier_name as tier from ${phases}`,
  );
  return found.map(({ tier }) => tier);
}

/** Everything that was loaded but for API keys, which are random: one digest for each table. */
async function digests(db: Database): Promise<Record<string, unknown>> {
  const tables = ['tenants', 'ai_token_balances', 'ai_token_grants', 'ai_token_usage', 'ai_token_holds'];
  tables.push('subscriptions', 'subscription_phases', 'invoices', 'invoice_lines', 'billed_sources');
  tables.push(
    'emails',
    'invoice_numbers',
    'revenue_schedules',
    'billing_details',
    'tax_rates',
    'payment_methods',
  );
  tables.push('billing_transactions', 'transfers', 'due_work', 'request_keys', 'billing_periods');
  tables.push('api_usage', 'api_usage_keys', 'api_usage_hours', 'api_usage_latencies', 'api_usage_days');
  const found = tables.map(async (table): Promise<[string, unknown]> => {
    const digest = `md5(string_agg(t::text, ' ' order by t::text collate "C"))`;
    return [table, (await rows(db, `select count(*), ${digest} as digest from ${table} t`))[0]];
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Starts a load in a process of its own, and kills that once some studios are there. */
async function loadAndKill(options: object): Promise<void> {
  const args = ['--conditions=tallystick-source', LOADER, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) if (Number(line) > 0.3) child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

describeOnEachDatabase('demo data', (getDb, { engine }) => {
  let summary: DemoSummary | undefined;
  let seen: number[] = [];

  beforeAll(async () => {
    ({ summary, seen } = await load(getDb()));
  }, PATIENCE_MS);

  it('is a year of studios whose audit is clean', async () => {
    expect(await runAudit(getDb())).toMatchObject({ ok: true, tenants: DEMO_STUDIOS + 1 });
    expect(summary?.tenants).toBe(DEMO_STUDIOS);
    expect(summary?.uses).toBeGreaterThan(1500);
    expect(summary?.revenue.map(({ currency }) => currency).sort()).toEqual(['EUR', 'JPY', 'USD']);
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const [range] = await rows<{ first: Date; last: Date; features: bigint }>(
      getDb(),
      'select min(occurred_at) as first, max(occurred_at) as last, count(distinct feature_type) as features from ai_token_usage',
    );
    expect(range?.features).toBe(4n);
    expect((DEMO_TIME.getTime() - Number(range?.first)) / 86_400_000).toBeGreaterThan(350);
    expect((DEMO_TIME.getTime() - Number(range?.last)) / 86_400_000).toBeLessThan(2);
    expect(Number(range?.last)).toBeLessThan(DEMO_TIME.getTime());
  });

  it('tells every story', async () => {
    const db = getDb();
    const count = (from: string) => countRows(db, from);
    const owing = 'tokens_shortfall > 0';
    const dry =
      'tokens_purchased + tokens_granted - tokens_refunded - tokens_used - tokens_held - tokens_expired = 0';
    expect(await count(`ai_token_balances where ${owing}`)).toBe(1);
    expect(await count(`ai_token_balances where ${dry} and not ${owing}`)).toBeGreaterThanOrEqual(2);
    expect(await count('ai_token_usage where shortfall_tokens > 0')).toBe(2);
    expect(await count(`ai_token_holds where status = 'expired'`)).toBe(3);
    expect(await count(`ai_token_holds where released_by = 'policy'`)).toBe(1);
    expect(await count(`ai_token_holds where status = 'settled' and ended_at > expires_at`)).toBe(1);
    expect(await count(`ai_token_holds where released_by = 'owner'`)).toBeGreaterThan(3);
    expect(await count(`ai_token_holds where status = 'held'`)).toBe(0);
    expect(await count(`billing_transactions where type = 'token_purchase' and status = 'failed'`)).toBe(1);
    expect(await count(`ai_token_grants where refunded_cents = price_cents and price_cents > 0`)).toBe(2);
    expect(await count(`ai_token_grants where refunded_cents between 1 and price_cents - 1`)).toBe(2);
    expect(await count('ai_token_grants where tokens_expired > 0')).toBeGreaterThan(0);
    expect(await count('due_work')).toBeGreaterThan(0);
    // What is due was done: nothing waits for the first tick of the runner.
    expect(await count(`due_work where next_due_at <= '${DEMO_TIME.toISOString()}'`)).toBe(0);
    const children = `tenants child join tenants seller on seller.tenant_id = child.parent_tenant_id`;
    expect(await count(`${children} where seller.tier_name = 'agency'`)).toBe(2);
  });

  it('has subscriptions in every state', async () => {
    const db = getDb();
    const count = (from: string) => countRows(db, from);
    const by_status = await rows<{ status: string; n: bigint }>(
      db,
      'select status, count(*) as n from subscriptions group by 1 order by 1',
    );
    expect(Object.fromEntries(by_status.map(({ status, n }) => [status, Number(n)]))).toEqual({
      active: 14,
      cancelled: 2,
      past_due: 1,
      suspended: 1,
    });
    expect(await count('subscriptions where trial_ends_at is not null')).toBeGreaterThanOrEqual(3);
    expect(await count('subscriptions where cancel_at_period_end')).toBe(1);
    expect(await count(`subscriptions where tier_name = 'enterprise'`)).toBe(1);
    expect(await tiersOf(db, 'larkspur-audio')).toEqual(['starter', 'starter', 'professional']);
    expect(await tiersOf(db, 'paper-lantern-sound')).toEqual(['professional', 'professional', 'starter']);
  });

  it('has invoices that are numbered, taxed, paid and owed', async () => {
    const db = getDb();
    const count = (from: string) => countRows(db, from);
    const of = (slug: string) => `tenant_id = (select tenant_id from tenants where slug = '${slug}')`;
    // Someone owes, and nothing that is finalized waits for its number.
    const finalized = `kind = 'invoice' and status = 'finalized'`;
    expect(await count(`invoices where ${finalized} and ${of('long-tail-media')}`)).toBe(1);
    expect(await count(`invoices where finalized_at is not null and number is null`)).toBe(0);
    expect(await count(`invoices where kind = 'credit_note'`)).toBe(1);
    expect(await count(`invoices where reason = 'subscription_change' and status = 'paid'`)).toBe(1);
    expect(await count(`invoices where tax_cents > 0 and currency = 'EUR'`)).toBeGreaterThan(5);
    expect(
      await count(
        `invoice_lines where kind = 'api_calls' and ${of('field-notes-weekly')} and amount_cents > 0`,
      ),
    ).toBe(1);
    const sellers = await rows<{ seller_id: string; numbers: bigint; last: string }>(
      db,
      `select seller_id, count(distinct number) as numbers, max(number) as last from invoices where kind = 'invoice' group by 1`,
    );
    expect(sellers.map(({ numbers, last }) => [numbers, last])).toEqual(
      sellers.map(({ numbers }) => [numbers, `INV-${String(numbers).padStart(6, '0')}`]),
    );
    expect(sellers).toHaveLength(2);
  });

  it('has two months of API calls, one studio beyond what is included and one beyond its limit', async () => {
    const [all] = await rows<{ calls: bigint; first: Date; last: Date; days: bigint }>(
      getDb(),
      `select count(*) as calls, min(occurred_at) as first, max(occurred_at) as last, count(distinct occurred_at::date)
        as days from api_usage`,
    );
    expect(all?.days).toBe(60n);
    expect(Number(all?.calls)).toBeGreaterThan(50_000);
    expect(Number(all?.last)).toBeLessThan(DEMO_TIME.getTime());
    const [over] = await rows<{ calls: bigint }>(
      getDb(),
      `select sum(h.successful_calls)::bigint as calls from api_usage_hours h join tenants t using (tenant_id)
        join billing_periods p using (tenant_id, period_id) where t.slug = 'blue-door-dispatch' and p.status = 'open'`,
    );
    expect(over?.calls).toBeGreaterThan(1000n);
    const [limited] = await rows<{ calls: bigint }>(
      getDb(),
      `select count(*) as calls from api_usage join tenants using (tenant_id)
        where slug = 'field-notes-weekly' and status_code = 429`,
    );
    expect(limited?.calls).toBeGreaterThan(1000n);
    expect(await rows(getDb(), 'select name, "limit" from rate_limit_policies')).toEqual([
      { name: 'per_hour', limit: 500 },
    ]);
  });

  it('is there at once the next time, with new keys in place of the former', async () => {
    const db = getDb();
    const before = await digests(db);
    const next = await load(db);
    expect(next.seen).toEqual([]);
    expect(next.summary).toEqual({
      ...summary,
      operator_key: expect.not.stringMatching(summary?.operator_key ?? ''),
      example: { ...summary?.example, api_key: expect.not.stringMatching(summary?.example.api_key ?? '') },
    });
    expect(await digests(db)).toEqual(before);
    const callers = new KnownCallers({ db, clock: fixedClock(DEMO_TIME), monotonic_ms: () => 0 });
    const who = async (key = '') => callers.authenticate(key);
    expect(await who(summary?.operator_key)).toBeUndefined();
    expect(await who(summary?.example.api_key)).toBeUndefined();
    expect(await who(next.summary?.operator_key)).toMatchObject({ operator: true });
    expect(await who(next.summary?.example.api_key)).toMatchObject({ tenant_id: summary?.example.tenant_id });
    summary = next.summary;
  });

  it('comes out the same where a load was killed and another went on later', {
    timeout: PATIENCE_MS,
  }, async () => {
    const other = await makeTestDatabase(engine);
    try {
      await loadAndKill(other.options);
      const db = await other.open();
      const [loaded] = await rows<{ tenants: bigint }>(db, 'select count(*) - 1 as tenants from tenants');
      expect(loaded?.tenants).toBeGreaterThan(0n);
      expect(loaded?.tenants).toBeLessThan(BigInt(DEMO_STUDIOS));
      const three_days_later = new Date(DEMO_TIME.getTime() + 3 * 86_400_000);
      const again = await load(db, three_days_later);
      expect(again.summary).toMatchObject({ uses: summary?.uses, revenue: summary?.revenue });
      expect(await digests(db)).toEqual(await digests(getDb()));
    } finally {
      await other.remove();
    }
  });
});

describe('the demo', () => {
  it('leaves a database alone that has tenants of its own', async () => {
    const own = await makeTestDatabase('pglite');
    try {
      const db = await own.open();
      const context = { seller_id: ROOT_TENANT_ID, operator: true, now: DEMO_TIME, newId };
      const request = { name: 'Mine', currency: 'USD', tier_name: 'free' };
      await db.inTenant(ROOT_TENANT_ID, (tx) => createTenant(tx, context, request));
      const before = await digests(db);
      expect(await load(db)).toEqual({ summary: undefined, seen: [] });
      expect(await digests(db)).toEqual(before);
    } finally {
      await own.remove();
    }
  });

  it('welcomes with commands that work as they stand', () => {
    const text = welcome(
      'http://127.0.0.1:4600',
      {
        tenants: 2,
        uses: 1234,
        tokens_used: 5_000_000,
        tokens_sold: 6_000_000,
        calls: 200_000,
        revenue: [
          { currency: 'USD', received_cents: 123_450, recognised_cents: 1 },
          { currency: 'JPY', received_cents: 12_000, recognised_cents: 1 },
        ],
        operator_key: 'operator-key',
        example: { tenant_id: 'tenant-id', name: 'Studio', api_key: 'tenant-key' },
      },
      {
        dashboard: 'http://127.0.0.1:4600/dashboard/',
        sign_ins: {
          operator: { email: 'operator@tallystick.localhost', password: 'operator-password' },
          example: { email: 'studio@larkspur-audio.example', password: 'studio-password' },
        },
      },
    );
    expect(text).toContain('http://127.0.0.1:4600/dashboard/');
    expect(text).toContain('operator@tallystick.localhost   operator-password');
    expect(text).toContain('studio@larkspur-audio.example   studio-password');
    expect(text).toContain('1,234 uses');
    expect(text).toContain('200,000 API calls');
    expect(text).toContain('$1,234.50 and ¥12,000 received');
    expect(text).toContain('http://127.0.0.1:4600/docs\n');
    expect(text).toContain(
      "curl -s http://127.0.0.1:4600/api/v1/monetization/ai-tokens/balance -H 'Authorization: Bearer tenant-key'",
    );
    expect(text).toContain('npx tallystick audit');
  });
});
