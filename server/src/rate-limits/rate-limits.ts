import type { Clock } from '../clock/index.ts';
import { type Change, type Database, KeptRows } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { type BucketState, type Figures, figuresOf } from './gcra.ts';
import { type Bucket, type LimitStore, LimitStoreUnavailableError } from './limit-store.ts';
import { MemoryLimitStore } from './memory-store.ts';
import type { Policy, PolicyLevel } from './policy.ts';
import { readSources } from './policy-rows.ts';
import { type PolicySources, resolvePolicies } from './resolve-policies.ts';

/** What is limited: a call of a tenant, by a key of it, to an endpoint (a route's pattern), weighing `cost`. */
export interface LimitSubject {
  tenant_id: string;
  api_key_id?: string | undefined;
  endpoint?: string | undefined;
  /** 1 to LIMIT_MAX; each policy multiplies it by its own. 1 where it is left out. */
  cost?: number | undefined;
}

/** What one policy says. */
export interface PolicyFigures extends Omit<Figures, 'reset_at_ms'> {
  name: string;
  level: PolicyLevel;
  window_seconds: number;
  /** When all of the limit is there again. */
  reset_at: Date;
}

/**
 * The decision. `policies` are those that were asked: while the shared store is away, only those that go by this
 * process's memory meanwhile.
 */
export type LimitAnswer = {
  policies: PolicyFigures[];
  /** The shared store did not answer. */
  store_away?: true;
} & (
  | { outcome: 'allowed' }
  | { outcome: 'limited'; retry_after_seconds: number }
  | { outcome: 'unavailable'; retry_after_seconds: number }
);

/** What RateLimits is made of. */
export interface RateLimitsParts {
  db: Pick<Database, 'inTenant' | 'changes'>;
  clock: Clock;
  /** Monotonic milliseconds, for the cache of policies. */
  monotonic_ms: () => number;
  /** Shared by all processes; without one this process's memory is all there is, and never away. */
  shared: LimitStore | undefined;
}

/** When to ask again where a policy wants the shared store and it is away. */
const UNAVAILABLE_RETRY_SECONDS = 1;

/** The policies of a call with the bucket of each, for a call that costs 1. */
interface Asked {
  policy: Policy;
  bucket: Bucket;
}

/** How many tenants' policies are kept. */
const TENANTS_MAX = 10_000;
/** How many endpoints and keys of a tenant are remembered until its policies are read again. */
const SUBJECTS_MAX = 1000;

/** The limits of all tenants, as this process sees them. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #local = new MemoryLimitStore();
  readonly #store: LimitStore;
  readonly #sources: KeptRows<PolicySources>;
  /** What was resolved, for as long as what it was resolved from is kept. */
  readonly #resolved = new WeakMap<PolicySources, Map<string, Asked[]>>();

  constructor({ db, clock, monotonic_ms, shared }: RateLimitsParts) {
    this.#clock = clock;
    this.#store = shared ?? this.#local;
    this.#sources = new KeptRows({
      changes: db.changes,
      now_ms: monotonic_ms,
      rows_max: TENANTS_MAX,
      read: (tenant_id) => db.inTenant(tenant_id, (tx) => readSources(tx, tenant_id)),
      concerns: isAbout,
    });
  }

  /**
   * Counts a call against every policy that holds for it, or against none where one of them does not admit it. After a
   * peek that the store did not answer (`store_away`) it is not asked again: a call waits for it once. Fails with
   * `cost_too_high` where a policy could never admit it, and with what a database that is away throws.
   */
  take(subject: LimitSubject, { store_away }: Pick<LimitAnswer, 'store_away'> = {}): Promise<LimitAnswer> {
    return this.#decide(subject, 'take', store_away);
  }

  /** The answer that take() would give now, without counting anything. */
  peek(subject: LimitSubject): Promise<LimitAnswer> {
    return this.#decide(subject, 'peek');
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #decide(subject: LimitSubject, how: 'take' | 'peek', store_away = false): Promise<LimitAnswer> {
    const { tenant_id, cost = 1 } = subject;
    const asked = this.#resolve(await this.#sources.get(tenant_id), subject);
    if (asked.length === 0) return { outcome: 'allowed', policies: [] };
    const now_ms = this.#clock.now(tenant_id).getTime();
    try {
      if (!store_away) return await askStore(this.#store, how, tenant_id, asked, cost, now_ms);
    } catch (error) {
      if (!(error instanceof LimitStoreUnavailableError)) throw error;
    }
    if (asked.some(({ policy }) => policy.on_store_failure === 'closed')) {
      const retry_after_seconds = UNAVAILABLE_RETRY_SECONDS;
      return { outcome: 'unavailable', policies: [], retry_after_seconds, store_away: true };
    }
    const local = asked.filter(({ policy }) => policy.on_store_failure === 'local');
    const answer = await askStore(this.#local, how, tenant_id, local, cost, now_ms);
    return { ...answer, store_away: true };
  }

  #resolve(sources: PolicySources, subject: LimitSubject): Asked[] {
    let known = this.#resolved.get(sources);
    if (known === undefined) {
      known = new Map();
      this.#resolved.set(sources, known);
    }
    const key = `${subject.api_key_id ?? ''} ${subject.endpoint ?? ''}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const asked = resolvePolicies(sources, subject).map((policy) => ({ policy, bucket: bucketOf(policy) }));
    if (known.size < SUBJECTS_MAX) known.set(key, asked);
    return asked;
  }
}

/** Another tier brings another limit, and the root's policies are everybody's. */
function isAbout({ topic, tenant_id }: Change, _sources: PolicySources, kept_id: string): boolean {
  if (topic === 'tenants') return tenant_id === kept_id;
  return topic === 'rate_limit_policies' && (tenant_id === kept_id || tenant_id === ROOT_TENANT_ID);
}

async function askStore(
  store: LimitStore,
  how: 'take' | 'peek',
  tenant_id: string,
  asked: readonly Asked[],
  cost: number,
  now_ms: number,
): Promise<LimitAnswer> {
  const buckets = asked.map(({ policy, bucket }) => (cost === 1 ? bucket : weighed(policy, bucket, cost)));
  const { admitted, states } = await store[how](tenant_id, buckets, now_ms);
  const figures = asked.map(({ policy }, index) =>
    policyFigures(policy, buckets[index] as Bucket, states[index] as BucketState, now_ms),
  );
  if (admitted) return { outcome: 'allowed', policies: figures };
  const retry_after_seconds = Math.max(...figures.map((policy) => policy.retry_after_seconds));
  return { outcome: 'limited', policies: figures, retry_after_seconds };
}

/** A window of another length is another bucket: what is in it is counted in units of its window. */
function bucketOf({ name, limit, window_seconds, level, cost }: Policy): Bucket {
  return { key: `${level}:${name}:${window_seconds}`, limit, window_ms: window_seconds * 1000, cost };
}

/** The bucket for a call that costs more than one. */
function weighed({ name, limit, cost: own }: Policy, bucket: Bucket, call_cost: number): Bucket {
  const cost = own * call_cost;
  if (cost > limit)
    fail('cost_too_high', `The policy ${name} never admits a cost of ${cost}: its limit is ${limit}.`);
  return { ...bucket, cost };
}

function policyFigures(policy: Policy, bucket: Bucket, state: BucketState, now_ms: number): PolicyFigures {
  const { name, level, window_seconds } = policy;
  const { limit, remaining, used, exceeded, reset_at_ms, reset_after_seconds, retry_after_seconds } =
    figuresOf(bucket, state, bucket.cost, now_ms);
  // Field by field: spreading costs as much as all the rest.
  return {
    name,
    level,
    window_seconds,
    limit,
    remaining,
    used,
    exceeded,
    reset_at: new Date(reset_at_ms),
    reset_after_seconds,
    retry_after_seconds,
  };
}

/** The policy of which the least share is left, and of equals the one that recovers last; undefined for none. */
export function nearestLimit(policies: readonly PolicyFigures[]): PolicyFigures | undefined {
  const byShare = (one: PolicyFigures, other: PolicyFigures) =>
    one.remaining * other.limit - other.remaining * one.limit ||
    other.reset_at.getTime() - one.reset_at.getTime();
  return policies.toSorted(byShare)[0];
}
