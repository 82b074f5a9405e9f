import { sql } from 'kysely';
import type { BookContext } from '../ai-tokens/index.ts';
import { stampBook } from '../ai-tokens/index.ts';
import { prorate } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { postTransaction } from '../ledger/index.ts';
import { moneyLine } from './entry-lines.ts';
import { type Invoice, type InvoiceLine, netOf } from './invoice.ts';

/** A row of `revenue_schedules`: what of an invoiced line time has earned. */
interface RevenueSchedule {
  invoice_id: string;
  line_no: number;
  currency: string;
  amount_cents: bigint;
  recognised_cents: bigint;
  starts_at: Date;
  ends_at: Date;
}

/**
 * What a schedule has earned by a time: its share of the whole by the second, rounded half to even. Cumulative, so that
 * its steps add up to the amount whenever it is asked.
 */
export function earnedBy(
  { amount_cents, starts_at, ends_at }: Pick<RevenueSchedule, 'amount_cents' | 'starts_at' | 'ends_at'>,
  at: Date,
): bigint {
  if (at >= ends_at) return amount_cents;
  return amount_cents - prorate(amount_cents, { starts_at, ends_at }, at);
}

/** Lets time earn the deferred lines of an invoice that is booked; one of less than a second is earned at once. */
export async function openSchedules(
  tx: Tx,
  context: BookContext,
  invoice: Invoice,
  lines: readonly InvoiceLine[],
): Promise<void> {
  const { tenant_id, now } = context;
  const rows = lines
    .map((line) => ({ ...line, net: netOf(line, invoice.tax_behavior) }))
    // Tokens that are owed are earned by being paid for, not by time.
    .filter(({ kind, deferred, net }) => deferred && kind !== 'token_shortfall' && net !== 0n);
  if (rows.length === 0) return;
  await sql`
    insert into revenue_schedules (tenant_id, invoice_id, line_no, currency, amount_cents, starts_at, ends_at)
    select ${tenant_id}::uuid, ${invoice.invoice_id}::uuid, line_no, ${invoice.currency}, amount, starts_at, ends_at
    from unnest(${rows.map(({ line_no }) => line_no)}::integer[], ${rows.map(({ net }) => net)}::bigint[],
      ${rows.map(({ starts_at }) => starts_at)}::timestamptz[], ${rows.map(({ ends_at }) => ends_at)}::timestamptz[])
      as line (line_no, amount, starts_at, ends_at)
    returning 1`.execute(tx);
  const next_due_at = nextMonth(now);
  await schedule(tx, { tenant_id, kind: 'revenue_recognition', ref_id: tenant_id, next_due_at });
}

/**
 * Recognises what the schedules of a tenant have earned by now, in one entry. Answers when to come again: at the end of
 * the month (UTC), so that months can be compared, or undefined where nothing is left to earn.
 */
export async function recogniseRevenue(tx: Tx, context: BookContext): Promise<Date | undefined> {
  const { tenant_id, now } = context;
  const open = await lockSchedules(tx, tenant_id);
  const earned = open.map((row) => ({ ...row, earned: earnedBy(row, now) }));
  const moved = earned.filter((row) => row.earned !== row.recognised_cents);
  for (const [currency, rows] of Map.groupBy(moved, (row) => row.currency)) {
    const cents = rows.reduce((sum, row) => sum + row.earned - row.recognised_cents, 0n);
    if (cents !== 0n) await bookRecognition(tx, context, currency, cents);
  }
  await saveSchedules(tx, tenant_id, now, earned);
  return earned.some((row) => row.ends_at > now) ? nextMonth(now) : undefined;
}

/** The book first and the schedules after, as whoever finalizes an invoice does. */
async function lockSchedules(tx: Tx, tenant_id: string): Promise<RevenueSchedule[]> {
  await sql`select 1 from ai_token_balances where tenant_id = ${tenant_id} for update`.execute(tx);
  const found = await sql<RevenueSchedule>`
    select invoice_id, line_no, currency, amount_cents, recognised_cents, starts_at, ends_at
    from revenue_schedules where tenant_id = ${tenant_id} and not done for update`.execute(tx);
  return found.rows;
}

async function bookRecognition(tx: Tx, context: BookContext, currency: string, cents: bigint): Promise<void> {
  const stamp = await stampBook(tx, context);
  await postTransaction(
    tx,
    context.tenant_id,
    {
      transaction_id: context.newId(context.now),
      type: 'revenue_recognition',
      amount_cents: cents < 0n ? -cents : cents,
      currency,
      created_at: stamp.at,
    },
    stamp,
    moneyLine('deferred_fees', 'recognised_revenue', currency, cents),
    context.newId,
  );
}

async function saveSchedules(
  tx: Tx,
  tenant_id: string,
  now: Date,
  rows: readonly (RevenueSchedule & { earned: bigint })[],
): Promise<void> {
  await sql`
    update revenue_schedules s set recognised_cents = e.earned, done = s.ends_at <= ${now}
    from unnest(${rows.map(({ invoice_id }) => invoice_id)}::uuid[], ${rows.map(({ line_no }) => line_no)}::integer[],
      ${rows.map(({ earned }) => earned)}::bigint[]) as e (invoice_id, line_no, earned)
    where s.tenant_id = ${tenant_id} and s.invoice_id = e.invoice_id and s.line_no = e.line_no`.execute(tx);
}

function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
}
