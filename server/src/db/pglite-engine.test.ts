import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../test/harness/index.ts';
import {
  type Database,
  DatabaseFolderInUseError,
  DatabaseUnavailableError,
  openDatabase,
  type Tx,
} from './index.ts';

const ROOT = '01900000-0000-7000-8000-000000000001';
const WRITER = fileURLToPath(new URL('../../test/harness/write-until-killed.ts', import.meta.url));

let made: TestDatabase | undefined;

async function make(): Promise<TestDatabase> {
  made = await makeTestDatabase('pglite');
  return made;
}

afterEach(async () => {
  await made?.remove();
  made = undefined;
});

function makeRows(db: Database): Promise<unknown> {
  return db.asOwner((tx) => sql`create table rows (n int primary key)`.execute(tx));
}

async function readRows(db: Database): Promise<number[]> {
  const { rows } = await db.asOwner((tx) => sql<{ n: number }>`select n from rows order by n`.execute(tx));
  return rows.map(({ n }) => n);
}

function never(tx: Tx): Promise<unknown> {
  return sql`do $$ begin loop end loop; end $$`.execute(tx);
}

describe('durability of the embedded database', () => {
  it('flushes before it acknowledges, once or more for every write and never for a read', async () => {
    const db = await (await make()).open();
    await makeRows(db);
    for (let n = 0; n < 20; n++) {
      const before = db.flushes ?? 0;
      await db.asOwner((tx) => sql`insert into rows values (${n})`.execute(tx));
      expect(db.flushes).toBeGreaterThan(before);
    }
    await readRows(db);
    const before = db.flushes;
    await readRows(db);
    expect(db.flushes).toBe(before);
  });

  it('runs with fsync on, as a flush of the file', async () => {
    const db = await (await make()).open();
    const { rows } = await db.withoutTenant((tx) =>
      sql`select current_setting('fsync') as fsync, current_setting('wal_sync_method') as method,
        current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages`.execute(
        tx,
      ),
    );
    expect(rows).toEqual([{ fsync: 'on', method: 'fsync', commit: 'on', pages: 'on' }]);
  });

  it('has every acknowledged row after kill -9', async () => {
    const test_database = await make();
    const first = await test_database.open();
    await makeRows(first);
    await first.close();
    const writer = spawn(process.execPath, [WRITER, test_database.options.data_folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(writer, 'exit');
    let acknowledged = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 200) {
        writer.kill('SIGKILL');
      }
    }
    await exited;
    const rows = await readRows(await test_database.open());
    expect(acknowledged).toBeGreaterThanOrEqual(200);
    // The last one may have been committed and not yet been said.
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
    expect(rows).toEqual(rows.map((_, index) => index + 1));
  });
});

describe('the folder of the embedded database', () => {
  it('is one process at a time', async () => {
    const test_database = await make();
    const db = await test_database.open();
    await expect(test_database.open()).rejects.toBeInstanceOf(DatabaseFolderInUseError);
    await db.close();
    await test_database.open();
  });

  it('is refused while another process holds it', async () => {
    const test_database = await make();
    const first = await test_database.open();
    await makeRows(first);
    await first.close();
    const writer = spawn(process.execPath, [WRITER, test_database.options.data_folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(writer.stdout, 'data');
    await expect(test_database.open()).rejects.toThrow('in use by another Tallystick process');
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await test_database.open();
  });

  it('never keeps a half-made cluster', async () => {
    const data_folder = mkdtempSync(join(tmpdir(), 'tallystick-half-'));
    mkdirSync(join(data_folder, 'pgdata.new'));
    writeFileSync(join(data_folder, 'pgdata.new', 'PG_VERSION'), '18\n');
    const db = await openDatabase({ data_folder });
    await db.close();
    expect(existsSync(join(data_folder, 'pgdata.new'))).toBe(false);
    expect(existsSync(join(data_folder, 'pgdata', 'PG_VERSION'))).toBe(true);
    rmSync(data_folder, { recursive: true });
  });
});

describe('the watchdog of the embedded database', () => {
  it('ends a statement that never ends, fails it, and serves the next from a new thread', async () => {
    const db = await (await make()).open({ deadlines: { statement_ms: 1_000 } });
    await makeRows(db);
    await db.asOwner((tx) => sql`insert into rows values (1)`.execute(tx));
    const hung = db.inTenant(ROOT, never);
    const waiting = db.withoutTenant((tx) =>
      sql<{ name: string }>`select current_user::text as name`.execute(tx),
    );
    await expect(hung).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect((await waiting).rows).toEqual([{ name: 'tallystick_app' }]);
    expect(await readRows(db)).toEqual([1]);
  });

  it('takes the connection from a transaction that waits for something else', async () => {
    const db = await (await make()).open({ deadlines: { idle_ms: 200 } });
    await makeRows(db);
    const idle = db.asOwner(async (tx) => {
      await sql`insert into rows values (1)`.execute(tx);
      await new Promise(() => undefined);
    });
    await expect(idle).rejects.toThrow('did nothing for 200 ms');
    expect(await readRows(db)).toEqual([]);
  });

  it('serves in the order of arrival', async () => {
    const db = await (await make()).open();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4].map((n) =>
        db.inTenant(ROOT, async (tx) => {
          await sql`select 1`.execute(tx);
          order.push(n);
        }),
      ),
    );
    expect(order).toEqual([1, 2, 3, 4]);
  });
});

describe('the housekeeping of the embedded database', () => {
  it('keeps the write-ahead log short and the session without rights', async () => {
    const db = await (await make()).open();
    await db.asOwner((tx) => sql`create table big (n int, filler text)`.execute(tx));
    for (let round = 0; round < 4; round++) {
      await db.asOwner((tx) =>
        sql`insert into big select n, repeat('x', 1000) from generate_series(1, 30000) n`.execute(tx),
      );
    }
    // Queued behind the checkpoint that the last write called for.
    const { rows } = await db.withoutTenant((tx) =>
      sql<{ name: string; since: bigint }>`select session_user::text as name,
        pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::int8 as since from pg_control_checkpoint()`.execute(
        tx,
      ),
    );
    expect(rows[0]?.name).toBe('tallystick_app');
    expect(Number(rows[0]?.since)).toBeLessThan(100 * 1024 * 1024);
  });
});
