import type { Engine } from './engine.ts';
import { PgliteEngine } from './pglite-engine.ts';
import { TransactionRunner, type Tx } from './transactions.ts';

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
  /** The owner of the tables, who sees all rows: seed, import, demo data. */
  asOwner<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** @throws DatabaseUnavailableError when no answer came within 5 s. */
  ping(): Promise<void>;
  /** Lets what is under way finish, then closes. What comes later is a DatabaseUnavailableError. */
  close(): Promise<void>;
}

/** Database over an engine; openDatabase is the way to get one. */
export class EngineDatabase implements Database {
  readonly #engine: Engine;
  readonly #runner: TransactionRunner;
  readonly applied_migrations: readonly string[];

  /** `random` yields [0, 1) and spreads retries. */
  constructor(engine: Engine, applied_migrations: readonly string[], random: () => number) {
    this.#engine = engine;
    this.#runner = new TransactionRunner(engine, random);
    this.applied_migrations = applied_migrations;
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

  asOwner<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#runner.run({ role: 'owner' }, work);
  }

  ping(): Promise<void> {
    return this.#engine.ping();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /** The engine if it is the embedded one: what only a folder can do (backup, counting flushes) needs it. */
  get embedded(): PgliteEngine | undefined {
    return this.#engine instanceof PgliteEngine ? this.#engine : undefined;
  }

  /** The engine itself, for the record of migrations. */
  get raw(): Engine {
    return this.#engine;
  }
}
