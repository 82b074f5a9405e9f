import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { describeOnEachDatabase, describeOnPostgres } from '../../test/harness/index.ts';
import { DatabaseUnavailableError, setTenant, sqlState, type Tx } from './index.ts';

const ROOT = '01900000-0000-7000-8000-000000000001';
const OTHER = '01900000-0000-7000-8000-0000000000aa';

async function who(tx: Tx): Promise<string | undefined> {
  return (await sql<{ name: string }>`select current_user::text as name`.execute(tx)).rows[0]?.name;
}

async function visibleTenants(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ tenant_id: string }>`select tenant_id from tenants order by tenant_id`.execute(
    tx,
  );
  return rows.map(({ tenant_id }) => tenant_id);
}

async function currentTenant(tx: Tx): Promise<string | null | undefined> {
  const { rows } = await sql<{ id: string | null }>`select tallystick.current_tenant_id() as id`.execute(tx);
  return rows[0]?.id;
}

function nameOfRoot(tx: Tx): Promise<string | undefined> {
  const query = sql<{ name: string }>`select name from tenants where tenant_id = ${ROOT}`;
  return query.execute(tx).then(({ rows }) => rows[0]?.name);
}

function rename(tx: Tx, name: string): Promise<unknown> {
  return sql`update tenants set name = ${name} where tenant_id = ${ROOT}`.execute(tx);
}

describeOnEachDatabase('transactions', (getDb, { engine, get }) => {
  it('run as the role they say, and none of them passes row security', async () => {
    const db = getDb();
    expect(await db.inTenant(ROOT, who)).toBe('tallystick_app');
    expect(await db.withoutTenant(who)).toBe('tallystick_app');
    expect(await db.asJob(who)).toBe('tallystick_job');
    expect(await db.asLane(who)).toBe('tallystick_lane');
    expect(['tallystick_app', 'tallystick_job']).not.toContain(await db.asOwner(who));
    expect(await db.inTenant(ROOT, who)).toBe('tallystick_app');
  });

  it('of one statement as a batch writer commit by themselves, and leave the role and no tenant behind', async () => {
    const db = getDb();
    const asked = (n: number) =>
      sql`select current_user::text as name, ${n}::int as n, tallystick.current_tenant_id() as id`;
    expect(await db.laneStatement(asked(7))).toEqual([{ name: 'tallystick_lane', n: 7, id: null }]);
    await expect(db.laneStatement(sql`select 1 / ${0}::int`)).rejects.toMatchObject({ code: '22012' });
    expect(await db.laneStatement(asked(8))).toMatchObject([{ name: 'tallystick_lane', n: 8 }]);
    expect(await db.inTenant(ROOT, who)).toBe('tallystick_app');
    const nested = db.inTenant(ROOT, () => db.laneStatement(asked(9)));
    await expect(nested).rejects.toThrow('inside a transaction');
  });

  it('see the tenant that is set and nothing without one', async () => {
    const db = getDb();
    expect(await db.inTenant(ROOT, visibleTenants)).toEqual([ROOT]);
    expect(await db.inTenant(OTHER, visibleTenants)).toEqual([]);
    expect(await db.withoutTenant(visibleTenants)).toEqual([]);
    expect(await db.asJob(visibleTenants)).toContain(ROOT);
  });

  it('leak no tenant into the next transaction, whether they commit or fail', async () => {
    const db = getDb();
    await db.inTenant(ROOT, currentTenant);
    await expect(db.inTenant(ROOT, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    // As many as the pool has connections, so that each of them is asked.
    const seen = await Promise.all(Array.from({ length: 10 }, () => db.withoutTenant(currentTenant)));
    expect(new Set(seen)).toEqual(new Set([null]));
  });

  it('can move to another tenant within', async () => {
    const tenants = await getDb().inTenant(OTHER, async (tx) => {
      const before = await currentTenant(tx);
      await setTenant(tx, ROOT);
      return [before, await currentTenant(tx)];
    });
    expect(tenants).toEqual([OTHER, ROOT]);
  });

  it('refuse what is no UUID before it reaches SQL', async () => {
    await expect(getDb().inTenant("'; drop schema tallystick", currentTenant)).rejects.toThrow(TypeError);
  });

  it('roll back when the work throws', async () => {
    const db = getDb();
    const before = await db.asOwner(nameOfRoot);
    const failing = db.asOwner(async (tx) => {
      await rename(tx, 'never');
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(await db.asOwner(nameOfRoot)).toBe(before);
  });

  it('say so when an error was swallowed and nothing was committed', async () => {
    const db = getDb();
    const swallowing = db.asOwner(async (tx) => {
      await rename(tx, 'never');
      await sql`select 1 / 0`.execute(tx).catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('rolled back');
    expect(await db.asOwner(nameOfRoot)).not.toBe('never');
  });

  it('refuse to nest, and work again afterwards', async () => {
    const db = getDb();
    const nested = db.inTenant(ROOT, () => db.asJob(who));
    await expect(nested).rejects.toThrow('use the tx at hand');
    expect(await db.asJob(who)).toBe('tallystick_job');
  });

  it('close their tx when they end', async () => {
    const leaked = await getDb().inTenant(ROOT, (tx) => Promise.resolve({ tx }));
    await expect(who(leaked.tx)).rejects.toThrow('has ended');
  });

  it('are read only as a snapshot', async () => {
    const writing = getDb().asJob((tx) => sql`delete from due_work`.execute(tx), { snapshot: true });
    expect(sqlState(await writing.catch((error: unknown) => error))).toBe('25006');
  });

  it('take statements in order, also when they are sent together', async () => {
    const values = await getDb().inTenant(ROOT, (tx) =>
      Promise.all([1, 2, 3].map((value) => sql<{ v: number }>`select ${value}::int4 as v`.execute(tx))),
    );
    expect(values.map(({ rows }) => rows[0]?.v)).toEqual([1, 2, 3]);
  });

  it('are tried again after a serialization failure, five times in all', async () => {
    let tries = 0;
    const giveUp = getDb().inTenant(ROOT, async (tx) => {
      tries++;
      await sql`do $$ begin raise sqlstate '40001'; end $$`.execute(tx);
    });
    expect(sqlState(await giveUp.catch((error: unknown) => error))).toBe('40001');
    expect(tries).toBe(5);
  });

  it('answer the count of rows written', async () => {
    const result = await getDb().asOwner((tx) => rename(tx, 'Root'));
    expect(result).toMatchObject({ numAffectedRows: 1n });
  });

  it('answer a sign of life', async () => {
    await getDb().ping();
    expect(await getDb().pendingMigrations()).toEqual([]);
  });

  if (engine === 'postgres')
    it('survive a deadlock by trying again', async () => {
      const [one, two] = [getDb(), await get().open()];
      await one.asOwner((tx) => sql`create table rows (id int primary key, n int not null)`.execute(tx));
      await one.asOwner((tx) => sql`insert into rows values (1, 0), (2, 0)`.execute(tx));
      const bothHold = Promise.withResolvers<void>();
      let holders = 0;
      const add = (first: number, second: number) => async (tx: Tx) => {
        await sql`update rows set n = n + 1 where id = ${first}`.execute(tx);
        holders++;
        if (holders === 2) {
          bothHold.resolve();
        }
        await bothHold.promise;
        await sql`update rows set n = n + 1 where id = ${second}`.execute(tx);
      };
      await Promise.all([one.asOwner(add(1, 2)), two.asOwner(add(2, 1))]);
      const { rows } = await one.asOwner((tx) => sql`select n from rows order by id`.execute(tx));
      expect(rows).toEqual([{ n: 2 }, { n: 2 }]);
      expect(holders).toBe(3);
    });
});

describeOnPostgres('a lost connection', (getDb, { get }) => {
  it('fails its transaction as unavailable and nothing else', async () => {
    const killer = await get().open();
    const losing = getDb().inTenant(ROOT, async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await killer.asOwner((owner) =>
        sql`select pg_terminate_backend(${rows[0]?.pid}::int4, 5000)`.execute(owner),
      );
      return await who(tx);
    });
    await expect(losing).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(await getDb().inTenant(ROOT, who)).toBe('tallystick_app');
  });
});

describeOnEachDatabase('a prepared statement', (getDb) => {
  it('outlives a migration of its table and an error of its own', async () => {
    const read = () =>
      getDb().inTenant(ROOT, async (tx) => (await sql`select * from ai_token_features`.execute(tx)).rows[0]);
    expect(await read()).not.toHaveProperty('note');
    await getDb().asOwner((tx) => sql`alter table ai_token_features add column note text`.execute(tx));
    expect(await read()).toHaveProperty('note', null);
    const divide = (by: number) =>
      getDb().inTenant(ROOT, async (tx) => (await sql`select 6 / ${by}::int4 as n`.execute(tx)).rows[0]);
    await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
    expect(await divide(3)).toEqual({ n: 2 });
    await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
    expect(await divide(2)).toEqual({ n: 3 });
  });
});

describeOnEachDatabase('a closed database', (getDb) => {
  it('is unavailable', async () => {
    await getDb().close();
    await expect(getDb().inTenant(ROOT, who)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(getDb().ping()).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });
});

describe('sqlState', () => {
  it('reads through causes and takes no system error for a state', () => {
    const inner = Object.assign(new Error('duplicate'), { code: '23505' });
    expect(sqlState(new Error('outer', { cause: inner }))).toBe('23505');
    expect(sqlState(Object.assign(new Error('pipe'), { code: 'EPIPE' }))).toBeUndefined();
    expect(sqlState('23505')).toBeUndefined();
  });
});
