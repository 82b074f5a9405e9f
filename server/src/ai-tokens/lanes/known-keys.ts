import type { KeyName } from '../../request-keys/index.ts';
import type { StoredKey } from './read-batch.ts';

/** What is stored under a key, as far as a write is decided by it. */
export type KnownKey = Pick<StoredKey, 'body_hash' | 'status_code' | 'ref_id' | 'expires_at'>;

/** A key that a lane has written, or is about to. */
export interface LaneKey extends KnownKey {
  name: string;
  tenant_id: string;
  /** Whether it is in a batch that is not committed yet. */
  pending: boolean;
}

/** How many keys a lane remembers, once it has seen as many: up to twice that, some 10 MB. Far more than are pending. */
const KEYS_KEPT = 16_384;

/** For how many batches a lane reads keys, after one was stored that it took to be new. */
const DOUBTED_BATCHES = 32;

/**
 * What one lane knows of keys. Nearly all are new, and a repeat most often follows soon: so a batch takes a key that is
 * not remembered to be new and reads nothing, and the table's primary key refuses the batch where it is not. A refused
 * batch costs five times what reading its keys does, so for some batches after it they are read first, and that goes on
 * while such keys keep being found.
 */
export class KnownKeys {
  readonly #kept: number;
  /** Two generations in place of an order: the older one goes when the younger one is full. */
  #young = new Map<string, LaneKey>();
  #old = new Map<string, LaneKey>();
  #doubted = 0;

  constructor(kept = KEYS_KEPT) {
    this.#kept = kept;
  }

  get(name: string): LaneKey | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  keep(key: LaneKey): void {
    if (this.#young.size === this.#kept) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key.name, key);
  }

  /** Takes pending keys for stored where their tenant's part of the batch was written, and forgets the others. */
  settle(keys: readonly LaneKey[], written: ReadonlySet<string>): void {
    for (const key of keys) {
      if (written.has(key.tenant_id)) key.pending = false;
      else this.#forget(key.name);
    }
  }

  /** Forgets pending keys of a batch of which nothing was written. */
  forget(keys: readonly LaneKey[]): void {
    for (const { name } of keys) this.#forget(name);
  }

  #forget(name: string): void {
    this.#young.delete(name);
    this.#old.delete(name);
  }

  /** Whether the next batch is to read all of its keys; asked once for each batch. */
  readsNext(): boolean {
    if (this.#doubted === 0) return false;
    this.#doubted -= 1;
    return true;
  }

  /** Keys were read; one that is not remembered makes the lane doubt others. */
  heard(keys: readonly StoredKey[]): void {
    if (keys.some((key) => this.get(nameOfKey(key)) === undefined)) this.doubt();
  }

  /** A key was stored that is not remembered. */
  doubt(): void {
    this.#doubted = DOUBTED_BATCHES;
  }
}

/** A key as one string; a namespace has no line breaks. */
export function nameOfKey({ tenant_id, namespace, key }: KeyName): string {
  return `${tenant_id}\n${namespace}\n${key}`;
}
