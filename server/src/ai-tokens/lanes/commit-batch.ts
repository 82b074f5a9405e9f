import { type Database, DatabaseUnavailableError } from '../../db/index.ts';
import type { TokenServices } from '../context.ts';
import { type DecidedBatch, decideBatch } from './batch.ts';
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
export function writeBatch(services: LaneServices, batch: DecidedBatch): Promise<CommittedBatch> {
  const { draft, unread } = batch;
  if (draft.books.size === 0) return Promise.resolve({ ...batch, written: new Set() });
  const written = writeDraft(single(services), draft, unread);
  return afterAnswer(
    services,
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
  items: readonly WriteItem[],
): Promise<CommittedBatch> {
  const begun: { batch?: DecidedBatch } = {};
  const committed = services.db.asLane(async (tx) => {
    const run: Run = async (statement) => (await statement.execute(tx)).rows;
    await lockBalances(run, [...new Set(items.map((item) => item.tenant_id))]);
    const batch = await decideBatch(run, services, NOTHING_KNOWN, items);
    begun.batch = batch;
    const { draft } = batch;
    return { ...batch, written: draft.books.size === 0 ? new Set<string>() : await writeDraft(run, draft) };
  });
  return committed.catch((error: unknown) =>
    begun.batch === undefined
      ? Promise.reject(error)
      : afterAnswer(services, begun.batch, Promise.reject(error)),
  );
}

const NOTHING_KNOWN = { book: () => undefined, in_flight: new Set<string>() };

/** The outcome of a commit; where its answer was lost, the rows themselves tell. */
async function afterAnswer(
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
