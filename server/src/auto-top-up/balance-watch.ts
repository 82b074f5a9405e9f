import { sql } from 'kysely';
import { readBalance } from '../ai-tokens/index.ts';
import type { Clock } from '../clock/index.ts';
import { type Database, KeptRows, type Tx } from '../db/index.ts';
import { scheduleNew } from '../due-work/index.ts';

/** What a watch is made of. */
export interface WatchParts {
  db: Pick<Database, 'inTenant' | 'asJob' | 'changes'>;
  clock: Clock;
  /** Monotonic milliseconds. */
  monotonic_ms: () => number;
  log: { warn(fields: object, message: string): void };
}

/** Whose balances are watched in memory, at most: some 10 MB. The sweep finds the others. */
const TENANTS_MAX = 50_000;
/** How long a tenant that was put on the schedule, or read, is left alone by this process, in milliseconds. */
const LEFT_ALONE_MS = { asked: 10_000, read: 1000 } as const;
const ALL = 'all';

/** The thresholds of the tenants that want top-ups and whose card works. */
type Thresholds = ReadonlyMap<string, bigint>;

/**
 * Sees the balances that writes have left, after they were answered, and puts who is below its threshold on the
 * schedule. For all other tenants a write costs a look into a map and no statement. What it misses the sweep finds.
 */
export class BalanceWatch {
  readonly #parts: WatchParts;
  readonly #thresholds: KeptRows<Thresholds>;
  readonly #left_alone: Record<keyof typeof LEFT_ALONE_MS, Map<string, number>> = {
    asked: new Map(),
    read: new Map(),
  };
  readonly #under_way = new Set<Promise<void>>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#thresholds = new KeptRows({
      changes: parts.db.changes,
      now_ms: parts.monotonic_ms,
      rows_max: 1,
      read: () => parts.db.asJob(readThresholds),
      topics: ['auto_top_ups'],
      concerns: () => true,
    });
    parts.db.changes.subscribe((change) => {
      // The balance has risen, and may fall again at once.
      if (change?.topic === 'auto_top_ups_paid') this.#left_alone.asked.delete(change.tenant_id);
    });
  }

  /** Told what a write left of a tenant's balance; undefined where the writer does not know, and it has to be read. */
  saw(tenant_id: string, balance: bigint | undefined): void {
    const thresholds = this.#thresholds.known(ALL);
    if (thresholds !== undefined) this.#compare(thresholds.get(tenant_id), tenant_id, balance);
    // Where changes are not told nothing may be kept, and reading all of it for each write would be too dear.
    else if (this.#parts.db.changes.isCurrent(this.#parts.monotonic_ms()))
      this.#keep(async () => {
        const read = await this.#thresholds.get(ALL);
        this.#compare(read.get(tenant_id), tenant_id, balance);
      });
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    while (this.#under_way.size > 0) await Promise.all(this.#under_way);
  }

  #compare(threshold: bigint | undefined, tenant_id: string, balance: bigint | undefined): void {
    if (threshold === undefined) return;
    if (balance !== undefined && balance >= threshold) this.#left_alone.asked.delete(tenant_id);
    else if (!this.#isLeftAlone(balance === undefined ? 'read' : 'asked', tenant_id))
      this.#keep(() => this.#ask(tenant_id, threshold, balance));
  }

  #isLeftAlone(what: keyof typeof LEFT_ALONE_MS, tenant_id: string): boolean {
    const now_ms = this.#parts.monotonic_ms();
    const since = this.#left_alone[what];
    const before_ms = since.get(tenant_id);
    if (before_ms !== undefined && now_ms - before_ms < LEFT_ALONE_MS[what]) return true;
    if (since.size >= TENANTS_MAX) since.clear();
    since.set(tenant_id, now_ms);
    return false;
  }

  /** An item that is there already stays where it is: a pause is not cut short. */
  async #ask(tenant_id: string, threshold: bigint, known: bigint | undefined): Promise<void> {
    const { db, clock } = this.#parts;
    await db.inTenant(tenant_id, async (tx) => {
      const next_due_at = clock.now(tenant_id);
      const balance = known ?? (await readBalance(tx, tenant_id, next_due_at)).tokens_remaining;
      if (balance < threshold)
        await scheduleNew(tx, 'auto_top_up', [{ tenant_id, ref_id: tenant_id, next_due_at }]);
    });
  }

  #keep(work: () => Promise<void>): void {
    const warn = (error: unknown) =>
      this.#parts.log.warn({ err: error }, 'a low balance was not seen to; the sweep does it');
    const ended = work()
      .catch(warn)
      .finally(() => this.#under_way.delete(ended));
    this.#under_way.add(ended);
  }
}

async function readThresholds(tx: Tx): Promise<Thresholds> {
  const found = await sql<{ tenant_id: string; threshold_tokens: bigint }>`
    select tenant_id, threshold_tokens from auto_top_ups where enabled and declines < 3
    order by tenant_id limit ${TENANTS_MAX}`.execute(tx);
  return new Map(found.rows.map(({ tenant_id, threshold_tokens }) => [tenant_id, threshold_tokens]));
}
