import type { RawBuilder } from 'kysely';
import { writeBackup } from './backup.ts';
import type { ChangeFeed, LocalChangeFeed } from './change-feed.ts';
import type { Engine } from './engine.ts';
import { BackupRefusedError } from './errors.ts';
import { readPending } from './migrations.ts';
import { PgliteEngine } from './pglite-engine.ts';
import { type SqlText, TransactionRunner, type Tx } from './transactions.ts';

/** The database as the rest of the server sees it: transactions that know who they run for. */
export interface Database {
  readonly engine: 'pglite' | 'postgres';
  /** Migrations that opening this database applied. */
  readonly applied_migrations: readonly string[];
  /**
   * A transaction of tallystick_app in which row security admits this tenant only. Like all of these it is
   * tried again after a deadlock or a serialization failure, so `work` does nothing but SQL.
   */
  inTenant<T>(tenant_id: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** tallystick_app with no tenant set: look-ups in directories only. */
  withoutTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** tallystick_job, which reads every tenant. `snapshot`: read only, all statements see one moment. */
  asJob<T>(work: (tx: Tx) => Promise<T>, options?: { snapshot?: boolean }): Promise<T>;
  /** tallystick_lane, which writes batches of many tenants to the hot tables, and only there. */
  asLane<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * One statement as tallystick_lane in a transaction of its own, in one message. It is not tried again. A lost
   * connection is a DatabaseUnavailableError, and then nobody knows whether it was committed.
   */
  laneStatement<Row>(statement: RawBuilder<Row> | SqlText<Row>): Promise<Row[]>;
  /** The owner of the tables, who sees all rows: seed, import, demo data. */
  asOwner<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** @throws DatabaseUnavailableError when no answer came within 5 s. */
  ping(): Promise<void>;
  /** Names of the migrations that this program has and the database has not: none is what ready means. */
  pendingMigrations(): Promise<string[]>;
  /**
   * Writes a consistent copy of the embedded database to `file` and answers its size in bytes. Transactions wait
   * meanwhile.
   * @throws BackupRefusedError on PostgreSQL.
   */
  backup(file: string): Promise<number>;
  /** How often the embedded database has flushed to disk since it was opened; undefined on PostgreSQL. */
  readonly flushes: number | undefined;
  /** Tells of changed rows that this process may have kept. */
  readonly changes: ChangeFeed;
  /** Lets what is under way finish, then closes. What comes later is a DatabaseUnavailableError. */
  close(): Promise<void>;
}

/** What an EngineDatabase is made of beside its engine. */
export interface DatabaseParts {
  readonly applied_migrations: readonly string[];
  readonly migrations_folder: string;
  /** Yields [0, 1) and spreads retries. */
  readonly random: () => number;
  readonly changes: LocalChangeFeed;
}

/** Database over an engine; openDatabase is the way to get one. */
export class EngineDatabase implements Database {
  readonly #engine: Engine;
  readonly #runner: TransactionRunner;
  readonly #migrations_folder: string;
  readonly applied_migrations: readonly string[];
  readonly changes: LocalChangeFeed;

  constructor(engine: Engine, parts: DatabaseParts) {
    this.#engine = engine;
    this.changes = parts.changes;
    this.#runner = new TransactionRunner(engine, parts.random, (tx) => parts.changes.ended(tx));
    this.#migrations_folder = parts.migrations_folder;
    this.applied_migrations = parts.applied_migrations;
  }

  get engine(): 'pglite' | 'postgres' {
    return this.#engine.kind;
  }

  inTenant<T>(tenant_id: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#runner.run({ role: 'app', tenant_id }, work);
  }

  withoutTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#runner.run({ role: 'app' }, work);
  }

  asJob<T>(work: (tx: Tx) => Promise<T>, options: { snapshot?: boolean } = {}): Promise<T> {
    return this.#runner.run({ role: 'job', snapshot: options.snapshot ?? false }, work);
  }

  asLane<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#runner.run({ role: 'lane' }, work);
  }

  laneStatement<Row>(statement: RawBuilder<Row> | SqlText<Row>): Promise<Row[]> {
    return this.#runner.single('lane', statement);
  }

  asOwner<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#runner.run({ role: 'owner' }, work);
  }

  ping(): Promise<void> {
    return this.#engine.ping();
  }

  async close(): Promise<void> {
    await this.changes.close();
    await this.#engine.close();
  }

  async pendingMigrations(): Promise<string[]> {
    return await readPending(this.#engine, this.#migrations_folder);
  }

  async backup(file: string): Promise<number> {
    if (!(this.#engine instanceof PgliteEngine)) {
      throw new BackupRefusedError('a backup is of the embedded database; PostgreSQL has tools of its own');
    }
    return await writeBackup(this.#engine, file);
  }

  get flushes(): number | undefined {
    return this.#engine instanceof PgliteEngine ? this.#engine.flushes : undefined;
  }
}
