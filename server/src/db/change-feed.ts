import { sql } from 'kysely';
import { monotonicMs } from '../clock/index.ts';
import type { Tx } from './transactions.ts';

/** The tables whose rows processes keep in memory for a while. */
const CHANGE_TOPICS = [
  'api_keys',
  'auto_top_ups',
  'auto_top_ups_paid',
  'billing_periods',
  'feature_usage',
  'rate_limit_policies',
  'spend_caps',
  'tenants',
] as const;

/** Rows of one tenant that a transaction changed. */
export interface Change {
  topic: (typeof CHANGE_TOPICS)[number];
  tenant_id: string;
}

/** By which processes on one PostgreSQL tell each other. */
export const CHANGE_CHANNEL = 'tallystick_changes';

/** What each transaction said; it goes with the transaction. */
const published = new WeakMap<Tx, Change[]>();

/**
 * Says within a transaction what it changes. This process is told as soon as the transaction has ended, before its caller
 * goes on, and others with its commit; a rollback tells nobody else.
 */
export async function publishChange(tx: Tx, change: Change): Promise<void> {
  const before = published.get(tx);
  if (before === undefined) published.set(tx, [change]);
  else before.push(change);
  const { topic, tenant_id } = change;
  await sql`select pg_notify(${CHANGE_CHANNEL}, ${`${topic} ${tenant_id}`})`.execute(tx);
}

/** What a message of the channel says; undefined where it says nothing that we know. */
export function parseChange(message: string): Change | undefined {
  const [name, tenant_id = ''] = message.split(' ');
  const topic = CHANGE_TOPICS.find((known) => known === name);
  return topic === undefined ? undefined : { topic, tenant_id };
}

/** Told what changed, or, by undefined, that anything may have. It does not throw. */
export type ChangeListener = (change: Change | undefined) => void;

/** What of the rows that are kept in memory has changed in the database. */
export interface ChangeFeed {
  /**
   * How long a row is used without being read again, in milliseconds. The feed tells of every change that this program
   * makes; this is the second lock, for what somebody changes by hand in SQL.
   */
  readonly kept_ms: number;
  subscribe(listener: ChangeListener): void;
  /**
   * Whether every change that was answered for a second ago, wherever it was made, has been told here. While it is false
   * nothing that is kept may be used. `now_ms` is monotonicMs().
   */
  isCurrent(now_ms: number): boolean;
}

/** Of a server that others may write to. */
const SHARED_KEPT_MS = 10_000;
/** Of the embedded database, which nobody else can open, and whose one connection has better things to do. */
const ALONE_KEPT_MS = 300_000;

/** What brings the changes that other processes make. */
export interface RemoteChanges {
  isCurrent(now_ms: number): boolean;
  close(): Promise<void>;
}

/** Tells this process of its own changes, and with `listen` of those of others. */
export class LocalChangeFeed implements ChangeFeed {
  readonly #listeners: ChangeListener[] = [];
  readonly #remote: RemoteChanges | undefined;

  /** Without `listen` no other process changes anything, as with the embedded database. */
  constructor(listen?: (tell: ChangeListener) => RemoteChanges) {
    this.#remote = listen?.((change) => this.#tell(change));
  }

  get kept_ms(): number {
    return this.#remote === undefined ? ALONE_KEPT_MS : SHARED_KEPT_MS;
  }

  subscribe(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  isCurrent(now_ms: number = monotonicMs()): boolean {
    return this.#remote === undefined || this.#remote.isCurrent(now_ms);
  }

  /** To be called when a transaction has ended, whichever way: after a commit without an answer nobody knows which. */
  ended(tx: Tx): void {
    for (const change of published.get(tx) ?? []) this.#tell(change);
  }

  async close(): Promise<void> {
    await this.#remote?.close();
  }

  #tell(change: Change | undefined): void {
    for (const listener of this.#listeners) listener(change);
  }
}
