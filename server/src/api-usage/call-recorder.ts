import { type Delivered, type UsageEvent as SentEvent, UsageRecorder } from '@tallystick/sdk/recorder';
import type { Clock } from '../clock/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import type { UsageWriter } from './usage-writer.ts';

/** A finished call to this server itself: its tenant is that of the key, whomever it acted for. */
export interface OwnCall extends SentEvent {
  tenant_id: string;
  api_key_id: string;
  /** False for calls that nobody pays for; see UsageEvent. */
  counted: boolean;
}

/** What a call recorder works with. */
export interface CallRecorderContext {
  writer: Pick<UsageWriter, 'record'>;
  clock: Clock;
  /** Where calls wait that the database could not take. */
  spool_folder: string;
  log: { warn(fields: object, message: string): void };
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
  #recorder: UsageRecorder<OwnCall> | undefined;

  constructor(context: CallRecorderContext) {
    this.#context = context;
  }

  /** Takes up what an earlier process left. */
  start(): void {
    this.#recorder ??= this.#open();
  }

  /** Never throws and never waits. Whatever time the call has, it happened now, by its tenant's clock. */
  record(call: OwnCall): void {
    this.start();
    const occurred_at = this.#context.clock.now(call.tenant_id).toISOString();
    this.#recorder?.record({ ...call, occurred_at });
  }

  /** Resolves once all calls so far are in the database; rejects where it does not take them now. */
  async flush(): Promise<void> {
    await this.#recorder?.flush();
  }

  /** Delivers what it can in 2 s, and leaves the rest on disk. To be called before the database is closed. */
  async close(): Promise<void> {
    await this.#recorder?.close();
  }

  #open(): UsageRecorder<OwnCall> {
    const { spool_folder, log } = this.#context;
    return new UsageRecorder<OwnCall>({
      deliver: (calls) => this.#deliver(calls),
      spool_folder,
      batch_wait_ms: BATCH_WAIT_MS,
      close_deadline_ms: CLOSE_DEADLINE_MS,
      onTrouble: ({ kind, detail, events, cause }) =>
        log.warn({ kind, detail, events, err: cause }, 'recording API calls'),
    });
  }

  async #deliver(calls: readonly OwnCall[]): Promise<Delivered> {
    const rows = calls.map(({ tenant_id, occurred_at, ...call }, index) => ({
      index,
      tenant_id,
      event: { ...call, source: OWN_SOURCE, occurred_at: new Date(occurred_at) },
    }));
    return await this.#context.writer.record(ROOT_TENANT_ID, rows);
  }
}
