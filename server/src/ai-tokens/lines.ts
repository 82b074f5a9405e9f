import { type Line, TOKEN_ASSET } from '../ledger/index.ts';
import type { Expiry, Grant } from './plan/book.ts';
import type { Burn } from './plan/burn.ts';

/** The lines of a purchase: money to deferred revenue, tokens to the tenant, and what it owed repaid at once. */
export function purchaseLines(grant: Grant, repaid: Burn | undefined): Line[] {
  const { grant_id, currency: asset } = grant;
  const lines: Line[] = [
    { debit_account: 'cash', credit_account: 'deferred_revenue', asset, amount: grant.price_cents, grant_id },
    ...issueLines(grant),
  ];
  if (repaid) {
    lines.push(
      {
        debit_account: 'tokens_available',
        credit_account: 'tokens_shortfall',
        asset: TOKEN_ASSET,
        amount: repaid.tokens,
        grant_id,
      },
      {
        debit_account: 'deferred_revenue',
        credit_account: 'recognised_revenue',
        asset,
        amount: repaid.recognised_cents,
        grant_id,
      },
    );
  }
  return lines;
}

/** The line of tokens sold or given. */
export function issueLines(grant: Grant): Line[] {
  const { grant_id, tokens } = grant;
  return [
    {
      debit_account: 'tokens_issued',
      credit_account: 'tokens_available',
      asset: TOKEN_ASSET,
      amount: tokens,
      grant_id,
    },
  ];
}

/** The lines of an expiry: the tokens are gone, and what was paid for them is breakage. */
export function expiryLines({ grant, tokens, breakage_cents }: Expiry): Line[] {
  const { grant_id, currency: asset } = grant;
  return [
    {
      debit_account: 'tokens_available',
      credit_account: 'tokens_expired',
      asset: TOKEN_ASSET,
      amount: tokens,
      grant_id,
    },
    {
      debit_account: 'deferred_revenue',
      credit_account: 'breakage_revenue',
      asset,
      amount: breakage_cents,
      grant_id,
    },
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
  const { grant_id, currency: asset } = grant;
  return [
    {
      debit_account: 'recognised_revenue',
      credit_account: 'deferred_revenue',
      asset,
      amount: unrecognised_cents,
      grant_id,
    },
    { debit_account: 'deferred_revenue', credit_account: 'cash', asset, amount: amount_cents, grant_id },
    {
      debit_account: 'tokens_available',
      credit_account: 'tokens_refunded',
      asset: TOKEN_ASSET,
      amount: tokens,
      grant_id,
    },
    {
      debit_account: 'deferred_revenue',
      credit_account: 'breakage_revenue',
      asset,
      amount: breakage_cents,
      grant_id,
    },
  ];
}
