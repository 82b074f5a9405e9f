import { LocalChangeFeed } from './change-feed.ts';
import type { Database } from './database.ts';
import { EngineDatabase } from './database.ts';
import { MIGRATIONS_FOLDER, migrate } from './migrations.ts';
import { type PgliteDeadlines, PgliteEngine } from './pglite-engine.ts';
import { listenerUrl, type PoolSizes, PostgresEngine } from './postgres-engine.ts';
import { PostgresListener } from './postgres-listener.ts';

export { restoreBackup } from './backup.ts';
export { type Change, type ChangeFeed, publishChange } from './change-feed.ts';
export type { Database } from './database.ts';
export {
  BackupRefusedError,
  DatabaseFolderInUseError,
  DatabaseUnavailableError,
  isPassingTrouble,
  MigrationRefusedError,
  MissingRolesError,
  sqlState,
} from './errors.ts';
export { KeptRows } from './kept-rows.ts';
export { dropMonth, makeMonthPartitions } from './month-partitions.ts';
export { roleSql } from './roles.ts';
export { inOtherTenant, setTenant } from './tenant-context.ts';
export { runOn, type SqlText, type Tx } from './transactions.ts';

/** What openDatabase needs to know. */
export interface DatabaseOptions {
  /** A PostgreSQL URL; without it the embedded database in `data_folder` is used. */
  readonly database_url?: string | undefined;
  /** Where the embedded database lives; made (0700) if it is not there. */
  readonly data_folder: string;
  /** Apply pending migrations first; true unless said otherwise. */
  readonly migrate?: boolean;
  /** Another folder than server/migrations. */
  readonly migrations_folder?: string;
  /** Yields [0, 1) and spreads the pauses before retries; without it they are not spread. */
  readonly random?: () => number;
  /** Connections at most for each role of PostgreSQL. */
  readonly pool_sizes?: Partial<PoolSizes>;
  /** How long the embedded database may take over things. */
  readonly deadlines?: Partial<PgliteDeadlines>;
}

/**
 * Opens the database, migrated and ready for requests.
 * @throws DatabaseFolderInUseError when another process has the folder, DatabaseUnavailableError when the server
 * does not answer, MissingRolesError (with the SQL for an administrator), MigrationRefusedError.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const engine =
    options.database_url === undefined
      ? await PgliteEngine.open(options.data_folder, options.deadlines)
      : await PostgresEngine.open(options.database_url, options.pool_sizes);
  try {
    const migrations_folder = options.migrations_folder ?? MIGRATIONS_FOLDER;
    const applied_migrations = options.migrate === false ? [] : await migrate(engine, migrations_folder);
    if (engine instanceof PgliteEngine) {
      await engine.enterService();
    }
    const random = options.random ?? (() => 1);
    const changes = new LocalChangeFeed(listenTo(options.database_url));
    return new EngineDatabase(engine, { applied_migrations, migrations_folder, random, changes });
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** One process alone has the embedded database. */
function listenTo(database_url: string | undefined): ConstructorParameters<typeof LocalChangeFeed>[0] {
  if (database_url === undefined) return undefined;
  return (tell) => new PostgresListener(listenerUrl(database_url), tell);
}

/** Names of the migrations that this program has and the database has not: none is what /readyz asks for. */
export function pendingMigrations(database: Database): Promise<string[]> {
  return database.pendingMigrations();
}
