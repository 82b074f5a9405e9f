import type { Tx } from '../db/index.ts';
import { tellPaid } from '../email/index.ts';
import { fail } from '../errors/index.ts';
import { bodyHash } from '../json/index.ts';
import {
  type NewTransaction,
  postTransaction,
  settleTransaction,
  type Transaction,
} from '../ledger/index.ts';
import { priceOf } from '../money/index.ts';
import {
  askCharge,
  claimIntent,
  type HeaderKey,
  type IntentKind,
  openIntent,
  runIntent,
} from '../payment-intents/index.ts';
import { methodToCharge } from '../payment-methods/index.ts';
import { httpKeyLifetimeMs, type OnceOnlyResult, onceOnly } from '../request-keys/index.ts';
import { type BookContext, bookContext, type EntryContext, type TokenServices } from './context.ts';
import { newGrant } from './give-grant.ts';
import { purchaseLines } from './lines.ts';
import { addGrant } from './plan/grants.ts';
import { lockBook, reserveRoom, saveBook } from './store.ts';

/** Tokens to buy, 1 to 2^53-1. `transaction_id` asserts a payment that was made elsewhere. */
export interface PurchaseRequest {
  tokens_to_purchase: number;
  transaction_id?: string | undefined;
  payment_method?: string | undefined;
}

/** `balance` is tokens_remaining after the purchase; `transaction_id` is ours, for refunds. */
export interface PurchaseAnswer {
  transaction_id: string;
  external_transaction_id: string | null;
  tokens_purchased: bigint;
  amount_cents: bigint;
  currency: string;
  status: 'settled';
  balance: bigint;
}

/** A purchase that a provider is charged for. */
export const purchaseIntent: IntentKind<PurchaseAnswer> = {
  type: 'token_purchase',
  namespace: 'http:POST /ai-tokens/purchase',
  ask: askCharge,
  settle: async (tx, context, transaction, external_transaction_id) => {
    const { tenant_id, transaction_id, tokens, amount_cents: price_cents, price_version } = transaction;
    const book = await lockBook(tx, context);
    const sale = { source: 'sold', transaction_id, tokens, price_cents, price_version } as const;
    const grant = newGrant(book, context, sale);
    const entry = addGrant(book, grant, context.now);
    const lines = purchaseLines(grant, entry.repaid);
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
    await tellPaid(tx, context, transaction, { tokens: transaction.tokens });
  },
  // Room was all that it had, and that is counted from what is pending.
  giveUp: async () => undefined,
  answer: toPurchaseAnswer,
};

/**
 * Sells tokens. With a `transaction_id` the payment is taken as made; otherwise the provider charges first and tokens
 * are credited when it has. The same payment again answers as it did. Fails with `price_too_small`,
 * `amount_out_of_range`, `transaction_id_reused`, `not_found` (the payment method) and as runIntent() does.
 */
export async function purchaseTokens(
  services: TokenServices,
  tenant_id: string,
  request: PurchaseRequest,
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<PurchaseAnswer>> {
  const { transaction_id: paid } = request;
  if (paid !== undefined) {
    return services.db.inTenant(tenant_id, (tx) =>
      recordPayment(tx, bookContext(services, tenant_id), services, request, paid, header),
    );
  }
  const claim = await services.db.inTenant(tenant_id, (tx) => {
    const context = bookContext(services, tenant_id);
    const begin = (transaction_id: string) =>
      beginPurchase(tx, context, services, request, { transaction_id, idempotency_key: header?.key ?? null });
    return claimIntent<PurchaseAnswer>(tx, context, header, begin);
  });
  return 'answer' in claim
    ? claim.answer
    : runIntent(services, purchaseIntent, tenant_id, claim.transaction_id);
}

interface Sale {
  tokens: bigint;
  amount_cents: bigint;
  price_version: string;
}

/**
 * The price now; fails with `price_too_small` or `amount_out_of_range`. It is asked once a key is known to be new, so a replay
 * answers as it did at the price of its time.
 */
export function quote(
  services: Pick<TokenServices, 'token_price_cents_per_1k'>,
  request: Pick<PurchaseRequest, 'tokens_to_purchase'>,
): Sale {
  const tokens = BigInt(request.tokens_to_purchase);
  const price = services.token_price_cents_per_1k;
  const { cents, below_one_cent } = priceOf(tokens, price);
  if (below_one_cent)
    fail('price_too_small', `${tokens} tokens at ${price} cents per 1,000 cost less than one cent`);
  if (cents > BigInt(Number.MAX_SAFE_INTEGER))
    fail('amount_out_of_range', `${tokens} tokens would cost ${cents} cents`);
  return { tokens, amount_cents: cents, price_version: `default:${price}_cents_per_1k` };
}

/** A payment made elsewhere: one transaction under both keys. Where the header's key matches, its replay is given. */
async function recordPayment(
  tx: Tx,
  context: BookContext,
  services: TokenServices,
  request: PurchaseRequest,
  paid: string,
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<PurchaseAnswer>> {
  const { tenant_id, now } = context;
  const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
  const claim =
    header && ({ ...header, tenant_id, now, expires_at, reused_code: 'idempotency_key_reused' } as const);
  const payment = {
    tenant_id,
    namespace: 'purchases',
    key: paid,
    body_hash: bodyHash(request),
    now,
  } as const;
  let repeated = false;
  const answer = await onceOnly(tx, claim, async () => {
    const once = await onceOnly(tx, { ...payment, reused_code: 'transaction_id_reused' }, async () => ({
      status: 201,
      body: await creditPayment(tx, context, quote(services, request), paid, header),
    }));
    repeated = once.replayed;
    return { status: once.replayed ? 200 : once.status, body: once.body };
  });
  return { ...answer, replayed: answer.replayed || repeated };
}

async function creditPayment(
  tx: Tx,
  context: BookContext,
  sale: Sale,
  external_transaction_id: string,
  header: HeaderKey | undefined,
): Promise<PurchaseAnswer> {
  const book = await lockBook(tx, context);
  await reserveRoom(tx, book, sale.tokens);
  const grant = newGrant(book, context, {
    source: 'sold',
    tokens: sale.tokens,
    price_cents: sale.amount_cents,
    price_version: sale.price_version,
  });
  const entry = addGrant(book, grant, context.now);
  const { transaction_id, currency, created_at } = grant;
  await postTransaction(
    tx,
    context.tenant_id,
    {
      transaction_id,
      type: 'token_purchase',
      amount_cents: sale.amount_cents,
      currency,
      tokens: sale.tokens,
      external_transaction_id,
      idempotency_key: header?.key ?? null,
      price_version: sale.price_version,
      created_at,
    },
    entry,
    purchaseLines(grant, entry.repaid),
    context.newId,
  );
  await saveBook(tx, context, book);
  await tellPaid(tx, context, { transaction_id, currency, ...sale }, { tokens: sale.tokens });
  return toPurchaseAnswer({
    transaction_id,
    external_transaction_id,
    ...sale,
    currency,
    balance_after: entry.balance_after,
  });
}

/**
 * Writes the intent of a purchase at the price now, for the caller to pursue. Fails with `payments_unavailable` where
 * nobody takes the money, with `payment_method_missing`, `spend_cap_reached`, and as quote() and openPurchase() do.
 */
export async function beginPurchase(
  tx: Tx,
  context: EntryContext,
  services: TokenServices,
  request: Pick<PurchaseRequest, 'tokens_to_purchase' | 'payment_method'>,
  origin: Pick<NewTransaction, 'transaction_id' | 'idempotency_key' | 'reason'>,
): Promise<void> {
  const sale = quote(services, request);
  const payments =
    services.payments ??
    fail(
      'payments_unavailable',
      'this server has no payment provider; an operator can record payments made elsewhere',
    );
  const method = await methodToCharge(tx, payments, context.tenant_id, request.payment_method);
  await openPurchase(tx, context, services, sale, { provider: payments.name, ...method, ...origin });
}

/** How a sale is paid. */
type Payment = Pick<NewTransaction, 'transaction_id' | 'payment_method'> &
  Partial<
    Pick<NewTransaction, 'payment_customer' | 'external_transaction_id' | 'idempotency_key' | 'reason'>
  > & {
    provider: string;
  };

/**
 * Writes the intent of a sale that a provider is asked to take the money for. Fails with `amount_out_of_range` or
 * `spend_cap_reached`.
 */
export async function openPurchase(
  tx: Tx,
  context: EntryContext,
  { admitSpending }: Pick<TokenServices, 'admitSpending'>,
  sale: Sale,
  payment: Payment,
): Promise<void> {
  await admitSpending(tx, context, sale.amount_cents);
  const book = await lockBook(tx, context);
  const { currency } = book;
  await reserveRoom(tx, book, sale.tokens);
  const type = 'token_purchase';
  await openIntent(tx, context, { type, ...sale, currency, created_at: context.now, ...payment });
}

/** The answer of a settled purchase, the same whoever asks for it and when. */
export function toPurchaseAnswer(
  sale: Pick<
    Transaction,
    'transaction_id' | 'external_transaction_id' | 'amount_cents' | 'currency' | 'tokens' | 'balance_after'
  >,
): PurchaseAnswer {
  return {
    transaction_id: sale.transaction_id,
    external_transaction_id: sale.external_transaction_id,
    tokens_purchased: sale.tokens,
    amount_cents: sale.amount_cents,
    currency: sale.currency,
    status: 'settled',
    balance: sale.balance_after ?? 0n,
  };
}
