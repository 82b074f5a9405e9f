import type { AccountName, Line } from '../ledger/index.ts';
import { type Invoice, type InvoiceLine, netOf } from './invoice.ts';

/**
 * The ledger's lines of an invoice: what its lines are worth goes to what time will earn (`deferred_fees`, where tokens
 * that are owed wait to be sold too) or to what is earned already, tax to `tax_payable`, all against `receivable`. Credit is taken off what is receivable; a total below
 * zero becomes credit.
 */
export function invoiceEntry(invoice: Invoice, lines: readonly InvoiceLine[]): Line[] {
  const { currency, tax_behavior, total_cents, credit_applied_cents } = invoice;
  const worth = (deferred: boolean) =>
    lines
      .filter((line) => line.deferred === deferred)
      .reduce((sum, line) => sum + netOf(line, tax_behavior), 0n);
  const parts: [AccountName, AccountName, bigint][] = [
    ['receivable', 'deferred_fees', worth(true)],
    ['receivable', 'recognised_revenue', worth(false)],
    ['receivable', 'tax_payable', invoice.tax_cents],
    ['customer_credit', 'receivable', credit_applied_cents],
    ['receivable', 'customer_credit', total_cents < 0n ? -total_cents : 0n],
  ];
  return parts.flatMap(([debit, credit, cents]) => moneyLine(debit, credit, currency, cents));
}

/** One line; an amount below zero goes the other way, and none of zero is written. */
export function moneyLine(
  debit_account: AccountName,
  credit_account: AccountName,
  asset: string,
  cents: bigint,
): Line[] {
  if (cents === 0n) return [];
  if (cents > 0n) return [{ debit_account, credit_account, asset, amount: cents }];
  return [{ debit_account: credit_account, credit_account: debit_account, asset, amount: -cents }];
}
