import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { DueHandler, NextDue, OwnHandler, TransactionHandler } from './handler.ts';
import type { DueWorkLog } from './log.ts';
import type { DueItem } from './schedule.ts';

/** How an item's turn ended. `skipped`: it is not due any more, or somebody else is at it. */
export type Outcome = 'done' | 'moved' | 'skipped' | 'failed';

/** What a turn needs. */
export interface TurnContext {
  db: Database;
  log: DueWorkLog;
}

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** How long an own-transaction handler has an item to itself. Longer than any provider call waits. */
const LEASE_MS = 5 * 60_000;
const LONGEST_ERROR = 500;

/**
 * Runs one item at a time of its tenant and books the end: deleted, moved, or after a failure tried again after a
 * pause that grows from 10 s to 1 h (and not before `not_before`). Throws only where that cannot be booked either.
 */
export async function runItem(
  context: TurnContext,
  handler: DueHandler,
  item: DueItem,
  now: Date,
  not_before?: Date,
): Promise<Outcome> {
  try {
    return 'run' in handler
      ? await runInTransaction(context.db, handler, item, now)
      : await runLeased(context.db, handler, item, now);
  } catch (error) {
    const { tenant_id, kind, ref_id } = item;
    context.log.warn({ err: error, tenant_id, kind, ref_id, attempts: item.attempts + 1 }, 'due work failed');
    await bookFailure(context.db, item, error, now, not_before);
    return 'failed';
  }
}

/**
 * The item's twin in another process is kept out by an advisory lock and not by a lock on its row: a request locks
 * its book first and the row after, and the handler would do it the other way round.
 */
async function runInTransaction(
  db: Database,
  handler: TransactionHandler,
  item: DueItem,
  now: Date,
): Promise<Outcome> {
  return await db.inTenant(item.tenant_id, async (tx) => {
    if (!(await claim(tx, item))) return 'skipped';
    return await finishItem(tx, item, item.next_due_at, await handler.run(tx, item, now));
  });
}

async function claim(tx: Tx, item: DueItem): Promise<boolean> {
  const { tenant_id, kind, ref_id, next_due_at } = item;
  const found = await sql<{ claimed: boolean }>`
    select tallystick.claim_due_work(${tenant_id}, ${kind}, ${ref_id}, ${next_due_at}) as claimed`.execute(
    tx,
  );
  return found.rows[0]?.claimed === true;
}

/** An own handler's item is moved ahead by a lease first, so that a crash repeats it and nobody else has it meanwhile. */
async function runLeased(db: Database, handler: OwnHandler, item: DueItem, now: Date): Promise<Outcome> {
  const leased_until = new Date(now.getTime() + LEASE_MS);
  const leased = await db.inTenant(item.tenant_id, (tx) =>
    sql`update due_work set next_due_at = ${leased_until} where ${same(item, item.next_due_at)} returning 1`.execute(
      tx,
    ),
  );
  if (leased.rows.length === 0) return 'skipped';
  const next = await handler.runOwn(item, now);
  return await db.inTenant(item.tenant_id, (tx) => finishItem(tx, item, leased_until, next));
}

/**
 * Deletes or moves the item that was due at `seen` after its work was done, unless the work itself, or a request, has put
 * it on another time: then that stays.
 */
export async function finishItem(tx: Tx, item: DueItem, seen: Date, next: NextDue): Promise<Outcome> {
  if (next === undefined) {
    await sql`delete from due_work where ${same(item, seen)}`.execute(tx);
    return 'done';
  }
  await sql`
    update due_work set next_due_at = ${next}, attempts = 0, last_error = null where ${same(item, seen)}`.execute(
    tx,
  );
  return 'moved';
}

async function bookFailure(
  db: Database,
  item: DueItem,
  error: unknown,
  now: Date,
  not_before: Date | undefined,
): Promise<void> {
  const again = new Date(Math.max(now.getTime() + pauseAfter(item.attempts), not_before?.getTime() ?? 0));
  const leased_until = new Date(now.getTime() + LEASE_MS);
  await db.inTenant(item.tenant_id, (tx) =>
    sql`
      update due_work
      set next_due_at = ${again}, attempts = ${item.attempts + 1}, last_error = ${describe(error)}
      where ${same(item, item.next_due_at)} or ${same(item, leased_until)}`.execute(tx),
  );
}

/** 10 s, 20 s, 40 s, ... 1 h, in milliseconds. */
function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts, 20), LONGEST_PAUSE_MS);
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // PostgreSQL's text carries neither NUL nor half a surrogate pair, which the cut may leave.
  return text.replaceAll('\0', '').slice(0, LONGEST_ERROR).toWellFormed();
}

function same(item: DueItem, next_due_at: Date) {
  return sql`tenant_id = ${item.tenant_id} and kind = ${item.kind} and ref_id = ${item.ref_id}
    and next_due_at = ${next_due_at}`;
}
