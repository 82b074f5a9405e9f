import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine, SqlConnection } from './engine.ts';
import { MigrationRefusedError } from './errors.ts';
import { ensureRoles } from './roles.ts';

/** server/migrations, beside src in the repository and beside dist in the package. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

const FILE_NAME = /^\d{4}_[a-z0-9_]+_(schema|policies)\.sql$/;
// Any constant will do, so long as nobody else takes it: the advisory lock of whoever migrates this database.
const LOCK_KEY = 7_461_189_201;

interface MigrationFile {
  readonly name: string;
  readonly statements: string;
  readonly checksum: string;
}

/**
 * Makes the roles and applies what is pending, each file in a transaction of its own. Safe to run from several
 * processes at once: the lock is taken and the record read again before every file.
 * Answers the names it applied itself.
 * @throws MissingRolesError, MigrationRefusedError
 */
export async function migrate(engine: Engine, folder: string): Promise<string[]> {
  const files = await readFiles(folder);
  await ensureRoles(engine);
  await engine.lend('owner', prepareRecord);
  const applied: string[] = [];
  for (;;) {
    const name = await engine.lend('owner', (connection) => applyNext(connection, files));
    if (name === undefined) {
      return applied;
    }
    applied.push(name);
  }
}

/** Names of the migrations in the folder that this database has not seen. */
export async function readPending(engine: Engine, folder: string): Promise<string[]> {
  const files = await readFiles(folder);
  const landed = await engine.lend('owner', async (connection) => {
    await connection.exec(['begin read only', engine.becomeRole('owner')].filter(Boolean).join('; '));
    const record = (await isPrepared(connection)) ? await readRecord(connection) : new Map<string, string>();
    await connection.exec('commit');
    return record;
  });
  return files.filter(({ name }) => !landed.has(name)).map(({ name }) => name);
}

async function readFiles(folder: string): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const odd = names.find((name) => !FILE_NAME.test(name));
  if (odd !== undefined) {
    throw new MigrationRefusedError(`${odd} is not named NNNN_name_schema.sql or NNNN_name_policies.sql`);
  }
  return await Promise.all(
    names.map(async (name) => {
      // A checkout on Windows may turn line ends around; the statements are the same.
      const statements = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, statements, checksum: createHash('sha256').update(statements).digest('hex') };
    }),
  );
}

async function begin(connection: SqlConnection): Promise<void> {
  // The wait for another process's migration, and the migration itself, may take as long as they take.
  await connection.exec(
    `begin; set local lock_timeout = 0; set local statement_timeout = 0; select pg_advisory_xact_lock(${LOCK_KEY})`,
  );
}

async function isPrepared(connection: SqlConnection): Promise<boolean> {
  const { rows } = await connection.query(
    `select to_regclass('tallystick.schema_migrations') is not null as prepared`,
  );
  return rows[0]?.prepared === true;
}

async function prepareRecord(connection: SqlConnection): Promise<void> {
  if (await isPrepared(connection)) {
    return;
  }
  await begin(connection);
  // No role is granted anything on the record; row security is forced on it as on every table.
  await connection.exec(`
    create schema if not exists tallystick;
    create table if not exists tallystick.schema_migrations (name text primary key, checksum text not null);
    alter table tallystick.schema_migrations enable row level security, force row level security;
    drop policy if exists owner_all on tallystick.schema_migrations;
    create policy owner_all on tallystick.schema_migrations to current_user using (true) with check (true);
    commit`);
}

async function readRecord(connection: SqlConnection): Promise<Map<string, string>> {
  const { rows } = await connection.query('select name, checksum from tallystick.schema_migrations');
  return new Map(rows.map(({ name, checksum }) => [String(name), String(checksum)]));
}

async function applyNext(
  connection: SqlConnection,
  files: readonly MigrationFile[],
): Promise<string | undefined> {
  await begin(connection);
  const next = nextPending(files, await readRecord(connection));
  if (next !== undefined) {
    try {
      await connection.exec(next.statements);
    } catch (error) {
      throw new Error(
        `the migration ${next.name} failed: ${error instanceof Error ? error.message : error}`,
        {
          cause: error,
        },
      );
    }
    await connection.query('insert into tallystick.schema_migrations (name, checksum) values ($1, $2)', [
      next.name,
      next.checksum,
    ]);
  }
  await connection.exec('commit');
  return next?.name;
}

function nextPending(
  files: readonly MigrationFile[],
  landed: ReadonlyMap<string, string>,
): MigrationFile | undefined {
  const known = new Map(files.map((file) => [file.name, file]));
  for (const [name, checksum] of landed) {
    const file = known.get(name);
    if (file === undefined) {
      throw new MigrationRefusedError(
        `this database was migrated by a newer version: ${name} is unknown here`,
      );
    }
    if (file.checksum !== checksum) {
      throw new MigrationRefusedError(
        `${name} was changed after it was applied; write a new migration instead`,
      );
    }
  }
  const pending = files.find(({ name }) => !landed.has(name));
  const last = [...landed.keys()].sort().at(-1);
  if (pending !== undefined && last !== undefined && pending.name < last) {
    throw new MigrationRefusedError(`${pending.name} comes before ${last}, which is applied already`);
  }
  return pending;
}
