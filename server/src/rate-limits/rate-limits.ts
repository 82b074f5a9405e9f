import type { Clock } from '../clock/index.ts';
import { type Change, type Database, KeptRows } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { type BucketState, type Figures, figuresOf } from './gcra.ts';
import { type Bucket, type LimitStore, LimitStoreUnavailableError, type Taken } from './limit-store.ts';
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
export interface PolicyFigures extends Figures {
  name: string;
  level: PolicyLevel;
  window_seconds: number;
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

/** The policies of a call, and in the same order the bucket of each. */
interface Asked {
  policies: readonly Policy[];
  buckets: readonly Bucket[];
  /** The most that a call may cost for every policy to be able to admit it. */
  cost_max: number;
}

/** What limits a tenant, with what was resolved from it so far: by key, then by endpoint. */
interface TenantPolicies {
  sources: PolicySources;
  resolved: Map<string, Map<string, Asked>>;
  subjects: number;
  /** What was asked last: most tenants call with one key, and what is found first is not looked for. */
  last: { api_key_id: string; endpoint: string; asked: Asked } | undefined;
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
  readonly #tenants: KeptRows<TenantPolicies>;

  constructor({ db, clock, monotonic_ms, shared }: RateLimitsParts) {
    this.#clock = clock;
    this.#store = shared ?? this.#local;
    this.#tenants = new KeptRows({
      changes: db.changes,
      now_ms: monotonic_ms,
      rows_max: TENANTS_MAX,
      read: async (tenant_id) => ({
        sources: await db.inTenant(tenant_id, (tx) => readSources(tx, tenant_id)),
        resolved: new Map(),
        subjects: 0,
        last: undefined,
      }),
      topics: ['tenants', 'rate_limit_policies'],
      concerns: isAbout,
    });
  }

  /**
   * Counts a call against every policy that holds for it, or against none where one of them does not admit it. After a
   * peek that the store did not answer (`store_away`) it is not asked again: a call waits for it once. It answers at once
   * where the policies are known and counted in this process. Fails with `cost_too_high` where a policy could never admit
   * it, and with what a database that is away throws.
   */
  take(
    subject: LimitSubject,
    { store_away }: Pick<LimitAnswer, 'store_away'> = {},
  ): LimitAnswer | Promise<LimitAnswer> {
    return this.#ask(subject, 'take', store_away === true);
  }

  /** The answer that take() would give now, without counting anything. */
  peek(subject: LimitSubject): LimitAnswer | Promise<LimitAnswer> {
    return this.#ask(subject, 'peek', false);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #ask(subject: LimitSubject, how: 'take' | 'peek', store_away: boolean): LimitAnswer | Promise<LimitAnswer> {
    const policies = this.#tenants.get(subject.tenant_id);
    return policies instanceof Promise
      ? policies.then((read) => this.#decide(read, subject, how, store_away))
      : this.#decide(policies, subject, how, store_away);
  }

  #decide(
    policies: TenantPolicies,
    subject: LimitSubject,
    how: 'take' | 'peek',
    store_away: boolean,
  ): LimitAnswer | Promise<LimitAnswer> {
    const { tenant_id, cost = 1 } = subject;
    const asked = resolve(policies, subject);
    if (asked.policies.length === 0) return { outcome: 'allowed', policies: [] };
    if (cost > asked.cost_max) refuseCost(asked, cost);
    const now_ms = this.#clock.now(tenant_id).getTime();
    if (store_away) return decideLocally(this.#local, how, tenant_id, asked, cost, now_ms);
    const taken = this.#store[how](tenant_id, asked.buckets, now_ms, cost);
    if (!(taken instanceof Promise)) return answerOf(asked, taken, cost, now_ms);
    return taken.then(
      (states) => answerOf(asked, states, cost, now_ms),
      (error) => {
        if (!(error instanceof LimitStoreUnavailableError)) throw error;
        return decideLocally(this.#local, how, tenant_id, asked, cost, now_ms);
      },
    );
  }
}

/** Another tier brings another limit, and the root's policies are everybody's. */
function isAbout({ topic, tenant_id }: Change, _policies: TenantPolicies, kept_id: string): boolean {
  return tenant_id === kept_id || (topic === 'rate_limit_policies' && tenant_id === ROOT_TENANT_ID);
}

/** By maps of known strings, because making one string of both costs more than both look-ups. */
function resolve(tenant: TenantPolicies, { api_key_id = '', endpoint = '' }: LimitSubject): Asked {
  const { last } = tenant;
  if (last !== undefined && last.api_key_id === api_key_id && last.endpoint === endpoint) return last.asked;
  let of_key = tenant.resolved.get(api_key_id);
  let asked = of_key?.get(endpoint);
  if (asked === undefined) {
    asked = askedOf(resolvePolicies(tenant.sources, { api_key_id, endpoint }));
    if (tenant.subjects >= SUBJECTS_MAX) return asked;
    tenant.subjects += 1;
    of_key ??= new Map();
    tenant.resolved.set(api_key_id, of_key.set(endpoint, asked));
  }
  tenant.last = { api_key_id, endpoint, asked };
  return asked;
}

function askedOf(policies: readonly Policy[]): Asked {
  const cost_max = Math.min(...policies.map(({ limit, cost }) => Math.floor(limit / cost)));
  return { policies, buckets: policies.map(bucketOf), cost_max };
}

function refuseCost({ policies }: Asked, call_cost: number): never {
  const {
    name = '',
    limit = 0,
    cost = 0,
  } = policies.find((policy) => policy.cost * call_cost > policy.limit) ?? {};
  return fail(
    'cost_too_high',
    `The policy ${name} never admits a cost of ${cost * call_cost}: its limit is ${limit}.`,
  );
}

/** What each policy wants while the shared store is away. */
function decideLocally(
  store: MemoryLimitStore,
  how: 'take' | 'peek',
  tenant_id: string,
  asked: Asked,
  cost: number,
  now_ms: number,
): LimitAnswer {
  if (asked.policies.some(({ on_store_failure }) => on_store_failure === 'closed')) {
    const retry_after_seconds = UNAVAILABLE_RETRY_SECONDS;
    return { outcome: 'unavailable', policies: [], retry_after_seconds, store_away: true };
  }
  const local = askedOf(asked.policies.filter(({ on_store_failure }) => on_store_failure === 'local'));
  const taken = store[how](tenant_id, local.buckets, now_ms, cost);
  return { ...answerOf(local, taken, cost, now_ms), store_away: true };
}

function answerOf({ policies, buckets }: Asked, taken: Taken, cost: number, now_ms: number): LimitAnswer {
  const figures: PolicyFigures[] = [];
  let retry_after_seconds = 0;
  // By index: iterators would cost as much as what is done here.
  for (let index = 0; index < policies.length; index += 1) {
    const of_policy = policyFigures(
      policies[index] as Policy,
      buckets[index] as Bucket,
      taken.states[index] as BucketState,
      cost,
      now_ms,
    );
    figures.push(of_policy);
    retry_after_seconds = Math.max(retry_after_seconds, of_policy.retry_after_seconds);
  }
  if (taken.admitted) return { outcome: 'allowed', policies: figures };
  return { outcome: 'limited', policies: figures, retry_after_seconds };
}

/** A window of another length is another bucket: what is in it is counted in units of its window. */
function bucketOf({ name, limit, window_seconds, level, cost }: Policy): Bucket {
  return { key: `${level}:${name}:${window_seconds}`, limit, window_ms: window_seconds * 1000, cost };
}

function policyFigures(
  policy: Policy,
  bucket: Bucket,
  state: BucketState,
  cost: number,
  now_ms: number,
): PolicyFigures {
  const { name, level, window_seconds } = policy;
  const { limit, remaining, used, exceeded, reset_at_ms, reset_after_seconds, retry_after_seconds } =
    figuresOf(bucket, state, bucket.cost * cost, now_ms);
  // Field by field: spreading costs as much as all the rest.
  return {
    name,
    level,
    window_seconds,
    limit,
    remaining,
    used,
    exceeded,
    reset_at_ms,
    reset_after_seconds,
    retry_after_seconds,
  };
}

/** The policy of which the least share is left, and of equals the one that recovers last; undefined for none. */
export function nearestLimit(policies: readonly PolicyFigures[]): PolicyFigures | undefined {
  const byShare = (one: PolicyFigures, other: PolicyFigures) =>
    one.remaining * other.limit - other.remaining * one.limit || other.reset_at_ms - one.reset_at_ms;
  return policies.toSorted(byShare)[0];
}
