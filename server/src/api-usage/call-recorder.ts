import { type Delivered, UsageRecorder } from '@tallystick/sdk/recorder';
import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { recordBatch } from './record-batch.ts';

/** A finished call to this server itself. */
export interface OwnCall {
  /** Whose call it was: the tenant of the key, whomever it acted for. */
  tenant_id: string;
  api_key_id: string;
  /** The route's pattern without the prefix of the API. */
  endpoint: string;
  method: string;
  status_code: number;
  response_time_ms: number;
  /** False for calls that nobody pays for; see UsageEvent. */
  counted: boolean;
}

/** What a call recorder works with. */
export interface CallRecorderContext {
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  newId(at: Date): string;
  /** Where calls wait that the database could not take. */
  spool_folder: string;
  log: { warn(fields: object, message: string): void };
}

/** As it waits on disk. */
interface WaitingCall extends OwnCall {
  id: string;
  occurred_at: string;
}

/** Tells our own calls from those that a host sends, whose ids are its own. */
const OWN_SOURCE = 'tallystick/server';
const BATCH_WAIT_MS = 100;
const CLOSE_DEADLINE_MS = 2000;

/**
 * Records the calls to this server, as any host records its own: nobody waits for it, and what the database cannot take
 * waits on disk. Nothing is opened before start() or the first call.
 */
export class CallRecorder {
  readonly #context: CallRecorderContext;
  #recorder: UsageRecorder<WaitingCall> | undefined;

  constructor(context: CallRecorderContext) {
    this.#context = context;
  }

  /** Takes up what an earlier process left. */
  start(): void {
    this.#recorder ??= this.#open();
  }

  /** Never throws and never waits. */
  record(call: OwnCall): void {
    this.start();
    const { clock, newId } = this.#context;
    const now = clock.now(call.tenant_id);
    this.#recorder?.record({ ...call, id: newId(now), occurred_at: now.toISOString() });
  }

  /** Resolves once all calls so far are in the database; rejects where it does not take them now. */
  async flush(): Promise<void> {
    await this.#recorder?.flush();
  }

  /** Delivers what it can in 2 s, and leaves the rest on disk. To be called before the database is closed. */
  async close(): Promise<void> {
    await this.#recorder?.close();
  }

  #open(): UsageRecorder<WaitingCall> {
    const { spool_folder, log } = this.#context;
    return new UsageRecorder<WaitingCall>({
      deliver: (calls) => this.#deliver(calls),
      spool_folder,
      batch_wait_ms: BATCH_WAIT_MS,
      close_deadline_ms: CLOSE_DEADLINE_MS,
      onTrouble: ({ kind, detail, events, cause }) =>
        log.warn({ kind, detail, events, err: cause }, 'recording API calls'),
    });
  }

  async #deliver(calls: readonly WaitingCall[]): Promise<Delivered> {
    const { db, clock, newId } = this.#context;
    const rows = calls.map(({ tenant_id, occurred_at, ...call }, index) => ({
      index,
      tenant_id,
      event: { ...call, source: OWN_SOURCE, occurred_at: new Date(occurred_at) },
    }));
    return await db.inTenant(ROOT_TENANT_ID, (tx) =>
      recordBatch(tx, { tenant_id: ROOT_TENANT_ID, clock, newId }, rows),
    );
  }
}
