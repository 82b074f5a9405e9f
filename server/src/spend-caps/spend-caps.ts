import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { UsagePriceDefaults } from '../invoices/index.ts';
import {
  type CapSetter,
  capsOf,
  deleteCap,
  isNewlyReached,
  noteReached,
  type SpendCap,
  upsertCap,
} from './caps.ts';
import { readSpending, type Spending } from './spending.ts';

/** What a tenant has spent, and the caps that it is held against. */
export interface SpendCaps extends Omit<Spending, 'period' | 'calls_cost'> {
  period_starts_at: Date;
  period_ends_at: Date;
  caps: Omit<SpendCap, 'reached_period_start'>[];
}

/** Whose caps they are, when, and whether the operator asks. */
interface CapContext {
  tenant_id: string;
  now: Date;
  operator: boolean;
}

/** How a tenant stands; a cap that is seen to be reached now is noted. */
export async function readSpendCaps(
  tx: Tx,
  prices: UsagePriceDefaults,
  { tenant_id, now }: Pick<CapContext, 'tenant_id' | 'now'>,
): Promise<SpendCaps> {
  const { period, calls_cost: _calls_cost, ...spending } = await readSpending(tx, prices, { tenant_id, now });
  const standing = { spent_cents: spending.spent_cents, period };
  let caps = await capsOf(tx, tenant_id);
  if (caps.some((cap) => isNewlyReached(cap, standing))) {
    await noteReached(tx, tenant_id, standing, now);
    caps = await capsOf(tx, tenant_id);
  }
  const { starts_at, ends_at } = period;
  return {
    ...spending,
    period_starts_at: starts_at,
    period_ends_at: ends_at,
    caps: caps.map(({ reached_period_start, reached_at, ...cap }) => ({
      ...cap,
      reached_at: reached_period_start?.getTime() === starts_at.getTime() ? reached_at : null,
    })),
  };
}

/** Sets the cap of who asks: the operator's, which the tenant cannot raise, or the tenant's own beside it. */
export async function putSpendCap(
  tx: Tx,
  prices: UsagePriceDefaults,
  { tenant_id, now, operator }: CapContext,
  cap: Pick<SpendCap, 'limit_cents' | 'action'>,
): Promise<SpendCaps> {
  await upsertCap(tx, tenant_id, { ...cap, set_by: setterOf(operator) }, now);
  return await readSpendCaps(tx, prices, { tenant_id, now });
}

/** Takes the cap of who asks away; the other one stays. Fails with `not_found`. */
export async function deleteSpendCap(tx: Tx, tenant_id: string, operator: boolean): Promise<void> {
  const set_by = setterOf(operator);
  if (!(await deleteCap(tx, tenant_id, set_by))) fail('not_found', `the ${set_by} has set no cap`);
}

function setterOf(operator: boolean): CapSetter {
  return operator ? 'operator' : 'tenant';
}
