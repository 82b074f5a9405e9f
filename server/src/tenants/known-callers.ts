import type { Clock } from '../clock/index.ts';
import { type Database, KeptRows } from '../db/index.ts';
import { hashTextOfApiKey } from '../id/index.ts';
import { isOver } from './api-key.ts';
import {
  type Caller,
  isMistyped,
  isUseDue,
  type KeyCaller,
  markUsed,
  readKey,
  type UsableKey,
} from './authenticate.ts';
import { findTenant, type Tenant } from './store.ts';

/** Some 10 MB at most. */
const KEYS_MAX = 20_000;
const TENANTS_MAX = 20_000;
/** Uses that wait to be noted; beyond that they are not, and the next use of the key tries again in a minute. */
const NOTES_MAX = 1000;

type SeenTenant = Pick<Tenant, 'tenant_id' | 'parent_tenant_id'>;

/** What KnownCallers is made of. */
export interface KnownCallersParts {
  db: Pick<Database, 'inTenant' | 'withoutTenant' | 'changes'>;
  clock: Clock;
  /** Monotonic milliseconds, for what is kept. */
  monotonic_ms: () => number;
}

/**
 * Who calls, without asking the database twice: keys and tenants as they were read, until the database tells of a change.
 * Keys are kept by their hash, because a secret has no business in memory for longer than its request. What is kept is
 * rows and no verdicts: whether a key is over is asked of the tenant's clock at every use.
 */
export class KnownCallers {
  readonly #db: KnownCallersParts['db'];
  readonly #clock: Clock;
  readonly #keys: KeptRows<UsableKey | undefined>;
  readonly #tenants: KeptRows<SeenTenant | undefined>;
  #notes_waiting = 0;
  #last_note: Promise<void> = Promise.resolve();

  constructor({ db, clock, monotonic_ms }: KnownCallersParts) {
    this.#db = db;
    this.#clock = clock;
    const kept = { changes: db.changes, now_ms: monotonic_ms };
    this.#keys = new KeptRows({
      ...kept,
      rows_max: KEYS_MAX,
      read: (key_hash) => readKey(db, clock, Buffer.from(key_hash, 'latin1')),
      topics: ['api_keys'],
      concerns: ({ tenant_id }, { caller }) => caller.tenant_id === tenant_id,
    });
    this.#tenants = new KeptRows({
      ...kept,
      rows_max: TENANTS_MAX,
      read: (key) => readSeenTenant(db, key),
      topics: ['tenants'],
      concerns: ({ tenant_id }, row) => row.tenant_id === tenant_id,
    });
  }

  /** The caller of a key, undefined where the key is mistyped, unknown, expired, revoked or rotated away. */
  authenticate(api_key: string): KeyCaller | undefined | Promise<KeyCaller | undefined> {
    const key_hash = hashTextOfApiKey(api_key);
    const known = this.#keys.known(key_hash);
    if (known !== undefined) return this.#callerOf(known);
    // After the look-up in memory, because the keys that are known are none of these.
    if (isMistyped(api_key)) return undefined;
    const key = this.#keys.get(key_hash);
    return key instanceof Promise ? key.then((read) => this.#callerOf(read)) : this.#callerOf(key);
  }

  /** Whether a caller may act for a tenant: its own, one it sells to, or for operators any that exists. */
  resolveTenant(
    caller: Pick<Caller, 'tenant_id' | 'operator'>,
    tenant_id: string,
  ): boolean | Promise<boolean> {
    const seen_by = caller.operator ? tenant_id : caller.tenant_id;
    const mayAct = (tenant?: SeenTenant) =>
      tenant !== undefined && (tenant_id === seen_by || tenant.parent_tenant_id === seen_by);
    const known = this.#tenants.get(`${seen_by} ${tenant_id}`);
    return known instanceof Promise ? known.then(mayAct) : mayAct(known);
  }

  #callerOf(key: UsableKey | undefined): KeyCaller | undefined {
    if (key === undefined) return undefined;
    const now = this.#clock.now(key.caller.tenant_id);
    if (isOver(key.ends_at, now)) return undefined;
    if (isUseDue(key.last_used_at, now)) this.#noteUse(key, now);
    return key.caller;
  }

  /** One after the other, so that they take one connection of those that requests need. */
  #noteUse(key: UsableKey, now: Date): void {
    key.last_used_at = now;
    if (this.#notes_waiting >= NOTES_MAX) return;
    this.#notes_waiting += 1;
    const { tenant_id } = key.caller;
    this.#last_note = this.#last_note
      .then(() => this.#db.inTenant(tenant_id, (tx) => markUsed(tx, key.caller, now)))
      // Nobody misses it: the key works all the same, and is noted with a later use.
      .catch(() => undefined)
      .finally(() => {
        this.#notes_waiting -= 1;
      });
  }
}

/** `key` is who looks and for whom, as row security lets the one see the other. */
async function readSeenTenant(db: Pick<Database, 'inTenant'>, key: string): Promise<SeenTenant | undefined> {
  const [seen_by = '', tenant_id = ''] = key.split(' ');
  return db.inTenant(seen_by, (tx) => findTenant(tx, tenant_id));
}
