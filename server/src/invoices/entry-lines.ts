import { type AccountName, type Line, REVENUE_STREAMS, type RevenueStream } from '../ledger/index.ts';
import { type Invoice, type InvoiceLine, netOf, STREAM_OF } from './invoice.ts';

/**
 * The ledger's lines of an invoice: what its lines are worth goes to what time will earn (`deferred_fees`, where tokens
 * that are owed wait to be sold too) or to what is earned already, stream by stream, tax to `tax_payable`, all against `receivable`. Credit is taken off what is receivable; a total below
 * zero becomes credit.
 */
export function invoiceEntry(invoice: Invoice, lines: readonly InvoiceLine[]): Line[] {
  const { currency, tax_behavior, total_cents, credit_applied_cents } = invoice;
  const worth = (counts: (line: InvoiceLine) => boolean) =>
    lines.filter(counts).reduce((sum, line) => sum + netOf(line, tax_behavior), 0n);
  const parts: [AccountName, AccountName, bigint, RevenueStream?][] = [
    ['receivable', 'deferred_fees', worth(({ deferred }) => deferred)],
    ...REVENUE_STREAMS.map((stream): [AccountName, AccountName, bigint, RevenueStream] => [
      'receivable',
      'recognised_revenue',
      worth(({ deferred, kind }) => !deferred && STREAM_OF[kind] === stream),
      stream,
    ]),
    ['receivable', 'tax_payable', invoice.tax_cents],
    ['customer_credit', 'receivable', credit_applied_cents],
    ['receivable', 'customer_credit', total_cents < 0n ? -total_cents : 0n],
  ];
  return parts.flatMap(([debit, credit, cents, stream]) => moneyLine(debit, credit, currency, cents, stream));
}

/** One line; an amount below zero goes the other way, and none of zero is written. */
export function moneyLine(
  debit_account: AccountName,
  credit_account: AccountName,
  asset: string,
  cents: bigint,
  stream?: RevenueStream,
): Line[] {
  if (cents === 0n) return [];
  const of = stream === undefined ? { asset } : { asset, stream };
  if (cents > 0n) return [{ debit_account, credit_account, ...of, amount: cents }];
  return [{ debit_account: credit_account, credit_account: debit_account, ...of, amount: -cents }];
}
