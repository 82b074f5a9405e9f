import type { Tx } from '../db/index.ts';
import { type Line, postTransaction } from '../ledger/index.ts';
import type { BookContext } from './context.ts';
import { newGrant } from './give-grant.ts';
import { purchaseLines } from './lines.ts';
import { addGrant } from './plan/grants.ts';
import { lockBook, saveBook } from './store.ts';

/** Tokens that an invoice asked for, and what its line came to without tax, in minor units. */
export interface InvoicedSale {
  invoice_id: string;
  tokens: bigint;
  price_cents: bigint;
}

/**
 * Sells the tokens of an invoice that was paid: they repay what is owed first. The money was booked with the invoice, and
 * waits in `deferred_fees`.
 */
export async function sellInvoiced(tx: Tx, context: BookContext, sale: InvoicedSale): Promise<void> {
  const { invoice_id, tokens, price_cents } = sale;
  const book = await lockBook(tx, context);
  const grant = newGrant(book, context, { source: 'sold', tokens, price_cents, price_version: 'invoice' });
  const entry = addGrant(book, grant, context.now);
  const { transaction_id, currency, created_at } = grant;
  const lines: Line[] = purchaseLines(grant, entry.repaid).map((line) =>
    line.debit_account === 'cash' ? { ...line, debit_account: 'deferred_fees' } : line,
  );
  await postTransaction(
    tx,
    context.tenant_id,
    {
      transaction_id,
      type: 'token_purchase',
      amount_cents: price_cents,
      currency,
      tokens,
      invoice_id,
      created_at,
    },
    entry,
    lines,
    context.newId,
  );
  await saveBook(tx, context, book);
}
