import type { Tx } from '../db/index.ts';
import { tellRefunded } from '../email/index.ts';
import { fail } from '../errors/index.ts';
import { findTransaction, hasPendingReversal, settleTransaction, type Transaction } from '../ledger/index.ts';
import {
  askRepayment,
  claimIntent,
  type HeaderKey,
  type IntentKind,
  openIntent,
  runIntent,
} from '../payment-intents/index.ts';
import type { OnceOnlyResult } from '../request-keys/index.ts';
import { type BookContext, bookContext, type TokenServices } from './context.ts';
import { refundLines } from './lines.ts';
import { type Book, type Grant, stampEntry } from './plan/book.ts';
import { refundableOf } from './plan/deferred.ts';
import { expireGrants } from './plan/expire.ts';
import { refundGrant, tokensForRefund } from './plan/grants.ts';
import { freePins, pinTokens } from './plan/pins.ts';
import { lockBook, saveBook } from './store.ts';

/** A refund of a token purchase. Without `amount_cents` all that can be refunded is. */
export interface RefundRequest {
  transaction_id: string;
  amount_cents?: number | undefined;
  reason: string;
}

/** `tokens_refunded` were taken back; `balance` is tokens_remaining after it. */
export interface RefundAnswer {
  transaction_id: string;
  reverses_transaction_id: string;
  external_transaction_id: string | null;
  amount_cents: bigint;
  currency: string;
  tokens_refunded: bigint;
  reason: string | null;
  status: 'settled';
  balance: bigint;
}

/** A refund: its tokens are pinned while the provider is asked, so nobody can use them meanwhile. */
export const refundIntent: IntentKind<RefundAnswer> = {
  type: 'refund',
  namespace: 'http:POST /refunds',
  ask: askRepayment,
  settle: async (tx, context, transaction, external_transaction_id) => {
    const { tenant_id, transaction_id, tokens, amount_cents } = transaction;
    const book = await lockBook(tx, context);
    const grant = grantOfPurchase(book, transaction.reverses_transaction_id);
    const entry = refundGrant(book, grant, { grant_id: grant.grant_id, tokens }, amount_cents, context.now);
    const lines = refundLines(grant, tokens, amount_cents, entry);
    await settleTransaction(
      tx,
      tenant_id,
      transaction_id,
      external_transaction_id,
      entry,
      lines,
      context.newId,
    );
    await saveBook(tx, context, book);
    await tellRefunded(tx, context, transaction, transaction.reason ?? 'refund');
  },
  giveUp: async (tx, context, transaction) => {
    const book = await lockBook(tx, context);
    const { grant_id } = grantOfPurchase(book, transaction.reverses_transaction_id);
    freePins(book, [{ grant_id, tokens: transaction.tokens }]);
    expireGrants(book, context.now);
    stampEntry(book, context.now);
    await saveBook(tx, context, book);
  },
  answer: refundAnswer,
};

/** The answer of a settled refund, of tokens or of an invoice, the same whoever asks and when. */
export function refundAnswer(refund: Transaction): RefundAnswer {
  return {
    transaction_id: refund.transaction_id,
    reverses_transaction_id: refund.reverses_transaction_id ?? '',
    external_transaction_id: refund.external_transaction_id,
    amount_cents: refund.amount_cents,
    currency: refund.currency,
    tokens_refunded: refund.tokens,
    reason: refund.reason,
    status: 'settled',
    balance: refund.balance_after ?? 0n,
  };
}

/**
 * Pays back a token purchase, whole or in part, up to the price of its tokens neither used nor held. Tokens are taken
 * back in proportion to all that was refunded, rounded up. Fails with `not_found`, `transaction_pending`,
 * `refund_not_possible`, `refund_too_large`, `payment_declined` or `payments_unavailable`.
 */
export async function refundPurchase(
  services: TokenServices,
  tenant_id: string,
  request: RefundRequest,
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<RefundAnswer>> {
  const claim = await services.db.inTenant(tenant_id, (tx) => {
    const context = bookContext(services, tenant_id);
    const begin = (transaction_id: string) => beginRefund(tx, context, request, transaction_id, header);
    return claimIntent<RefundAnswer>(tx, context, header, begin);
  });
  return 'answer' in claim
    ? claim.answer
    : runIntent(services, refundIntent, tenant_id, claim.transaction_id);
}

async function beginRefund(
  tx: Tx,
  context: BookContext,
  request: RefundRequest,
  transaction_id: string,
  header: HeaderKey | undefined,
): Promise<void> {
  const { tenant_id, now } = context;
  const book = await lockBook(tx, context);
  expireGrants(book, now);
  const purchase = await refundablePurchase(tx, tenant_id, request.transaction_id);
  // A grant that is not open any more has nothing left to refund.
  const grant = book.grants.find((open) => open.transaction_id === purchase.transaction_id);
  const refundable_cents = grant ? refundableOf(grant) : 0n;
  const amount_cents = request.amount_cents === undefined ? refundable_cents : BigInt(request.amount_cents);
  if (!grant || amount_cents === 0n || amount_cents > refundable_cents) {
    fail(
      'refund_too_large',
      `${refundable_cents} cents can be refunded: what was paid for tokens neither used nor held`,
      { refundable_cents },
    );
  }
  const tokens = tokensForRefund(grant, amount_cents);
  pinTokens(book, [{ grant_id: grant.grant_id, tokens }]);
  const { at: created_at } = stampEntry(book, now);
  await saveBook(tx, context, book);
  const { provider, external_transaction_id, currency } = purchase;
  await openIntent(tx, context, {
    transaction_id,
    type: 'refund',
    reverses_transaction_id: purchase.transaction_id,
    amount_cents,
    currency,
    tokens,
    provider,
    external_transaction_id,
    idempotency_key: header?.key ?? null,
    reason: request.reason,
    created_at,
  });
}

async function refundablePurchase(tx: Tx, tenant_id: string, transaction_id: string): Promise<Transaction> {
  const purchase = await findTransaction(tx, tenant_id, transaction_id);
  if (!purchase) return fail('not_found', `there is no transaction ${transaction_id}`);
  if (purchase.type !== 'token_purchase')
    fail('refund_not_possible', `transaction ${transaction_id} is a ${purchase.type}`);
  if (purchase.status === 'failed')
    fail('refund_not_possible', `transaction ${transaction_id} failed, so nothing was paid`);
  if (purchase.status === 'pending')
    fail('transaction_pending', `transaction ${transaction_id} has not settled yet`);
  if (await hasPendingReversal(tx, tenant_id, transaction_id)) {
    fail('transaction_pending', `another refund of transaction ${transaction_id} has not settled yet`);
  }
  return purchase;
}

function grantOfPurchase(book: Book, transaction_id: string | null): Grant {
  const grant = book.grants.find((open) => open.transaction_id === transaction_id);
  if (!grant)
    throw new Error(`book of ${book.tenant_id}: the grant of purchase ${transaction_id} is not open`);
  return grant;
}
