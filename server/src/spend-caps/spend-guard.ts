import type { Clock } from '../clock/index.ts';
import { type Database, KeptRows, type Tx } from '../db/index.ts';
import type { TallystickError } from '../errors/index.ts';
import type { UsagePriceDefaults } from '../invoices/index.ts';
import { capReached, capsOf, isNewlyReached, noteReached, type SpendCap } from './caps.ts';
import { readSpending, type Spending } from './spending.ts';

/** What a guard is made of. */
export interface GuardParts {
  db: Pick<Database, 'inTenant' | 'changes'>;
  clock: Clock;
  /** Monotonic milliseconds. */
  monotonic_ms: () => number;
  prices: UsagePriceDefaults;
}

/** How many tenants' caps are kept, and how many tenants' spending. */
const TENANTS_MAX = 20_000;
/** How long what was spent is taken to be spent, in milliseconds. */
const SPENDING_MS = 1000;

interface KnownSpending {
  read_at_ms: number;
  spending: Promise<Spending>;
}

/**
 * Whether calls of a tenant are kept out because it has spent what a cap allows: caps as they were read, until the
 * database tells of a change, and spending that is a second old at most. A tenant without a cap that blocks costs no
 * statement.
 */
export class SpendGuard {
  readonly #parts: GuardParts;
  readonly #caps: KeptRows<{ blocking: readonly SpendCap[] }>;
  /** Those that were read first stand first. */
  readonly #spending = new Map<string, KnownSpending>();

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#caps = new KeptRows({
      changes: parts.db.changes,
      now_ms: parts.monotonic_ms,
      rows_max: TENANTS_MAX,
      read: (tenant_id) =>
        parts.db.inTenant(tenant_id, async (tx) => ({
          blocking: (await capsOf(tx, tenant_id)).filter(({ action }) => action === 'block'),
        })),
      topics: ['spend_caps'],
    });
  }

  /**
   * Why a call of a tenant is not let in: a cap is reached, and the call would be billed. Calls that the period includes
   * cost nothing and are let in whatever was spent. It throws what a database that is away throws.
   */
  async refusalOfCall(tenant_id: string): Promise<TallystickError | undefined> {
    const { blocking } = await this.#caps.get(tenant_id);
    if (blocking.length === 0) return undefined;
    const { spent_cents, calls_cost } = await this.#spendingOf(tenant_id);
    const reached = blocking.find(({ limit_cents }) => spent_cents >= limit_cents);
    return calls_cost && reached !== undefined ? capReached(reached, spent_cents, spent_cents) : undefined;
  }

  async #spendingOf(tenant_id: string): Promise<Spending> {
    const now_ms = this.#parts.monotonic_ms();
    const known = this.#spending.get(tenant_id);
    if (known !== undefined && now_ms - known.read_at_ms < SPENDING_MS) {
      const spending = await known.spending;
      // Another billing period may have begun since.
      if (spending.period.ends_at > this.#parts.clock.now(tenant_id)) return spending;
    }
    return await this.#read(tenant_id, now_ms);
  }

  #read(tenant_id: string, read_at_ms: number): Promise<Spending> {
    this.#spending.delete(tenant_id);
    for (const oldest of this.#spending.keys()) {
      if (this.#spending.size < TENANTS_MAX) break;
      this.#spending.delete(oldest);
    }
    const spending = this.#parts.db.inTenant(tenant_id, (tx) => this.#readAndNote(tx, tenant_id));
    const entry = { read_at_ms, spending };
    this.#spending.set(tenant_id, entry);
    spending.catch(() => {
      if (this.#spending.get(tenant_id) === entry) this.#spending.delete(tenant_id);
    });
    return spending;
  }

  async #readAndNote(tx: Tx, tenant_id: string): Promise<Spending> {
    const now = this.#parts.clock.now(tenant_id);
    const spending = await readSpending(tx, this.#parts.prices, { tenant_id, now });
    if ((await capsOf(tx, tenant_id)).some((cap) => isNewlyReached(cap, spending)))
      await noteReached(tx, tenant_id, spending, now);
    return spending;
  }
}
