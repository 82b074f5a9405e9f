import { type BookContext, bookContext, type TokenServices } from '../context.ts';
import { headerClaim, requestClaim } from '../token-write.ts';
import type { KnownBook } from './book-cache.ts';
import { decide, nameOfHold, type Outcome } from './decide.ts';
import { Draft } from './draft.ts';
import { type KnownKeys, nameOfKey } from './known-keys.ts';
import { type RowName, type Run, readBooks, readHolds, readKeys } from './read-batch.ts';
import type { WriteItem } from './write-item.ts';

/** A write with what was decided about it. */
export interface DecidedItem {
  item: WriteItem;
  outcome: Outcome;
  /** Whether its keys were looked up, and not taken to be new because they are not remembered. */
  keys_read: boolean;
}

type DecidingServices = Pick<TokenServices, 'clock' | 'newId' | 'known_features'>;

/** A batch as it was decided; nothing of it is written yet. */
export interface DecidedBatch {
  decided: DecidedItem[];
  /** What is to be written. */
  draft: Draft;
  /** The books of the batch's tenants, with what the draft changes in them. */
  books: Map<string, KnownBook>;
  /** Names of the holds that the draft writes. */
  holds: ReadonlySet<string>;
}

/** What a lane knows without reading. */
export interface KnownBefore {
  /** Hands out the book of a tenant, if it is remembered. */
  book(tenant_id: string): KnownBook | undefined;
  /** The keys that the lane remembers. */
  keys: KnownKeys;
  /** Whether all keys are to be read. */
  reads_keys: boolean;
  /** Names of holds that a batch writes just now: what is read does not show them yet. */
  in_flight: ReadonlySet<string>;
}

/**
 * Reads what a batch needs to know and decides its writes in their order. What is known before is not read: of uses and
 * holds on known books that is everything, and then one message writes them.
 */
export async function decideBatch(
  run: Run,
  services: DecidingServices,
  before: KnownBefore,
  items: readonly WriteItem[],
): Promise<DecidedBatch> {
  const asked = askedBy(services, items);
  const unknown = asked.flatMap(({ item, claims }) => (before.reads_keys || item.reads_keys ? claims : []));
  const holds_named = items.flatMap(holdOf);
  const { books, missing } = booksFrom(before, items);
  const [keys, holds, read_books] = await Promise.all([
    readKeys(run, unknown),
    readHolds(run, holds_named),
    readBooks(run, missing),
  ]);
  for (const known of read_books) books.set(known.book.tenant_id, known);
  before.keys.heard(keys);
  const draft = new Draft();
  const known = {
    kept_keys: before.keys,
    read_keys: new Map(keys.map((key) => [nameOfKey(key), key])),
    holds: new Map(holds.map((hold) => [nameOfHold(hold.tenant_id, hold.hold_id), hold])),
    draft,
    drafted: new Set<string>(),
    in_flight: before.in_flight,
  };
  try {
    const decided = asked.map(({ item, context, claims }) => ({
      item,
      outcome: decide(context, item.write, claims, books.get(item.tenant_id), known),
      keys_read: before.reads_keys || item.reads_keys || claims.length === 0,
    }));
    return { decided, draft, books, holds: known.drafted };
  } catch (error) {
    before.keys.forget(draft.lane_keys);
    throw error;
  }
}

/** The items with their keys, at one time for each tenant: their order is that in which they came. */
function askedBy(services: DecidingServices, items: readonly WriteItem[]) {
  const contexts = new Map<string, BookContext>();
  return items.map((item) => {
    const { tenant_id, write, header } = item;
    const context = contexts.get(tenant_id) ?? bookContext(services, tenant_id);
    contexts.set(tenant_id, context);
    const { now } = context;
    const both = [headerClaim(tenant_id, header, now), requestClaim(tenant_id, write, now)];
    return { item, context, claims: both.filter((claim) => claim !== undefined) };
  });
}

/** The hold that an item ends, if it ends one. */
function holdOf({ tenant_id, write }: WriteItem): RowName[] {
  return write.kind === 'settle' || write.kind === 'release' ? [{ tenant_id, id: write.hold_id }] : [];
}

/** The books of the items' tenants that are known, and the tenants whose books are not. */
function booksFrom(
  before: KnownBefore,
  items: readonly WriteItem[],
): { books: Map<string, KnownBook>; missing: string[] } {
  const books = new Map<string, KnownBook>();
  const missing: string[] = [];
  for (const tenant_id of new Set(items.map((item) => item.tenant_id))) {
    const known = before.book(tenant_id);
    if (known === undefined) missing.push(tenant_id);
    else books.set(tenant_id, known);
  }
  return { books, missing };
}
