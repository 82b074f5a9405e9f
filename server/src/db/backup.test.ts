import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnPostgres, makeTestDatabase, type TestDatabase } from '../../test/harness/index.ts';
import { BackupRefusedError, type Database, openDatabase, restoreBackup } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-backup-'));
const file = join(folder, 'backup');
let test_database: TestDatabase;
let db: Database;

async function rowsOf(database: Database): Promise<unknown> {
  return (await database.asOwner((tx) => sql`select count(*), sum(n) from rows`.execute(tx))).rows;
}

function altered(name: string, alter: (bytes: Buffer) => Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, alter(readFileSync(file)));
  return path;
}

beforeAll(async () => {
  test_database = await makeTestDatabase('pglite');
  db = await test_database.open();
  await db.asOwner((tx) => sql`create table rows (n int primary key, filler text)`.execute(tx));
  await db.asOwner((tx) =>
    sql`insert into rows select n, repeat(md5(n::text), 20) from generate_series(1, 5000) n`.execute(tx),
  );
  await db.backup(file);
});

afterAll(async () => {
  await test_database.remove();
  rmSync(folder, { recursive: true });
});

describe('a backup', () => {
  it('holds what was committed before it, although the server goes on', async () => {
    const before = await rowsOf(db);
    const again = join(folder, 'again');
    const [bytes] = await Promise.all([
      db.backup(again),
      ...[6001, 6002].map((n) => db.asOwner((tx) => sql`insert into rows values (${n})`.execute(tx))),
    ]);
    expect(bytes).toBeGreaterThan(0);
    await restoreBackup(again, join(folder, 'restored'));
    const restored = await openDatabase({ data_folder: join(folder, 'restored') });
    expect(await rowsOf(restored)).toEqual(before);
    await restored.asOwner((tx) => sql`insert into rows values (7000)`.execute(tx));
    await restored.close();
    expect(readdirSync(folder)).not.toContain('again.unfinished');
  });

  it('is not restored over a database, not even over one that is open', async () => {
    await expect(restoreBackup(file, test_database.options.data_folder)).rejects.toThrow('in use by another');
    const data_folder = join(folder, 'taken');
    await restoreBackup(file, data_folder);
    await expect(restoreBackup(file, data_folder)).rejects.toThrow('holds a database already');
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length - 1_000)],
    ['cut to its header', (bytes) => bytes.subarray(0, 30)],
    ['empty', () => Buffer.alloc(0)],
    ['foreign', () => Buffer.from('PGDMP'.repeat(1_000))],
    [
      'changed in one bit',
      (bytes) => Buffer.from(bytes.map((byte, index) => (index === 5_000 ? byte ^ 1 : byte))),
    ],
  ])('is refused when it is %s, and leaves nothing behind', async (name, alter) => {
    const data_folder = join(folder, `from ${name}`);
    await expect(restoreBackup(altered(name, alter), data_folder)).rejects.toBeInstanceOf(BackupRefusedError);
    expect(readdirSync(folder)).not.toContain(`from ${name}`);
  });

  it('leaves no half of itself when it cannot be written', async () => {
    await expect(db.backup(join(folder, 'nowhere', 'backup'))).rejects.toThrow('ENOENT');
    expect((await db.asOwner((tx) => sql`select 1 as one`.execute(tx))).rows).toEqual([{ one: 1 }]);
  });
});

describeOnPostgres('backup', (getDb) => {
  it('leaves a server to its own tools', async () => {
    await expect(getDb().backup(join(folder, 'server'))).rejects.toBeInstanceOf(BackupRefusedError);
  });
});
