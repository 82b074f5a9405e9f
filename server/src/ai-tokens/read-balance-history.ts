import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { readBalance } from './read-balance.ts';

/** The most days that one history covers: a year, and what a chart shows before it. */
export const HISTORY_DAYS_MAX = 400;

const DAY_MS = 86_400_000;

const COUNTERS = [
  'tokens_purchased',
  'tokens_granted',
  'tokens_refunded',
  'tokens_used',
  'tokens_held',
  'tokens_expired',
  'tokens_shortfall',
] as const;

type Counters = Record<(typeof COUNTERS)[number], bigint>;

/** A balance at the end of a UTC day, or now where the day is not over. */
export interface BalanceDay extends Counters {
  /** As in 2026-01-31. */
  day: string;
  tokens_remaining: bigint;
}

/**
 * The balance at the end of each UTC day from `from` to `to` (excluded; days that are yet to come are left out), oldest
 * first. It goes back from the balance as it stands, taking off what each day booked, so it agrees with that and reads
 * no entry from before `from`. An expiry counts on the day that booked it. The caller bounds the window.
 */
export async function readBalanceHistory(
  tx: Tx,
  tenant_id: string,
  range: { from: Date; to: Date; now: Date },
): Promise<BalanceDay[]> {
  const { from, to, now } = range;
  const first = startOfDay(from);
  const today = startOfDay(now);
  const last = Math.min(startOfDay(new Date(to.getTime() - 1)), today);
  if (first > last) return [];
  const booked = await readStored(tx, tenant_id);
  const moves = await readMoves(tx, tenant_id, new Date(first + DAY_MS));
  const days: BalanceDay[] = [];
  for (let day = today; day >= first; day -= DAY_MS) {
    takeOff(booked, moves, day + DAY_MS);
    if (day <= last) days.unshift(toDay(day, booked));
  }
  await setHeld(
    tx,
    tenant_id,
    days.filter((entry) => entry.day !== isoDay(today)),
  );
  const newest = days.at(-1);
  if (newest?.day !== isoDay(today)) return days;
  // What has expired since anybody wrote is expired in the balance as it is read.
  const {
    grants: _grants,
    last_purchase_at: _purchase,
    last_usage_at: _usage,
    ...balance
  } = await readBalance(tx, tenant_id, now);
  return [...days.slice(0, -1), { day: newest.day, ...balance }];
}

function startOfDay(time: Date): number {
  return Math.floor(time.getTime() / DAY_MS) * DAY_MS;
}

function isoDay(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

function toDay(day: number, counters: Counters): BalanceDay {
  return { day: isoDay(day), ...counters, tokens_remaining: 0n };
}

/** The counters as the last write left them. */
async function readStored(tx: Tx, tenant_id: string): Promise<Counters> {
  const found = await sql<Counters>`
    select tokens_purchased, tokens_granted, tokens_refunded, tokens_used, tokens_held, tokens_expired, tokens_shortfall
    from ai_token_balances where tenant_id = ${tenant_id}`.execute(tx);
  return found.rows[0] ?? (Object.fromEntries(COUNTERS.map((counter) => [counter, 0n])) as Counters);
}

/** What a UTC day moved from one account to another; `type` is that of the transaction. */
interface Move {
  day: Date;
  debit_account: string;
  credit_account: string;
  type: string | null;
  amount: bigint;
}

/** The token lines of the book from a time on, added up by day, the newest first. */
async function readMoves(tx: Tx, tenant_id: string, since: Date): Promise<Move[]> {
  const found = await sql<Move>`
    select date_trunc('day', e.created_at, 'UTC') as day, e.debit_account, e.credit_account, t.type,
      sum(e.amount)::bigint as amount
    from ledger_entries e
    left join billing_transactions t on t.tenant_id = e.tenant_id and t.transaction_id = e.transaction_id
    where e.tenant_id = ${tenant_id} and e.asset = 'AI_TOKEN' and e.created_at >= ${since}
    group by 1, 2, 3, 4 order by 1 desc`.execute(tx);
  return found.rows;
}

/** Takes off everything that was booked at `end` or later, and forgets those moves. */
function takeOff(counters: Counters, moves: Move[], end: number): void {
  for (let move = moves[0]; move !== undefined && move.day.getTime() >= end; move = moves[0]) {
    const { debit_account: debit, credit_account: credit, amount } = move;
    if (credit === 'tokens_refunded') counters.tokens_refunded -= amount;
    else if (credit === 'tokens_expired') counters.tokens_expired -= amount;
    else if (debit === 'tokens_shortfall') counters.tokens_shortfall -= amount;
    else if (debit === 'tokens_issued') {
      counters[move.type === 'token_purchase' ? 'tokens_purchased' : 'tokens_granted'] -= amount;
    } else counters.tokens_used -= amount;
    // Repaying moves what was owed to what was used.
    if (credit === 'tokens_shortfall') counters.tokens_shortfall += amount;
    moves.shift();
  }
}

/** Holds and refunds under way leave no line in the book while they pin tokens: who pinned any at the end of a day. */
async function setHeld(tx: Tx, tenant_id: string, days: BalanceDay[]): Promise<void> {
  const held = await sql<{ day: string; tokens: bigint }>`
    select to_char(ending at time zone 'UTC' - interval '1 day', 'YYYY-MM-DD') as day,
      coalesce((select sum(tokens) from ai_token_holds
        where tenant_id = ${tenant_id} and created_at < ending and (ended_at is null or
          case when status = 'settled' and released_by = 'policy' then grace_until else ended_at end >= ending)), 0)::bigint
      + coalesce((select sum(tokens) from billing_transactions
        where tenant_id = ${tenant_id} and type = 'refund' and created_at < ending
          and (status = 'pending' or settled_at >= ending)), 0)::bigint as tokens
    from unnest(${days.map(({ day }) => `${day}T24:00:00Z`)}::timestamptz[]) as ending`.execute(tx);
  const tokens_held = new Map(held.rows.map(({ day, tokens }) => [day, tokens]));
  for (const entry of days) {
    entry.tokens_held = tokens_held.get(entry.day) ?? 0n;
    entry.tokens_remaining =
      entry.tokens_purchased +
      entry.tokens_granted -
      entry.tokens_refunded -
      entry.tokens_used -
      entry.tokens_held -
      entry.tokens_expired;
  }
}
