import { type AccountName, assetOf, type Line } from '../ledger/index.ts';
import type { Expiry, Grant } from './plan/book.ts';
import type { Burn } from './plan/burn.ts';

/** The lines of a purchase: money to deferred revenue, tokens to the tenant, and what it owed repaid at once. */
export function purchaseLines(grant: Grant, repaid: Burn | undefined): Line[] {
  const lines = [line(grant, 'cash', 'deferred_revenue', grant.price_cents), ...issueLines(grant)];
  if (!repaid) return lines;
  return [
    ...lines,
    line(grant, 'tokens_available', 'tokens_shortfall', repaid.tokens),
    line(grant, 'deferred_revenue', 'recognised_revenue', repaid.recognised_cents),
  ];
}

/** The line of tokens sold or given. */
export function issueLines(grant: Grant): Line[] {
  return [line(grant, 'tokens_issued', 'tokens_available', grant.tokens)];
}

/** The lines of an expiry: the tokens are gone, and what was paid for them is breakage. */
export function expiryLines({ grant, tokens, breakage_cents }: Expiry): Line[] {
  return [
    line(grant, 'tokens_available', 'tokens_expired', tokens),
    line(grant, 'deferred_revenue', 'breakage_revenue', breakage_cents),
  ];
}

/**
 * The lines of a refund: money back out of deferred revenue, the tokens taken back, an odd cent as breakage, and first
 * what rounding had recognised of the money that goes back.
 */
export function refundLines(
  grant: Grant,
  tokens: bigint,
  amount_cents: bigint,
  { breakage_cents, unrecognised_cents }: { breakage_cents: bigint; unrecognised_cents: bigint },
): Line[] {
  return [
    line(grant, 'recognised_revenue', 'deferred_revenue', unrecognised_cents),
    line(grant, 'deferred_revenue', 'cash', amount_cents),
    line(grant, 'tokens_available', 'tokens_refunded', tokens),
    line(grant, 'deferred_revenue', 'breakage_revenue', breakage_cents),
  ];
}

function line(grant: Grant, debit_account: AccountName, credit_account: AccountName, amount: bigint): Line {
  const { grant_id, currency } = grant;
  return { debit_account, credit_account, asset: assetOf(debit_account, currency), amount, grant_id };
}
