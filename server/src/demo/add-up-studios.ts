import { readBalance, summarizeUsage } from '../ai-tokens/index.ts';
import { summarizeApiUsage } from '../api-usage/index.ts';
import type { Database } from '../db/index.ts';
import { accountBalances } from '../ledger/index.ts';
import type { DemoTotals } from './load-marker.ts';

/** Adds up what the tenants bought and used until a time, from their books. */
export async function addUpStudios(
  db: Pick<Database, 'inTenant'>,
  tenant_ids: readonly string[],
  until: Date,
): Promise<DemoTotals> {
  const totals = { tenants: tenant_ids.length, uses: 0, tokens_used: 0, tokens_sold: 0, calls: 0 };
  const revenue = new Map<string, { currency: string; received_cents: number; recognised_cents: number }>();
  for (const tenant_id of tenant_ids) {
    const { usage, balance, accounts, calls } = await db.inTenant(tenant_id, async (tx) => ({
      usage: await summarizeUsage(tx, tenant_id, {}, 'feature_type'),
      balance: await readBalance(tx, tenant_id, until),
      accounts: await accountBalances(tx, tenant_id, until),
      calls: await summarizeApiUsage(
        tx,
        { tenant_id, now: until, api_price_cents_per_1k: '5' },
        { to: until, group_by: 'day' },
      ),
    }));
    totals.uses += Number(usage.uses);
    totals.tokens_used += Number(usage.tokens_used);
    totals.calls += calls.total_calls;
    totals.tokens_sold += Number(balance.tokens_purchased);
    for (const { account, asset: currency, balance: cents } of accounts) {
      if (account !== 'cash' && account !== 'recognised_revenue') continue;
      const sums = revenue.get(currency) ?? { currency, received_cents: 0, recognised_cents: 0 };
      revenue.set(currency, sums);
      if (account === 'cash') sums.received_cents += Number(cents);
      else sums.recognised_cents += Number(cents);
    }
  }
  return { ...totals, revenue: [...revenue.values()] };
}
