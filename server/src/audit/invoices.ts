import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import {
  type Invoice,
  type InvoiceLine,
  invoiceColumns,
  invoiceEntry,
  lineColumns,
  netOf,
} from '../invoices/index.ts';
import { halfEven, type PriceModel, rate } from '../money/index.ts';

/** What is audited of invoices, in the order in which it is reported. */
export const INVOICE_CHECKS = [
  { name: 'invoices', says: 'every invoice is the sum of its lines, and its usage rates to the same again' },
  { name: 'invoice_entries', says: 'every invoice stands in the journal as its lines say' },
  { name: 'invoice_payments', says: 'what of every invoice is paid and paid back follows from its payments' },
  { name: 'receivables', says: 'what is owed, given up, deferred and to the credit follows from invoices' },
  { name: 'invoice_numbers', says: "a seller's numbers have no gap and no twin" },
  { name: 'billing_periods', says: 'no time is in two billing periods, and no fee is charged twice for one' },
] as const;

type CheckName = (typeof INVOICE_CHECKS)[number]['name'];

/** The first difference that each check found, by its name. */
export type InvoiceDifferences = Partial<Record<CheckName, string>>;

/** Invoices that are read in one transaction. */
const INVOICES_PER_CHUNK = 200;

/**
 * Compares a tenant's invoices with what they follow from, and with the book. Undefined where the tenant has neither
 * bought nor sold anything by invoice.
 */
export async function auditInvoices(
  db: Database,
  tenant_id: string,
): Promise<InvoiceDifferences | undefined> {
  const found: InvoiceDifferences = {};
  const is_party = await db.asJob((tx) => hasInvoices(tx, tenant_id));
  if (!is_party) return undefined;
  for (let after = NONE; ; ) {
    const chunk = await db.asJob((tx) => readChunk(tx, tenant_id, after), { snapshot: true });
    for (const row of chunk) compareInvoice(row, found);
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < INVOICES_PER_CHUNK) break;
    after = last.invoice.invoice_id;
  }
  await db.asJob(
    async (tx) => {
      note(found, 'receivables', await differingBalance(tx, tenant_id));
      note(found, 'invoice_numbers', await differingNumber(tx, tenant_id));
      note(found, 'billing_periods', (await overlap(tx, tenant_id)) ?? (await feeTwice(tx, tenant_id)));
    },
    { snapshot: true },
  );
  return found;
}

const NONE = '00000000-0000-0000-0000-000000000000';

function note(found: InvoiceDifferences, check: CheckName, difference: string | undefined): void {
  if (difference !== undefined) found[check] ??= difference;
}

async function hasInvoices(tx: Tx, tenant_id: string): Promise<boolean> {
  const found = await sql`
    select 1 where exists (select from invoices where tenant_id = ${tenant_id})
      or exists (select from invoice_numbers where tenant_id = ${tenant_id})`.execute(tx);
  return found.rows.length > 0;
}

/**
 * An invoice with all that it is compared with: `moved` is what the journal has of it, as `debit>credit amount`, and
 * `settled` what its payments and refunds come to, less what was lost.
 */
interface AuditedInvoice {
  invoice: Invoice;
  lines: InvoiceLine[];
  moved: string[];
  settled: Settled;
}

type Settled = Pick<Invoice, 'amount_paid_cents' | 'amount_refunded_cents'>;

async function readChunk(tx: Tx, tenant_id: string, after: string): Promise<AuditedInvoice[]> {
  const invoices = await sql<Invoice>`
    select ${invoiceColumns} from invoices
    where tenant_id = ${tenant_id} and invoice_id > ${after} order by invoice_id limit ${INVOICES_PER_CHUNK}`.execute(
    tx,
  );
  const ids = invoices.rows.map(({ invoice_id }) => invoice_id);
  const lines = await sql<InvoiceLine>`
    select ${lineColumns} from invoice_lines
    where tenant_id = ${tenant_id} and invoice_id = any(${ids}::uuid[]) order by invoice_id, line_no`.execute(
    tx,
  );
  const moves = await sql<{ invoice_id: string; move: string }>`
    select b.invoice_id, t.debit_account || '>' || t.credit_account || ' ' || t.amount as move
    from billing_transactions b
    join transfers t on t.tenant_id = b.tenant_id and t.transaction_id = b.transaction_id
    where b.tenant_id = ${tenant_id} and b.invoice_id = any(${ids}::uuid[]) and b.type = 'invoice'`.execute(
    tx,
  );
  const settled = await sql<Settled & { invoice_id: string }>`
    select invoice_id,
      coalesce(sum(case type when 'invoice_payment' then amount_cents when 'dispute' then -amount_cents end), 0)::bigint
        as amount_paid_cents,
      coalesce(sum(amount_cents) filter (where type = 'invoice_refund'), 0)::bigint as amount_refunded_cents
    from billing_transactions
    where tenant_id = ${tenant_id} and invoice_id = any(${ids}::uuid[]) and status = 'settled' group by 1`.execute(
    tx,
  );
  const [lines_of, moves_of] = [
    Map.groupBy(lines.rows, ({ invoice_id }) => invoice_id),
    Map.groupBy(moves.rows, ({ invoice_id }) => invoice_id),
  ];
  const settled_of = new Map(settled.rows.map((row) => [row.invoice_id, row]));
  return invoices.rows.map((invoice) => ({
    invoice,
    settled: settled_of.get(invoice.invoice_id) ?? { amount_paid_cents: 0n, amount_refunded_cents: 0n },
    lines: lines_of.get(invoice.invoice_id) ?? [],
    moved: (moves_of.get(invoice.invoice_id) ?? []).map(({ move }) => move).sort(),
  }));
}

function compareInvoice({ invoice, lines, moved, settled }: AuditedInvoice, found: InvoiceDifferences): void {
  note(
    found,
    'invoices',
    differingTotal(invoice, lines) ?? lines.map(differingRate).find((one) => one !== undefined),
  );
  note(found, 'invoice_payments', differingPayment(invoice, settled));
  // A draft that was dropped never stood in the journal.
  const was_booked = invoice.status !== 'draft' && invoice.details !== null;
  const expected = was_booked
    ? invoiceEntry(invoice, lines).map(
        (line) => `${line.debit_account}>${line.credit_account} ${line.amount}`,
      )
    : [];
  if (expected.sort().join(', ') !== moved.join(', '))
    note(
      found,
      'invoice_entries',
      `invoice ${invoice.invoice_id}: the journal has ${moved.join(', ') || 'nothing'}, its lines say ${expected.join(', ') || 'nothing'}`,
    );
}

function differingTotal(invoice: Invoice, lines: readonly InvoiceLine[]): string | undefined {
  const sum = (pick: (line: InvoiceLine) => bigint) => lines.reduce((total, line) => total + pick(line), 0n);
  const expected = {
    subtotal_cents: sum(({ amount_cents }) => amount_cents),
    discount_cents: sum(({ discount_cents }) => discount_cents),
    tax_cents: sum(({ tax_cents }) => tax_cents),
    total_cents: sum((line) => netOf(line, invoice.tax_behavior) + line.tax_cents),
  };
  for (const [field, value] of Object.entries(expected)) {
    const stored = invoice[field as keyof typeof expected];
    if (stored !== value)
      return `invoice ${invoice.invoice_id}: ${field} is ${stored}, its lines say ${value}`;
  }
  return undefined;
}

function differingPayment(invoice: Invoice, settled: Settled): string | undefined {
  for (const field of ['amount_paid_cents', 'amount_refunded_cents'] as const) {
    if (invoice[field] !== settled[field])
      return `invoice ${invoice.invoice_id}: ${field} is ${invoice[field]}, its payments say ${settled[field]}`;
  }
  return undefined;
}

/** Usage is rated again from what its line says that it was rated from. */
function differingRate(line: InvoiceLine): string | undefined {
  const { price } = line.explanation;
  if ((line.kind !== 'api_calls' && line.kind !== 'feature') || price === undefined) return undefined;
  const { numerator, denominator } = rate(price as unknown as PriceModel, line.quantity).amount;
  const rated = halfEven(numerator, denominator);
  if (rated === line.amount_cents) return undefined;
  return `invoice ${line.invoice_id}: line ${line.line_no} is ${line.amount_cents}, rated again it is ${rated}`;
}

/** Accounts of the book against the rows that they sum up. */
async function differingBalance(tx: Tx, tenant_id: string): Promise<string | undefined> {
  const found = await sql<{ account: string; booked: bigint; expected: bigint }>`
    with expected (account, amount) as (
      select 'receivable', coalesce(sum(amount_due_cents), 0) from invoices
      where tenant_id = ${tenant_id} and status = 'finalized'
      union all
      -- Of tokens that were sold, what was used before their payment was lost.
      select 'written_off', (select coalesce(sum(amount_due_cents - amount_paid_cents), 0) from invoices
          where tenant_id = ${tenant_id} and status = 'uncollectible')
        + (select coalesce(sum(d.amount_cents - d.secured_cents), 0)
           from disputes d join billing_transactions b on b.tenant_id = d.tenant_id and b.transaction_id = d.transaction_id
           where d.tenant_id = ${tenant_id} and d.status = 'lost' and b.type = 'token_purchase')
      union all
      select 'customer_credit', -coalesce(sum(credit_cents), 0) from customer_credits where tenant_id = ${tenant_id}
      union all
      select 'deferred_fees', -(
        (select coalesce(sum(amount_cents - recognised_cents), 0) from revenue_schedules where tenant_id = ${tenant_id})
        + (select coalesce(sum(l.amount_cents - l.discount_cents
              - case i.tax_behavior when 'inclusive' then l.tax_cents else 0 end), 0)
           from invoice_lines l join invoices i on i.tenant_id = l.tenant_id and i.invoice_id = l.invoice_id
           where l.tenant_id = ${tenant_id} and l.kind = 'token_shortfall' and i.status in ('finalized', 'uncollectible')
             -- One that was disputed was paid, and so has sold its tokens.
             and i.dispute_status is null))
    ), booked as (
      select account, sum(amount) as amount from (
        select debit_account as account, amount from transfers where tenant_id = ${tenant_id}
        union all select credit_account, -amount from transfers where tenant_id = ${tenant_id}) entry
      where account in ('receivable', 'written_off', 'customer_credit', 'deferred_fees') group by account)
    select account, coalesce(booked.amount, 0)::bigint as booked, expected.amount::bigint as expected
    from expected left join booked using (account)
    where coalesce(booked.amount, 0) <> expected.amount limit 1`.execute(tx);
  const row = found.rows[0];
  return row && `${row.account}: debits less credits are ${row.booked}, its rows say ${row.expected}`;
}

/** Of the tenant as a seller. */
async function differingNumber(tx: Tx, tenant_id: string): Promise<string | undefined> {
  const found = await sql<{ series: string; given: bigint; distinct_numbers: bigint; next_number: bigint }>`
    select n.series, count(i.number) as given, count(distinct i.number) as distinct_numbers, n.next_number
    from invoice_numbers n
    left join invoices i on i.seller_id = n.tenant_id and i.kind = n.series and i.number is not null
    where n.tenant_id = ${tenant_id} group by n.series, n.next_number`.execute(tx);
  const off = found.rows.find(
    (row) => row.given !== row.next_number - 1n || row.given !== row.distinct_numbers,
  );
  return (
    off &&
    `${off.series}: ${off.given} numbers are given, ${off.distinct_numbers} of them differ, and the next is ${off.next_number}`
  );
}

async function overlap(tx: Tx, tenant_id: string): Promise<string | undefined> {
  const found = await sql<{ period_id: string }>`
    select period_id from (
      select period_id, starts_at, lag(ends_at) over (order by starts_at) as before
      from billing_periods where tenant_id = ${tenant_id}) period
    where starts_at < before limit 1`.execute(tx);
  return (
    found.rows[0] && `billing period ${found.rows[0].period_id} begins before the one before it has ended`
  );
}

/** A change to another interval cuts what is paid for: what is left of that comes back on the same invoice. */
async function feeTwice(tx: Tx, tenant_id: string): Promise<string | undefined> {
  const found = await sql<{ invoice_id: string }>`
    select invoice_id from (
      select l.invoice_id, i.reason, l.starts_at, lag(l.ends_at) over (partition by i.subscription_id order by l.starts_at) as before
      from invoice_lines l join invoices i on i.tenant_id = l.tenant_id and i.invoice_id = l.invoice_id
      where l.tenant_id = ${tenant_id} and l.kind = 'subscription' and i.status <> 'void' and i.kind = 'invoice') fee
    where starts_at < before and reason <> 'subscription_change' limit 1`.execute(tx);
  return (
    found.rows[0] && `invoice ${found.rows[0].invoice_id} charges a fee for time that is paid for already`
  );
}
