import { join } from 'node:path';
import { APP_ROLES, type Engine, type Role, type SqlConnection } from './engine.ts';
import { DatabaseUnavailableError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { CLUSTER_FOLDER, makeCluster } from './pglite-cluster.ts';
import { Housekeeping } from './pglite-housekeeping.ts';
import { COUNTER } from './pglite-protocol.ts';
import { PgliteRemote } from './pglite-remote.ts';
import { withDeadline } from './with-deadline.ts';

/** PGlite's only login, a superuser; initdb makes it. */
const OWNER = 'postgres';
const PING_DEADLINE_MS = 5_000;
const CLOSE_DEADLINE_MS = 30_000;

/** How long things may take before the engine gives up on them, in milliseconds. */
export interface PgliteDeadlines {
  /** One statement of a request or a job; PGlite has no statement_timeout of its own. */
  readonly statement_ms: number;
  /** One statement of the owner: a migration, an import. */
  readonly owner_statement_ms: number;
  /** Between two statements of a transaction: whoever waits for something else holds up everybody. */
  readonly idle_ms: number;
}

const DEADLINES: PgliteDeadlines = { statement_ms: 60_000, owner_statement_ms: 1_800_000, idle_ms: 60_000 };

/** The embedded database: one folder, one thread, one connection that transactions take in turn. */
export class PgliteEngine implements Engine {
  readonly kind = 'pglite';
  readonly #folder: string;
  readonly #deadlines: PgliteDeadlines;
  readonly #unlock: () => void;
  readonly #shared = new SharedArrayBuffer(8);
  readonly #counters = new Int32Array(this.#shared);
  readonly #housekeeping = new Housekeeping(
    () => Atomics.load(this.#counters, COUNTER.wal_kibibytes),
    (use) => this.#asSuperuser(use),
  );
  #last_turn: Promise<void> = Promise.resolve();
  #remote: PgliteRemote | undefined;
  #starting: Promise<PgliteRemote> | undefined;
  #in_service = false;
  #closed = false;

  private constructor(folder: string, deadlines: PgliteDeadlines, unlock: () => void) {
    this.#folder = folder;
    this.#deadlines = deadlines;
    this.#unlock = unlock;
  }

  /** Locks the folder, makes a cluster in it if there is none, and starts PGlite. */
  static async open(folder: string, deadlines: Partial<PgliteDeadlines> = {}): Promise<PgliteEngine> {
    const unlock = lockFolder(folder);
    try {
      await makeCluster(folder);
      const engine = new PgliteEngine(folder, { ...DEADLINES, ...deadlines }, unlock);
      await engine.#living();
      return engine;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** How often the worker has flushed to disk since this engine was opened; wraps at 2^31. */
  get flushes(): number {
    return Atomics.load(this.#counters, COUNTER.flushes);
  }

  /** After migrating: from here on a transaction runs as tallystick_app unless it says otherwise. */
  async enterService(): Promise<void> {
    await this.#inTurn(async () => {
      this.#in_service = true;
      await this.#become(await this.#living());
    });
  }

  becomeRole(role: Role): string {
    if (role === 'app') {
      return '';
    }
    return `set local session authorization ${role === 'owner' ? OWNER : APP_ROLES[role]}`;
  }

  async lend<T>(role: Role, use: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const result = await this.#inTurn(async () => {
      const statement_ms =
        role === 'owner' ? this.#deadlines.owner_statement_ms : this.#deadlines.statement_ms;
      const turn = new Turn(await this.#living(), statement_ms, this.#deadlines.idle_ms);
      return await turn.run(use);
    });
    this.#keepHouse();
    return result;
  }

  single: Engine['single'] = async (role, statement, parameters) => {
    const result = await this.#inTurn(async () => {
      const remote = await this.#living();
      return await remote.single(this.becomeRole(role), statement, parameters, this.#deadlines.statement_ms);
    });
    this.#keepHouse();
    return result;
  };

  /**
   * Lets `copy` read the cluster's folder while nothing changes in it: one turn, all buffers written out.
   * Transactions wait meanwhile.
   */
  async whileStill<T>(copy: (cluster: string) => Promise<T>): Promise<T> {
    return await this.#asSuperuser(async (connection) => {
      await connection.exec('checkpoint');
      return await copy(join(this.#folder, CLUSTER_FOLDER));
    });
  }

  /** Runs `work` while nobody else uses the database, first come, first served. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new DatabaseUnavailableError('it was closed');
    }
    const previous = this.#last_turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last_turn = promise;
    await previous;
    try {
      return await work();
    } finally {
      resolve();
    }
  }

  async ping(): Promise<void> {
    await withDeadline(
      this.#living().then((remote) => remote.ping()),
      PING_DEADLINE_MS,
      () => new DatabaseUnavailableError(`no answer within ${PING_DEADLINE_MS} ms`),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    const closing = this.#inTurn(async () => {
      if (this.#remote?.alive) {
        // What does not shut down in order is ended: the write-ahead log has all that was acknowledged.
        await this.#remote
          .close(CLOSE_DEADLINE_MS)
          .catch(() => this.#remote?.terminate('it did not shut down'));
      }
    });
    this.#closed = true;
    await closing;
    this.#unlock();
  }

  #keepHouse(): void {
    if (this.#housekeeping.isDue() && !this.#closed) {
      // A failed checkpoint or vacuum is tried again when more was written; the next transaction tells of trouble.
      this.#housekeeping.run().catch(() => undefined);
    }
  }

  /** A turn as the superuser, without a transaction. */
  async #asSuperuser<T>(use: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return await this.#inTurn(async () => {
      const remote = await this.#living();
      try {
        await remote.exec(`set session authorization ${OWNER}`, this.#deadlines.statement_ms);
        // A copy of the folder takes as long as it takes, with nothing said to PGlite meanwhile.
        const unhurried_ms = this.#deadlines.owner_statement_ms;
        return await new Turn(remote, unhurried_ms, unhurried_ms).run(use);
      } finally {
        // A session left as superuser would pass every policy: better none at all.
        await this.#become(remote).catch(() => remote.terminate('the session could not leave the superuser'));
      }
    });
  }

  #living(): Promise<PgliteRemote> {
    if (this.#remote?.alive) {
      return Promise.resolve(this.#remote);
    }
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<PgliteRemote> {
    // Two threads on one folder are as bad as two processes: the old one must be gone.
    await this.#remote?.exited;
    if (this.#closed) {
      throw new DatabaseUnavailableError('it was closed');
    }
    const remote = await PgliteRemote.start({
      folder: join(this.#folder, CLUSTER_FOLDER),
      counters: this.#shared,
    });
    await this.#become(remote);
    this.#remote = remote;
    return remote;
  }

  async #become(remote: PgliteRemote): Promise<void> {
    if (this.#in_service) {
      await remote.exec(`set session authorization ${APP_ROLES.app}`, this.#deadlines.statement_ms);
    }
  }
}

/** One holder's time with the connection, bounded between its statements. */
class Turn implements SqlConnection {
  readonly #remote: PgliteRemote;
  readonly #statement_ms: number;
  readonly #idle_ms: number;
  readonly #overdue = Promise.withResolvers<never>();
  #under_way = 0;
  #in_transaction = false;
  #idle_timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(remote: PgliteRemote, statement_ms: number, idle_ms: number) {
    this.#remote = remote;
    this.#statement_ms = statement_ms;
    this.#idle_ms = idle_ms;
  }

  async run<T>(use: (connection: SqlConnection) => Promise<T>): Promise<T> {
    this.#armIdleTimer();
    try {
      return await Promise.race([use(this), this.#overdue.promise]);
    } finally {
      this.#over = true;
      clearTimeout(this.#idle_timer);
      if (this.#in_transaction && this.#remote.alive) {
        await this.#remote.exec('rollback', this.#statement_ms);
      }
    }
  }

  query: SqlConnection['query'] = (statement, parameters = []) =>
    this.#watch(() => this.#remote.query(statement, parameters, this.#statement_ms));

  exec: SqlConnection['exec'] = (statements) =>
    this.#watch(async () => {
      this.#in_transaction = true;
      const command = await this.#remote.exec(statements, this.#statement_ms);
      this.#in_transaction = command !== 'COMMIT' && command !== 'ROLLBACK';
      return command;
    });

  async #watch<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#over) {
      throw new Error('this transaction has ended; its tx cannot be used any more');
    }
    clearTimeout(this.#idle_timer);
    this.#under_way++;
    try {
      return await statement();
    } finally {
      this.#under_way--;
      this.#armIdleTimer();
    }
  }

  #armIdleTimer(): void {
    if (this.#under_way === 0 && !this.#over) {
      this.#idle_timer = setTimeout(() => {
        const detail = `a transaction did nothing for ${this.#idle_ms} ms and was rolled back`;
        this.#overdue.reject(new DatabaseUnavailableError(detail));
      }, this.#idle_ms);
    }
  }
}
