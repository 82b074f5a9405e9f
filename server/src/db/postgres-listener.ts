import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { monotonicMs } from '../clock/index.ts';
import { CHANGE_CHANNEL, type ChangeListener, parseChange, type RemoteChanges } from './change-feed.ts';

/** How long after it was last proven to deliver a connection counts, in milliseconds. */
const PROVEN_FOR_MS = 1000;
/** Between an answer and the next question: several fit into the time above. */
const BEAT_MS = 200;
const ANSWER_DEADLINE_MS = 1000;
const CONNECT_DEADLINE_MS = 5000;
const RECONNECT_PAUSE_MS = 500;

/**
 * One connection that listens for the changes of other processes. The server sends what was committed before a question
 * came in before it answers the question, so each answer proves that everything committed until it was asked is known.
 * A connection that ended, or that does not answer, proves nothing, and a new one begins with everything forgotten. It
 * connects when somebody first asks whether it is current: a command that keeps nothing needs none.
 */
export class PostgresListener implements RemoteChanges {
  readonly #database_url: string;
  readonly #tell: ChangeListener;
  readonly #closing = new AbortController();
  readonly #closed = once(this.#closing.signal, 'abort');
  #running: Promise<void> | undefined;
  /** When the last question that was answered was asked. */
  #proven_at_ms = Number.NEGATIVE_INFINITY;

  constructor(database_url: string, tell: ChangeListener) {
    this.#database_url = database_url;
    this.#tell = tell;
  }

  isCurrent(now_ms: number): boolean {
    if (this.#running === undefined && !this.#closing.signal.aborted) this.#running = this.#run();
    return now_ms - this.#proven_at_ms < PROVEN_FOR_MS;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#listen();
      } catch {
        // The server is away, or cut us off; who asks for rows meanwhile reads them, and says what is the matter.
      }
      this.#loseTrack();
      await this.#pause(RECONNECT_PAUSE_MS);
    }
  }

  /** Returns, or throws, when the connection is of no use any more. */
  async #listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#database_url,
      connectionTimeoutMillis: CONNECT_DEADLINE_MS,
      query_timeout: ANSWER_DEADLINE_MS,
      keepAlive: true,
    });
    let ended = false;
    client.once('end', () => {
      ended = true;
      this.#loseTrack();
    });
    const connected = client.connect();
    client.on('error', () => this.#loseTrack());
    client.on('notification', ({ payload }) => this.#tell(parseChange(payload ?? '')));
    try {
      await Promise.race([connected, this.#closed]);
      if (this.#closing.signal.aborted) return;
      await client.query(`listen ${CHANGE_CHANNEL}`);
      while (!ended && !this.#closing.signal.aborted) {
        const asked_at_ms = monotonicMs();
        await client.query('select 1');
        this.#proven_at_ms = asked_at_ms;
        await this.#pause(BEAT_MS);
      }
    } finally {
      // With a question open it cuts the connection; one that is still being made ends when it is there.
      client.end().catch(() => undefined);
      connected.catch(() => undefined);
    }
  }

  #loseTrack(): void {
    this.#proven_at_ms = Number.NEGATIVE_INFINITY;
    this.#tell(undefined);
  }

  async #pause(pause_ms: number): Promise<void> {
    await wait(pause_ms, undefined, { ref: false, signal: this.#closing.signal }).catch(() => undefined);
  }
}
