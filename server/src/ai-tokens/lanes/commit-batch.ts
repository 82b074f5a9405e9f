import { type Database, DatabaseUnavailableError, runOn } from '../../db/index.ts';
import type { TokenServices } from '../context.ts';
import { type DecidedBatch, decideBatch } from './batch.ts';
import type { KnownKeys } from './known-keys.ts';
import { lookUpDraft } from './look-up.ts';
import { lockBalances, type Run } from './read-batch.ts';
import { writeDraft } from './write-draft.ts';
import type { WriteItem } from './write-item.ts';

/** What a lane works with. */
export interface LaneServices extends Pick<TokenServices, 'clock' | 'newId' | 'known_features'> {
  db: Pick<Database, 'asLane' | 'inTenant' | 'laneStatement'>;
  monotonic_ms(): number;
}

/** A batch after its commit. */
export interface CommittedBatch extends DecidedBatch {
  /** The tenants whose part was written; another writer was faster with the books of the others. */
  written: Set<string>;
  /** Set where the answer to the commit was lost: `written` was looked up, and nobody knows of the others. */
  lost?: DatabaseUnavailableError;
}

/** Runs statements as the batch writer, each in a transaction of its own. */
export function single({ db }: LaneServices): Run {
  return (statement) => db.laneStatement(statement);
}

/**
 * Writes a decided batch in one message, in which a book that has changed meanwhile drops its tenant out. What is written
 * is settled when this returns its promise: the books may be planned on further. Throws what the database says where
 * nothing was written.
 */
export function writeBatch(
  services: LaneServices,
  keys: KnownKeys,
  batch: DecidedBatch,
): Promise<CommittedBatch> {
  const { draft } = batch;
  if (draft.books.size === 0) return Promise.resolve({ ...batch, written: new Set() });
  const written = writeDraft(single(services), draft);
  return afterAnswer(
    services,
    keys,
    batch,
    written.then((tenants) => ({ ...batch, written: tenants })),
  );
}

/**
 * Decides and writes a batch whose books other writers keep changing: the balances are locked first, which costs more
 * messages and cannot be overtaken. Throws what the database says where nothing was written.
 */
export async function commitLocked(
  services: LaneServices,
  keys: KnownKeys,
  items: readonly WriteItem[],
): Promise<CommittedBatch> {
  const known = { book: () => undefined, keys, reads_keys: true, in_flight: new Set<string>() };
  const begun: { batch?: DecidedBatch } = {};
  const committed = services.db.asLane(async (tx) => {
    // A transaction that is tried again decides again.
    keys.forget(begun.batch?.draft.lane_keys ?? []);
    const run: Run = (statement) => runOn(tx, statement);
    await lockBalances(run, [...new Set(items.map((item) => item.tenant_id))]);
    const batch = await decideBatch(run, services, known, items);
    begun.batch = batch;
    const { draft } = batch;
    return { ...batch, written: draft.books.size === 0 ? new Set<string>() : await writeDraft(run, draft) };
  });
  return committed.then(
    (batch) => afterAnswer(services, keys, batch, committed),
    (error: unknown) =>
      begun.batch === undefined ? Promise.reject(error) : afterAnswer(services, keys, begun.batch, committed),
  );
}

/** The outcome of a commit; where its answer was lost, the rows themselves tell. Its keys are pending no longer. */
async function afterAnswer(
  services: LaneServices,
  keys: KnownKeys,
  batch: DecidedBatch,
  commit: Promise<CommittedBatch>,
): Promise<CommittedBatch> {
  const { lane_keys } = batch.draft;
  try {
    const committed = await answerOrLookUp(services, batch, commit);
    keys.settle(lane_keys, committed.written);
    return committed;
  } catch (error) {
    keys.forget(lane_keys);
    throw error;
  }
}

async function answerOrLookUp(
  services: LaneServices,
  batch: DecidedBatch,
  commit: Promise<CommittedBatch>,
): Promise<CommittedBatch> {
  try {
    return await commit;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError) || batch.draft.books.size === 0) throw error;
    return { ...batch, written: await lookUpDraft(single(services), batch.draft), lost: error };
  }
}
