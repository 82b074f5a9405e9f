import { type Database, DatabaseUnavailableError } from '../../db/index.ts';
import type { TokenServices } from '../context.ts';
import { type DecidedBatch, decideBatch } from './batch.ts';
import type { KnownBook } from './book-cache.ts';
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

/**
 * Decides a batch and writes it: two messages, one to read and one to write, in which a book that has changed meanwhile
 * drops its tenant out; for a lone write one message, after which a key that was known all the same is found. `locked` is for books that other writers keep changing: then the balances are locked first, which
 * costs more messages and cannot be overtaken. Throws what the database says where nothing was written.
 */
export async function commitBatch(
  services: LaneServices,
  cached: (tenant_id: string) => KnownBook | undefined,
  items: readonly WriteItem[],
  locked: boolean,
): Promise<CommittedBatch> {
  const { db } = services;
  const single: Run = (statement) => db.laneStatement(statement);
  const begun: { batch?: DecidedBatch } = {};
  const decideAndWrite = async (run: Run, known: typeof cached): Promise<CommittedBatch> => {
    const batch = await decideBatch(run, services, known, items);
    begun.batch = batch;
    const { draft, unread } = batch;
    const written = draft.books.size === 0 ? new Set<string>() : await writeDraft(run, draft, unread);
    return { ...batch, written };
  };
  try {
    if (!locked) return await decideAndWrite(single, cached);
    return await db.asLane(async (tx) => {
      const run: Run = async (statement) => (await statement.execute(tx)).rows;
      await lockBalances(run, [...new Set(items.map((item) => item.tenant_id))]);
      return decideAndWrite(run, () => undefined);
    });
  } catch (error) {
    const { batch } = begun;
    if (!(error instanceof DatabaseUnavailableError) || batch === undefined) throw error;
    if (batch.draft.books.size === 0) throw error;
    return { ...batch, written: await lookUpDraft(single, batch.draft), lost: error };
  }
}
