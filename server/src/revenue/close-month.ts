import { sql } from 'kysely';
import type { Clock } from '../clock/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import {
  httpKeyLifetimeMs,
  type KeyClaim,
  type OnceOnlyResult,
  onceOnly,
  replayOf,
} from '../request-keys/index.ts';
import { type ClosedMonth, closedMonths, keepClosed } from './closed-months.ts';
import { customersOf } from './customers.ts';
import { figuresOf, type MonthFigures } from './figures.ts';
import { type Month, monthBefore, monthEnd, monthOf } from './month.ts';
import { readFigures } from './read-months.ts';
import { sumEntries } from './sum-entries.ts';

/** What closing a month works with. */
interface ClosingServices {
  db: Pick<Database, 'inTenant' | 'asJob' | 'asLane'>;
  clock: Clock;
}

/** A month to close, and who closes it. */
interface Closing {
  tenant_id: string;
  month: Month;
  closed_by: string;
}

/** Closes a month as closeMonth() does, under the Idempotency-Key of its request, and answers the view of what is kept. */
export async function closeOnce<Body>(
  services: ClosingServices,
  asked: Closing,
  header: { key: string; namespace: string; body_hash: Buffer } | undefined,
  view: (rows: ClosedMonth[]) => Body,
): Promise<OnceOnlyResult<Body>> {
  const { tenant_id } = asked;
  const now = services.clock.now(tenant_id);
  const claim: KeyClaim | undefined = header && {
    ...header,
    tenant_id,
    now,
    reused_code: 'idempotency_key_reused',
    expires_at: new Date(now.getTime() + httpKeyLifetimeMs),
  };
  const replay = claim && (await services.db.inTenant(tenant_id, (tx) => replayOf<Body>(tx, claim)));
  if (replay !== undefined) return replay;
  const body = view(await closeMonth(services, asked));
  return await services.db.inTenant(tenant_id, (tx) =>
    onceOnly(tx, claim, async () => ({ status: 200, body })),
  );
}

/**
 * Closes a month of the seller: from then on no entry of its tenants' books can be dated into it, and its figures are kept
 * with a checksum of its entries. Closing it again answers what was kept. Fails with `month_not_over`, where any of those
 * tenants still lives in it, or `month_not_ready`, where something that belongs to it is still to be done or the month
 * before is open. Done with the books in small steps: after a crash it is asked for again.
 */
async function closeMonth(
  { db, clock }: ClosingServices,
  { tenant_id, month, closed_by }: Closing,
): Promise<ClosedMonth[]> {
  const kept = await db.inTenant(tenant_id, (tx) => closedMonths(tx, tenant_id, month));
  if (kept.length > 0) return kept;
  const now = clock.now(tenant_id);
  if (monthEnd(month) > now) refuseRunning(month, now);
  await db.asJob((tx) => refuseUnready(tx, tenant_id, month), { snapshot: true });
  for await (const tenant_ids of customersOf(db, tenant_id)) {
    const behind = tenant_ids.find((customer_id) => clock.now(customer_id) < monthEnd(month));
    if (behind !== undefined) refuseRunning(month, clock.now(behind));
  }
  for await (const tenant_ids of customersOf(db, tenant_id))
    await closeBooks(db, tenant_ids, monthEnd(month));
  // Nothing is added to it from here on, so that its parts may be read one after the other.
  const { entries, checksum } = await sumEntries(db, tenant_id, month);
  const books = { of: 'sales', tenant_id } as const;
  const figures = await db.asJob((tx) => readFigures(tx, books, [month]), { snapshot: true });
  return await db.inTenant(tenant_id, async (tx) => {
    const rows = figures.length > 0 ? figures : [await nothingOf(tx, tenant_id, month)];
    const closing = { entries, checksum, closed_by, closed_at: now };
    await keepClosed(
      tx,
      tenant_id,
      rows.map((row) => ({ ...keptFigures(row), ...closing })),
    );
    return await closedMonths(tx, tenant_id, month);
  });
}

function refuseRunning(month: Month, now: Date): never {
  fail('month_not_over', `${month} ends at ${monthEnd(month).toISOString()}; it is ${now.toISOString()}.`);
}

/** What a closed month keeps of its figures. */
export function keptFigures({ month, currency, accounts, by_stream }: MonthFigures) {
  return {
    month,
    currency,
    accounts: accounts.map(({ account, opening_cents, debits_cents, credits_cents, closing_cents }) => ({
      account,
      opening_cents: Number(opening_cents),
      debits_cents: Number(debits_cents),
      credits_cents: Number(credits_cents),
      closing_cents: Number(closing_cents),
    })),
    by_stream: {
      tokens: Number(by_stream.tokens),
      api_calls: Number(by_stream.api_calls),
      subscriptions: Number(by_stream.subscriptions),
      features: Number(by_stream.features),
      other: Number(by_stream.other),
    },
  };
}

/** A month in which nobody had a book is closed too, in the seller's currency. */
async function nothingOf(tx: Tx, tenant_id: string, month: Month): Promise<MonthFigures> {
  const found = await sql<{ currency: string }>`
    select currency from tenants where tenant_id = ${tenant_id}`.execute(tx);
  const opening = new Map(found.rows.map(({ currency }) => [currency, new Map()]));
  const [figures] = figuresOf([month], opening, []);
  return figures ?? fail('not_found', 'No such tenant.');
}

async function refuseUnready(tx: Tx, tenant_id: string, month: Month): Promise<void> {
  const ends_at = monthEnd(month);
  const first = await firstMonth(tx, tenant_id);
  if (
    first !== undefined &&
    month > first &&
    (await closedMonths(tx, tenant_id, monthBefore(month))).length === 0
  )
    fail('month_not_ready', `${monthBefore(month)} is to be closed before ${month}.`);
  const undone = await sql<{ tenants: number; kinds: string | null }>`
    select count(distinct tenant_id)::integer as tenants, string_agg(distinct kind, ', ') as kinds from (
      select tenant_id, kind from due_work where next_due_at <= ${ends_at}
      union all
      select tenant_id, 'revenue_recognition' from revenue_schedules
      where not done and recognised_until < ${ends_at}) work
    where tenant_id in (select tenant_id from tenants where parent_tenant_id = ${tenant_id})`.execute(tx);
  const { tenants = 0, kinds = null } = undone.rows[0] ?? {};
  if (tenants > 0)
    fail(
      'month_not_ready',
      `Work of ${month} is still due for ${tenants} tenants: ${kinds}. It runs by itself.`,
    );
}

/** The month in which a seller made its first tenant; undefined where it has none. */
export async function firstMonth(tx: Tx, tenant_id: string): Promise<Month | undefined> {
  const found = await sql<{ created_at: Date | null }>`
    select min(created_at) as created_at from tenants where parent_tenant_id = ${tenant_id}`.execute(tx);
  const created_at = found.rows[0]?.created_at ?? null;
  return created_at === null ? undefined : monthOf(created_at);
}

/**
 * Marks books: their next entries are not before a time. It raises what every writer stamps from, and the version with it,
 * so that a batch that was planned on the book as it was is planned again. A book that is being written to is waited for
 * by itself, for who holds several locks and waits for another would stop the batch writers, who do the same.
 */
async function closeBooks(db: Pick<Database, 'asLane'>, tenant_ids: string[], until: Date): Promise<void> {
  const free = sql`select tenant_id from ai_token_balances
    where tenant_id = any(${tenant_ids}::uuid[]) and (closed_until is null or closed_until < ${until})
    for update skip locked`;
  await db.asLane((tx) =>
    sql`with free as materialized (${free}) ${closing(until)} and tenant_id in (select tenant_id from free)`.execute(
      tx,
    ),
  );
  const left = await db.asLane((tx) =>
    sql<{ tenant_id: string }>`
      select tenant_id from ai_token_balances
      where tenant_id = any(${tenant_ids}::uuid[]) and (closed_until is null or closed_until < ${until})`.execute(
      tx,
    ),
  );
  for (const { tenant_id } of left.rows)
    await db.asLane((tx) => sql`${closing(until)} and tenant_id = ${tenant_id}`.execute(tx));
}

function closing(until: Date) {
  return sql`
    update ai_token_balances set closed_until = ${until}, book_version = book_version + 1,
      last_entry_at = greatest(last_entry_at, ${until}::timestamptz)
    where (closed_until is null or closed_until < ${until})`;
}
