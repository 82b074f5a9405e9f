import { sql } from 'kysely';
import type { BookContext } from '../ai-tokens/index.ts';
import { stampBook } from '../ai-tokens/index.ts';
import { prorate } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { scheduleNew } from '../due-work/index.ts';
import { postTransaction, type RevenueStream } from '../ledger/index.ts';
import { moneyLine } from './entry-lines.ts';
import { type Invoice, type InvoiceLine, type LineKind, netOf, STREAM_OF } from './invoice.ts';

/** A row of `revenue_schedules`, with its line's kind: what of an invoiced line time has earned. */
interface RevenueSchedule {
  invoice_id: string;
  line_no: number;
  kind: LineKind;
  currency: string;
  amount_cents: bigint;
  recognised_cents: bigint;
  /** Up to when that is booked: the end of a month, or when it was invoiced. */
  recognised_until: Date;
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
  if (at <= starts_at) return 0n;
  return amount_cents - prorate(amount_cents, { starts_at, ends_at }, at);
}

/** Lets time earn the deferred lines of an invoice that is booked at `now`. */
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
    insert into revenue_schedules (tenant_id, invoice_id, line_no, currency, amount_cents, starts_at, ends_at, recognised_until)
    select ${tenant_id}::uuid, ${invoice.invoice_id}::uuid, line_no, ${invoice.currency}, amount, starts_at, ends_at,
      ${now}::timestamptz
    from unnest(${rows.map(({ line_no }) => line_no)}::integer[], ${rows.map(({ net }) => net)}::bigint[],
      ${rows.map(({ starts_at }) => starts_at)}::timestamptz[], ${rows.map(({ ends_at }) => ends_at)}::timestamptz[])
      as line (line_no, amount, starts_at, ends_at)
    returning 1`.execute(tx);
  // An item that is there may be about a month that has ended a moment ago: it keeps its time.
  const next_due_at = nextMonth(now);
  await scheduleNew(tx, 'revenue_recognition', [{ tenant_id, ref_id: tenant_id, next_due_at }]);
}

/**
 * Books what the schedules of a tenant have earned by the end of each month (UTC) that is over, dated into that month
 * however late it is done; a month that was closed meanwhile leaves it to the next. What was invoiced after a month's end
 * counts in the month of its invoice. Answers when to come again, or undefined where nothing is left to earn.
 */
export async function recogniseRevenue(tx: Tx, context: BookContext): Promise<Date | undefined> {
  const { now } = context;
  const { open, closed_until } = await lockSchedules(tx, context.tenant_id);
  const earliest = Math.min(...open.map(({ recognised_until }) => recognised_until.getTime()));
  let rows = open;
  for (let month_end = nextMonth(new Date(earliest)); month_end <= now; month_end = nextMonth(month_end)) {
    const last_moment = new Date(month_end.getTime() - 1);
    const dated_at = closed_until !== null && closed_until > last_moment ? closed_until : last_moment;
    rows = await recogniseMonth(tx, context, rows, month_end, dated_at);
  }
  if (rows !== open) await saveSchedules(tx, context.tenant_id, rows);
  return rows.some(({ amount_cents, recognised_cents }) => recognised_cents !== amount_cents)
    ? nextMonth(now)
    : undefined;
}

/** The book first and the schedules after, as whoever finalizes an invoice does. */
async function lockSchedules(
  tx: Tx,
  tenant_id: string,
): Promise<{ open: readonly RevenueSchedule[]; closed_until: Date | null }> {
  const book = await sql<{ closed_until: Date | null }>`
    select closed_until from ai_token_balances where tenant_id = ${tenant_id} for update`.execute(tx);
  const found = await sql<RevenueSchedule>`
    select s.invoice_id, s.line_no, l.kind, s.currency, s.amount_cents, s.recognised_cents, s.recognised_until, s.starts_at,
      s.ends_at
    from revenue_schedules s
    join invoice_lines l on l.tenant_id = s.tenant_id and l.invoice_id = s.invoice_id and l.line_no = s.line_no
    where s.tenant_id = ${tenant_id} and not s.done for update of s`.execute(tx);
  return { open: found.rows, closed_until: book.rows[0]?.closed_until ?? null };
}

/** Books what was earned by the end of one month, an entry for each currency and stream; answers the schedules after it. */
async function recogniseMonth(
  tx: Tx,
  context: BookContext,
  rows: readonly RevenueSchedule[],
  month_end: Date,
  dated_at: Date,
): Promise<readonly RevenueSchedule[]> {
  const booked = rows.map((row) => {
    if (row.recognised_until >= month_end) return { row, after: row };
    return {
      row,
      after: { ...row, recognised_cents: earnedBy(row, month_end), recognised_until: month_end },
    };
  });
  const streamOf = ({ row: { currency, kind } }: (typeof booked)[number]) => `${currency} ${STREAM_OF[kind]}`;
  for (const of_stream of Map.groupBy(booked, streamOf).values()) {
    const cents = of_stream.reduce(
      (sum, { row, after }) => sum + after.recognised_cents - row.recognised_cents,
      0n,
    );
    const [first] = of_stream;
    if (first === undefined || cents === 0n) continue;
    const { currency, kind } = first.row;
    await bookRecognition(tx, context, { currency, stream: STREAM_OF[kind], cents, dated_at });
  }
  return booked.map(({ after }) => after);
}

async function bookRecognition(
  tx: Tx,
  context: BookContext,
  earned: { currency: string; stream: RevenueStream; cents: bigint; dated_at: Date },
): Promise<void> {
  const { currency, stream, cents, dated_at } = earned;
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
    { ...stamp, dated_at },
    moneyLine('deferred_fees', 'recognised_revenue', currency, cents, stream),
    context.newId,
  );
}

async function saveSchedules(tx: Tx, tenant_id: string, rows: readonly RevenueSchedule[]): Promise<void> {
  await sql`
    update revenue_schedules s
    set recognised_cents = e.earned, recognised_until = e.until, done = e.earned = s.amount_cents
    from unnest(${rows.map(({ invoice_id }) => invoice_id)}::uuid[], ${rows.map(({ line_no }) => line_no)}::integer[],
      ${rows.map(({ recognised_cents }) => recognised_cents)}::bigint[],
      ${rows.map(({ recognised_until }) => recognised_until)}::timestamptz[]) as e (invoice_id, line_no, earned, until)
    where s.tenant_id = ${tenant_id} and s.invoice_id = e.invoice_id and s.line_no = e.line_no`.execute(tx);
}

function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
}
