import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase, describeOnPostgres } from '../../test/harness/index.ts';
import {
  MigrationRefusedError,
  MissingRolesError,
  openDatabase,
  pendingMigrations,
  roleSql,
} from './index.ts';
import { MIGRATIONS_FOLDER } from './migrations.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-migrations-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The landed migrations and `files`, in a folder of their own. */
function migrationsWith(name: string, files: Record<string, string>): string {
  const copy = join(folder, name);
  cpSync(MIGRATIONS_FOLDER, copy, { recursive: true });
  for (const [file, statements] of Object.entries(files)) {
    writeFileSync(join(copy, file), statements);
  }
  return copy;
}

describeOnEachDatabase('migrations', (getDb, { engine, get }) => {
  const reopen = async (migrations_folder: string, migrate = true) => {
    await getDb().close();
    return await get().open({ migrations_folder, migrate });
  };

  it('are none to a migrated database', async () => {
    expect(getDb().applied_migrations).toEqual([]);
    expect(await pendingMigrations(getDb())).toEqual([]);
  });

  it('are pending until they are applied, once', async () => {
    const more = migrationsWith(`more-${engine}`, {
      '9001_more_schema.sql': 'create table tallystick.more (n int)',
    });
    const unmigrated = await reopen(more, false);
    expect(await pendingMigrations(unmigrated)).toEqual(['9001_more_schema.sql']);
    await unmigrated.close();
    const migrated = await reopen(more);
    expect(migrated.applied_migrations).toEqual(['9001_more_schema.sql']);
    expect(await pendingMigrations(migrated)).toEqual([]);
    await migrated.close();
  });

  it('are refused when they changed, are unknown, or come too late', async () => {
    const changed = migrationsWith(`changed-${engine}`, { '9001_more_schema.sql': 'select 1' });
    await expect(reopen(changed)).rejects.toThrow('9001_more_schema.sql was changed');
    await expect(reopen(MIGRATIONS_FOLDER)).rejects.toThrow('migrated by a newer version');
    const late = migrationsWith(`late-${engine}`, {
      '9001_more_schema.sql': 'create table tallystick.more (n int)',
      '9000_late_schema.sql': 'select 1',
    });
    await expect(reopen(late)).rejects.toBeInstanceOf(MigrationRefusedError);
  });

  it('leave nothing behind when they fail', async () => {
    const failing = migrationsWith(`failing-${engine}`, {
      '9001_more_schema.sql': 'create table tallystick.more (n int)',
      '9002_half_schema.sql': 'create table tallystick.half (n int); select 1 / 0',
    });
    await expect(reopen(failing)).rejects.toThrow('9002_half_schema.sql failed: division by zero');
    const db = await reopen(failing, false);
    const { rows } = await db.asOwner((tx) =>
      sql`select to_regclass('tallystick.half')::text as half`.execute(tx),
    );
    expect(rows).toEqual([{ half: null }]);
    await db.close();
  });

  if (engine === 'postgres')
    it('may be started by several processes at once', async () => {
      const together = migrationsWith('together', {
        '9001_more_schema.sql': 'create table tallystick.more (n int)',
        '9003_one_schema.sql': 'create table tallystick.one (n int)',
        '9004_two_schema.sql': 'create table tallystick.two (n int)',
      });
      const all = await Promise.all(
        Array.from({ length: 4 }, () => get().open({ migrations_folder: together })),
      );
      expect(all.flatMap((db) => db.applied_migrations).sort()).toEqual([
        '9003_one_schema.sql',
        '9004_two_schema.sql',
      ]);
    });

  if (engine === 'postgres')
    it('may also meet on an empty database', async () => {
      await getDb().close();
      const opener = await get().open({ migrate: false, migrations_folder: MIGRATIONS_FOLDER });
      await opener.asOwner((tx) => sql`drop schema tallystick cascade`.execute(tx));
      await opener.close();
      const all = await Promise.all(Array.from({ length: 4 }, () => get().open()));
      expect(all.flatMap((db) => db.applied_migrations).length).toBeGreaterThan(0);
      expect(new Set(all.flatMap((db) => db.applied_migrations)).size).toBe(
        all.flatMap((db) => db.applied_migrations).length,
      );
    });
});

describeOnEachDatabase('roles', (getDb) => {
  it('are bound by row security', async () => {
    const { rows } = await getDb().asOwner((tx) =>
      sql`select rolname::text as name, rolsuper or rolbypassrls or rolcanlogin as mighty from pg_roles
        where rolname like 'tallystick\\_%' and rolname in ('tallystick_app', 'tallystick_lane', 'tallystick_job')
        order by rolname`.execute(tx),
    );
    expect(rows).toEqual([
      { name: 'tallystick_app', mighty: false },
      { name: 'tallystick_job', mighty: false },
      { name: 'tallystick_lane', mighty: false },
    ]);
  });

  it('can be made by an administrator again and again', async () => {
    const statements = roleSql('someone "odd"');
    expect(statements).toContain('to "someone ""odd"""');
    const creations = statements.split('\n').filter((line) => line.startsWith('do '));
    await getDb().asOwner(async (tx) => {
      for (const creation of creations) {
        await sql.raw(creation).execute(tx);
      }
    });
    expect(creations).toHaveLength(3);
  });
});

describeOnPostgres('a user who may not make roles', (getDb, { get }) => {
  it('is told what an administrator must run', async () => {
    const url = new URL(get().options.database_url ?? '');
    const name = `${url.username}_plain`;
    await getDb().asOwner((tx) => sql.raw(`create role ${name} login password 'plain'`).execute(tx));
    const as_plain = new URL(url);
    as_plain.username = name;
    as_plain.password = 'plain';
    const refusal: unknown = await get()
      .open({ database_url: as_plain.href })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(MissingRolesError);
    expect(refusal).toMatchObject({ sql: roleSql(name), message: expect.stringContaining('administrator') });
    // The server takes a moment to let go of a closed connection, and the owner may not end another's.
    const sessions = sql<{
      n: number;
    }>`select count(*)::int4 as n from pg_stat_activity where usename = ${name}`;
    await expect
      .poll(async () => (await getDb().asOwner((tx) => sessions.execute(tx))).rows[0]?.n, { timeout: 10_000 })
      .toBe(0);
    await getDb().asOwner((tx) => sql.raw(`drop role ${name}`).execute(tx));
  });
});

describe('a server that is not there', () => {
  it('is said to be unavailable', async () => {
    const database_url = 'postgresql://nobody@127.0.0.1:1/none';
    await expect(openDatabase({ database_url, data_folder: '' })).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });
});
