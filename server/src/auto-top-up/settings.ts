import { quote, type TokenServices } from '../ai-tokens/index.ts';
import { monthIn } from '../billing/index.ts';
import { readBillingDetails } from '../billing-details/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule, unschedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { hasPendingPurchase, sumPurchases } from '../ledger/index.ts';
import { defaultPaymentMethod } from '../payment-methods/index.ts';
import { requireTenant } from '../tenants/index.ts';
import {
  AUTO_TOP_UP,
  type AutoTopUpRow,
  type AutoTopUpTerms,
  BLAMES_CARD,
  deleteRow,
  findRow,
  upsertTerms,
} from './store.ts';

export { type AutoTopUpTerms, PAUSED_REASONS } from './store.ts';

/** What a tenant asks for, and how it stands. */
export interface AutoTopUp extends AutoTopUpTerms {
  currency: string;
  /** Of top-ups that began in the present calendar month of the tenant's time zone, paid or being paid. */
  spent_cents: bigint;
  month_starts_at: Date;
  month_ends_at: Date;
  /** Whether one is being paid. */
  pending: boolean;
  last_attempt_at: Date | null;
  last_failure: { code: string; reason: string; at: Date } | null;
  paused_reason: AutoTopUpRow['paused_reason'];
  paused_until: Date | null;
  updated_at: Date;
}

/** Whose month it is, and when. */
interface Moment {
  tenant_id: string;
  now: Date;
}

/** A tenant's top-ups as they stand. Fails with `not_found` where it wants none. */
export async function readAutoTopUp(
  tx: Tx,
  { payments }: Pick<TokenServices, 'payments'>,
  { tenant_id, now }: Moment,
): Promise<AutoTopUp> {
  const row = (await findRow(tx, tenant_id)) ?? fail('not_found', 'there is no auto top-up');
  const { currency } = await requireTenant(tx, tenant_id);
  const { spent_cents, starts_at, ends_at } = await monthOf(tx, { tenant_id, now });
  const free = isFree(row, await cardOf(tx, payments, tenant_id), now);
  const { last_failure_code: code, last_failure_reason: reason, last_failure_at: at } = row;
  return {
    threshold_tokens: row.threshold_tokens,
    tokens_to_purchase: row.tokens_to_purchase,
    monthly_ceiling_cents: row.monthly_ceiling_cents,
    enabled: row.enabled,
    currency,
    spent_cents,
    month_starts_at: starts_at,
    month_ends_at: ends_at,
    pending: await hasPendingPurchase(tx, tenant_id, AUTO_TOP_UP),
    last_attempt_at: row.last_attempt_at,
    last_failure: code === null || reason === null || at === null ? null : { code, reason, at },
    paused_reason: free ? null : row.paused_reason,
    paused_until: free ? null : row.paused_until,
    updated_at: row.updated_at,
  };
}

/**
 * Sets what a tenant asks for, and has its balance looked at now. It begins anew: no decline and no pause is left. Fails
 * with `price_too_small` or `amount_out_of_range` where such a purchase cannot be made.
 */
export async function putAutoTopUp(
  tx: Tx,
  services: TokenServices,
  { tenant_id, now }: Moment,
  terms: AutoTopUpTerms,
): Promise<AutoTopUp> {
  quote(services, { tokens_to_purchase: Number(terms.tokens_to_purchase) });
  await upsertTerms(tx, tenant_id, terms, now);
  if (terms.enabled)
    await schedule(tx, { tenant_id, kind: 'auto_top_up', ref_id: tenant_id, next_due_at: now });
  else await unschedule(tx, tenant_id, 'auto_top_up', tenant_id);
  return await readAutoTopUp(tx, services, { tenant_id, now });
}

/** Ends top-ups; one that is being paid is still credited, and counts. Fails with `not_found`. */
export async function deleteAutoTopUp(tx: Tx, tenant_id: string): Promise<void> {
  if (!(await deleteRow(tx, tenant_id))) fail('not_found', 'there is no auto top-up');
  await unschedule(tx, tenant_id, 'auto_top_up', tenant_id);
}

/** The tenant's present month by its own calendar, and what its top-ups have come to in it, paid or being paid. */
export async function monthOf(tx: Tx, { tenant_id, now }: Moment) {
  const { time_zone } = await readBillingDetails(tx, tenant_id);
  const { starts_at, ends_at } = monthIn(time_zone, now);
  const range = { from: starts_at, to: ends_at, reason: AUTO_TOP_UP };
  const { purchased_cents: spent_cents } = await sumPurchases(tx, tenant_id, range);
  return { starts_at, ends_at, spent_cents };
}

/** What would be charged, in the provider's name; null where there is none. */
export async function cardOf(
  tx: Tx,
  payments: TokenServices['payments'],
  tenant_id: string,
): Promise<string | null> {
  if (payments === null) return null;
  return (await defaultPaymentMethod(tx, tenant_id, payments.name))?.external_id ?? null;
}

/** Whether nothing keeps a top-up from being tried: no pause, or one that is over or that another card has ended. */
export function isFree(row: AutoTopUpRow, card: string | null, now: Date): boolean {
  if (row.paused_reason === null || hasAnotherCard(row, card)) return true;
  return row.paused_until !== null && row.paused_until <= now;
}

/** Whether the card that is to blame for a pause is not the one that would be charged now. */
export function hasAnotherCard({ paused_reason, failed_method }: AutoTopUpRow, card: string | null): boolean {
  return paused_reason !== null && BLAMES_CARD.includes(paused_reason) && card !== failed_method;
}
