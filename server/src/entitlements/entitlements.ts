import type { Clock } from '../clock/index.ts';
import { type Change, type Database, KeptRows } from '../db/index.ts';
import type { Entitlement, EntitlementQuestion } from './entitlement.ts';
import {
  type CountedElsewhere,
  entitlementElsewhere,
  entitlementTo,
  featuresOf,
  isCountedElsewhere,
  readStanding,
  type Standing,
} from './standing.ts';

/** What Entitlements is made of. */
export interface EntitlementsParts {
  db: Pick<Database, 'inTenant' | 'changes'>;
  clock: Clock;
  /** Monotonic milliseconds, for what is kept. */
  monotonic_ms: () => number;
}

/** How many tenants' tiers and counters are kept: some 20 MB at most. */
const TENANTS_MAX = 20_000;

/** What moves a tier, a billing period or a counter. */
const TOPICS: readonly Change['topic'][] = ['tenants', 'billing_periods', 'feature_usage'];

/**
 * What tenants may do, without asking the database twice: their tiers and counters as they were read, until the database
 * tells of a change or their billing period is over. For a host in this process, and for the routes.
 */
export class Entitlements {
  readonly #db: EntitlementsParts['db'];
  readonly #clock: Clock;
  readonly #standings: KeptRows<Standing>;

  constructor({ db, clock, monotonic_ms }: EntitlementsParts) {
    this.#db = db;
    this.#clock = clock;
    this.#standings = new KeptRows({
      changes: db.changes,
      now_ms: monotonic_ms,
      rows_max: TENANTS_MAX,
      read: (tenant_id) =>
        db.inTenant(tenant_id, (tx) => readStanding(tx, tenant_id, this.#clock.now(tenant_id))),
      topics: TOPICS,
    });
  }

  /**
   * Whether a tenant may use a feature, and how far it has: at once where its tier and its counters are known. Nothing is
   * recorded. `api_calls` and `ai_tokens` are read each time. Fails with `not_found` for a tenant that is not there, and
   * with what a database that is away throws.
   */
  check(
    tenant_id: string,
    feature: string,
    question: EntitlementQuestion = {},
  ): Entitlement | Promise<Entitlement> {
    if (isCountedElsewhere(feature)) return this.#elsewhere(tenant_id, feature, question);
    const standing = this.#standing(tenant_id);
    return standing instanceof Promise
      ? standing.then((read) => entitlementTo(feature, read, question))
      : entitlementTo(feature, standing, question);
  }

  /** All features of a tenant's tier by name, with `api_calls` and `ai_tokens`. Fails as check() does. */
  async list(tenant_id: string): Promise<Entitlement[]> {
    const now = this.#clock.now(tenant_id);
    return await this.#db.inTenant(tenant_id, async (tx) => {
      const standing = await readStanding(tx, tenant_id, now);
      const entitlements: Entitlement[] = [];
      for (const feature of featuresOf(standing))
        entitlements.push(
          isCountedElsewhere(feature)
            ? await entitlementElsewhere(tx, feature, standing, now, {})
            : entitlementTo(feature, standing, {}),
        );
      return entitlements;
    });
  }

  #standing(tenant_id: string): Standing | Promise<Standing> {
    const known = this.#standings.get(tenant_id);
    if (known instanceof Promise || known.period.ends_at > this.#clock.now(tenant_id)) return known;
    // Another billing period has begun, which nobody has to tell.
    this.#standings.forget(tenant_id);
    return this.#standings.get(tenant_id);
  }

  async #elsewhere(
    tenant_id: string,
    feature: CountedElsewhere,
    question: EntitlementQuestion,
  ): Promise<Entitlement> {
    const now = this.#clock.now(tenant_id);
    return await this.#db.inTenant(tenant_id, async (tx) =>
      entitlementElsewhere(tx, feature, await readStanding(tx, tenant_id, now), now, question),
    );
  }
}
