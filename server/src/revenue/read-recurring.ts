import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import { REVENUE_STREAMS, type RevenueStream } from '../ledger/index.ts';
import type { MonthFigures } from './figures.ts';
import { type Month, monthEnd, monthStart } from './month.ts';
import { readFigures } from './read-months.ts';
import {
  addCustomer,
  emptySpan,
  inCents,
  type PaidPhase,
  type RecurringCents,
  type RecurringRates,
  type RecurringSpan,
  ratesOf,
  toCents,
} from './recurring.ts';

/** Phases that are held in memory at a time. */
const PHASES_PER_PAGE = 5000;

interface Customers {
  customers_opening: number;
  customers_new: number;
  customers_reactivated: number;
  customers_churned: number;
  customers_closing: number;
}

/** A month of a seller's recurring and recognised revenue. */
export interface RevenueMonth extends RecurringCents, RecurringRates, Customers {
  month: Month;
  recognised_cents: bigint;
  by_stream: Record<RevenueStream, bigint>;
}

/** A seller's recurring revenue at the end of the months, and what led there, in one currency. */
export interface RevenueMetrics extends RecurringRates {
  currency: string;
  /** All in which the seller sells. */
  currencies: string[];
  mrr_cents: bigint;
  /** Twelve times the recurring revenue before that is rounded. */
  arr_cents: bigint;
  customers: number;
  recognised_cents: bigint;
  by_stream: Record<RevenueStream, bigint>;
  by_month: RevenueMonth[];
}

/**
 * A seller's revenue in consecutive months, at one moment. Nothing after `until` counts: a month that runs closes there.
 * The rates are those of all the months together; each month has its own.
 */
export async function readRevenueMetrics(
  db: Pick<Database, 'asJob'>,
  tenant_id: string,
  { months, until, currency }: { months: readonly Month[]; until: Date; currency: string },
): Promise<RevenueMetrics> {
  const ends = months.map((month) => earlier(monthEnd(month), until));
  const from = earlier(monthStart(months[0] ?? ''), until);
  const whole = { from, to: ends.at(-1) ?? from };
  const spans = ends.map((to, index) => ({ from: ends[index - 1] ?? from, to, span: emptySpan() }));
  const total = emptySpan();
  return await db.asJob(
    async (tx) => {
      for await (const phases of phasesByCustomer(tx, tenant_id, currency, whole.to)) {
        addCustomer(total, phases, whole);
        for (const { span, ...ends_of } of spans) addCustomer(span, phases, ends_of);
      }
      const figures = await readFigures(tx, { of: 'sales', tenant_id }, months);
      const of_currency = figures.filter((row) => row.currency === currency);
      return {
        currency,
        currencies: await currenciesOf(tx, tenant_id),
        mrr_cents: toCents(total.closing),
        arr_cents: total.closing,
        customers: total.customers_closing,
        ...ratesOf(total),
        ...recognised(of_currency),
        by_month: spans.map(({ span }, index) => monthView(months[index] ?? '', span, of_currency)),
      };
    },
    { snapshot: true },
  );
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

function monthView(month: Month, span: RecurringSpan, figures: readonly MonthFigures[]): RevenueMonth {
  return {
    month,
    ...inCents(span),
    customers_opening: span.customers_opening,
    customers_new: span.customers.new,
    customers_reactivated: span.customers.reactivation,
    customers_churned: span.customers.churn,
    customers_closing: span.customers_closing,
    ...ratesOf(span),
    ...recognised(figures.filter((row) => row.month === month)),
  };
}

function recognised(figures: readonly MonthFigures[]) {
  const sum = (of: (row: MonthFigures) => bigint) => figures.reduce((total, row) => total + of(row), 0n);
  const by_stream = Object.fromEntries(
    REVENUE_STREAMS.map((stream) => [stream, sum((row) => row.by_stream[stream])]),
  ) as Record<RevenueStream, bigint>;
  return { recognised_cents: sum((row) => row.recognised_cents), by_stream };
}

async function currenciesOf(tx: Tx, tenant_id: string): Promise<string[]> {
  const found = await sql<{ currency: string }>`
    select distinct currency from tenants where parent_tenant_id = ${tenant_id} order by currency`.execute(
    tx,
  );
  return found.rows.map(({ currency }) => currency);
}

/** The paid phases of each of a seller's customers that began before a time, customer by customer. */
async function* phasesByCustomer(
  tx: Tx,
  tenant_id: string,
  currency: string,
  before: Date,
): AsyncGenerator<PaidPhase[]> {
  let of_customer: PaidPhase[] = [];
  for await (const page of pagesOfPhases(tx, tenant_id, currency, before)) {
    for (const phase of page) {
      if (of_customer[0] !== undefined && of_customer[0].tenant_id !== phase.tenant_id) {
        yield of_customer;
        of_customer = [];
      }
      of_customer.push(phase);
    }
  }
  if (of_customer.length > 0) yield of_customer;
}

async function* pagesOfPhases(
  tx: Tx,
  tenant_id: string,
  currency: string,
  before: Date,
): AsyncGenerator<PaidPhase[]> {
  const none = '00000000-0000-0000-0000-000000000000';
  let after = { tenant_id: none, subscription_id: none, phase_no: 0 };
  for (;;) {
    const page = await sql<PaidPhase & { subscription_id: string; phase_no: number }>`
      select p.tenant_id, p.subscription_id, p.phase_no, p.currency, p.starts_at, p.ends_at, p."interval", p.price_cents
      from subscription_phases p join tenants t on t.tenant_id = p.tenant_id
      where t.parent_tenant_id = ${tenant_id} and p.paid and p.price_cents > 0 and p.currency = ${currency}
        and p.starts_at < ${before} and (p.tenant_id, p.subscription_id, p.phase_no)
          > (${after.tenant_id}::uuid, ${after.subscription_id}::uuid, ${after.phase_no}::integer)
      order by p.tenant_id, p.subscription_id, p.phase_no limit ${PHASES_PER_PAGE}`.execute(tx);
    yield page.rows;
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < PHASES_PER_PAGE) return;
    after = last;
  }
}
