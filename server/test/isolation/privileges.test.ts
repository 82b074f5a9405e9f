import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { asRole, attempt, ROLES, type RoleName } from './as-role.ts';
import { readPrivileges, readTables } from './catalogue.ts';
import { fillTables, TENANTS } from './fill-tables.ts';
import { APPEND_ONLY, PRIVILEGE_MATRIX } from './privilege-matrix.ts';

const DENIED = '42501';

describeOnEachDatabase('privileges', (getDb) => {
  beforeAll(() => fillTables(getDb()));
  const rowsOf = async <Row>(query: string): Promise<Row[]> =>
    (await getDb().asOwner((tx) => sql.raw<Row>(query).execute(tx))).rows;

  it.each(ROLES)('of %s are those of the matrix, table by table and column by column', async (role) => {
    expect(await matrixOf(getDb(), role)).toEqual(PRIVILEGE_MATRIX[role]);
  });

  it('are nobody else’s: neither PUBLIC nor any other role has one', async () => {
    const grantees = new Set((await readPrivileges(getDb())).map((row) => row.grantee));
    expect([...grantees].sort()).toEqual([...ROLES].sort());
  });

  it('of the schema are to use it, and nothing is granted on what will be made later', async () => {
    const schema = await rowsOf<{ grantee: string; privilege: string }>(`
      select coalesce(pg_get_userbyid(nullif(x.grantee, 0))::text, 'public') as grantee, lower(privilege_type) as privilege
      from pg_namespace, lateral aclexplode(nspacl) x
      where nspname = 'tallystick' and x.grantee <> nspowner order by 1`);
    expect(schema).toEqual([...ROLES].sort().map((grantee) => ({ grantee, privilege: 'usage' })));
    expect(await rowsOf('select 1 from pg_default_acl')).toEqual([]);
  });

  it('no role owns anything, is a superuser, passes row security, may log in or make roles', async () => {
    const names = ROLES.map((role) => `'${role}'`).join(', ');
    const mighty = await rowsOf(`select rolname from pg_roles where rolname in (${names}) and (rolsuper or
      rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb or rolreplication)`);
    expect(mighty).toEqual([]);
    const member = await rowsOf(`select pg_get_userbyid(roleid) from pg_auth_members
      where pg_get_userbyid(member)::text in (${names})`);
    expect(member).toEqual([]);
    const owned = await rowsOf(`
      select relname::text as name from pg_class where pg_get_userbyid(relowner)::text in (${names})
      union all select proname::text from pg_proc where pg_get_userbyid(proowner)::text in (${names})
      union all select nspname::text from pg_namespace where pg_get_userbyid(nspowner)::text in (${names})`);
    expect(owned).toEqual([]);
  });

  it('no function of the schema runs as anybody but its caller, and the views read as their readers', async () => {
    expect(
      await rowsOf(
        `select proname from pg_proc where pronamespace = 'tallystick'::regnamespace and prosecdef`,
      ),
    ).toEqual([]);
    const views = await rowsOf<{ options: string[] }>(
      `select reloptions as options from pg_class where relnamespace = 'tallystick'::regnamespace and relkind = 'v'`,
    );
    expect(views).toEqual(Array(2).fill({ options: ['security_invoker=true'] }));
  });

  it('the owner is who made the tables, and on PostgreSQL no superuser', async () => {
    const owners = [...new Set((await readTables(getDb())).map((table) => table.owned_by))];
    expect(owners).toHaveLength(1);
    const [owner] = await rowsOf<{ rolsuper: boolean; rolbypassrls: boolean }>(
      `select rolsuper, rolbypassrls from pg_roles where rolname = '${owners[0]}'`,
    );
    if (getDb().engine === 'postgres') expect(owner).toEqual({ rolsuper: false, rolbypassrls: false });
  });

  describe.each(ROLES)('as %s', (role) => {
    const states = (statements: readonly string[]) =>
      asRole(getDb(), role, TENANTS.owner, async (tx) => {
        const found: [string, string | undefined][] = [];
        for (const statement of statements) found.push([statement, (await attempt(tx, statement)).state]);
        return found;
      });
    const allDenied = (statements: readonly string[]) =>
      statements.map((statement): [string, string] => [statement, DENIED]);

    it('append-only tables take neither UPDATE nor DELETE nor TRUNCATE', async () => {
      const columns = new Map((await readTables(getDb())).map((table) => [table.name, table.columns]));
      const statements = APPEND_ONLY.filter((name) => columns.has(name)).flatMap((name) => [
        ...(columns.get(name) ?? []).map((column) => `update tallystick.${name} set ${column} = ${column}`),
        `delete from tallystick.${name}`,
        `truncate tallystick.${name}`,
      ]);
      expect(statements.length).toBeGreaterThan(30);
      expect(await states(statements)).toEqual(allDenied(statements));
    });

    it('a partition cannot be touched but through its table', async () => {
      const partitions = (await readTables(getDb())).filter((table) => table.partition_of !== null);
      expect(partitions.length).toBe(3 * 5);
      const statements = partitions.flatMap(({ name }) => [
        `select 1 from tallystick.${name}`,
        `insert into tallystick.${name} default values`,
        `update tallystick.${name} set tenant_id = null`,
        `delete from tallystick.${name}`,
        `truncate tallystick.${name}`,
      ]);
      expect(await states(statements)).toEqual(allDenied(statements));
    });

    it('row security can be neither switched off, altered nor given away', async () => {
      const tables = (await readTables(getDb())).map((table) => table.name);
      const statements = tables.flatMap((name) => [
        `alter table tallystick.${name} disable row level security`,
        `alter table tallystick.${name} no force row level security`,
        `create policy mine on tallystick.${name} using (true)`,
        `drop policy owner_all on tallystick.${name}`,
        `alter policy owner_all on tallystick.${name} to public`,
        `alter table tallystick.${name} owner to ${role}`,
        `create trigger mine before insert on tallystick.${name} execute function tallystick.current_tenant_id()`,
        `drop table tallystick.${name}`,
      ]);
      // PostgreSQL says "must be owner" as 42501 and, where the catalogue comes first, that there is no such policy.
      const done = (await states(statements)).filter(([, state]) => state !== DENIED);
      expect(done).toEqual([]);
    });

    it('with row_security off a query is refused, and never answers more', async () => {
      const answers = await asRole(getDb(), role, TENANTS.stranger, async (tx) => {
        await sql`set local row_security = off`.execute(tx);
        const found: Record<string, string | undefined> = {};
        for (const name of Object.keys(PRIVILEGE_MATRIX[role]))
          found[name] = (await attempt(tx, `select 1 from tallystick.${name}`)).state;
        return found;
      });
      expect(new Set(Object.values(answers))).toEqual(new Set([DENIED]));
    });

    it('nothing can be made in the schema, nor its functions replaced', async () => {
      const statements = [
        'create table tallystick.mine ()',
        'create view tallystick.mine as select 1',
        "create function tallystick.mine() returns int language sql as 'select 1'",
        `create or replace function tallystick.current_tenant_id() returns uuid language sql stable as
          $$ select '${TENANTS.stranger}'::uuid $$`,
        'drop function tallystick.set_tenant(uuid)',
        'alter function tallystick.current_tenant_id() rename to mine',
        'create schema mine',
        'create table public.mine ()',
        `grant select on tallystick.api_keys to public`,
        `create role mine`,
      ];
      const granted = (await states(statements)).filter(([, state]) => state !== DENIED);
      // A grant of what one does not hold is, to PostgreSQL, a warning where one holds something else of the table.
      expect(granted.filter(([statement]) => !statement.startsWith('grant'))).toEqual([]);
      const readers = (await readPrivileges(getDb())).filter((row) => row.grantee === 'public');
      expect(readers).toEqual([]);
    });

    it('a temporary table of the same name does not stand in for the real one', async () => {
      const [relation] = await asRole(getDb(), role, TENANTS.owner, async (tx) => {
        await sql`create temporary table ai_token_balances ()`.execute(tx);
        const found = await sql<{ schema: string }>`
          select n.nspname::text as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.oid = 'ai_token_balances'::regclass`.execute(tx);
        return found.rows;
      });
      expect(relation).toEqual({ schema: 'tallystick' });
    });
  });

  describe('what a status admits', () => {
    const rowsTouched = (statement: string) =>
      asRole(getDb(), 'tallystick_app', TENANTS.owner, (tx) => attempt(tx, statement));
    const touch = `update tallystick.billing_transactions set failure_code = 'x' returning status`;

    it('a pending transaction can be updated by the application, a settled or failed one cannot', async () => {
      expect((await rowsTouched(touch)).rows).toEqual([{ status: 'pending' }]);
      await setStatus(getDb(), 'settled');
      expect(await rowsTouched(touch)).toEqual({ state: undefined, rows: [] });
      await setStatus(getDb(), 'failed');
      expect(await rowsTouched(touch)).toEqual({ state: undefined, rows: [] });
      await setStatus(getDb(), 'pending');
    });

    it('a job deletes keys that may expire, and no key that is for ever', async () => {
      const remove = 'delete from tallystick.request_keys returning 1';
      const asJob = () => asRole(getDb(), 'tallystick_job', 'none', (tx) => attempt(tx, remove));
      expect((await asJob()).rows).toEqual([]);
      await getDb().asOwner((tx) =>
        sql`update request_keys set expires_at = now() where tenant_id = ${TENANTS.owner}`.execute(tx),
      );
      expect((await asJob()).rows).toHaveLength(1);
    });
  });
});

async function setStatus(db: Database, status: 'pending' | 'settled' | 'failed'): Promise<void> {
  const settled = status === 'settled';
  // The owner corrects what it likes, settled rows too: what binds a role does not bind who made it.
  const changed = await db.asOwner((tx) =>
    sql`update billing_transactions set status = ${status}, book_version = ${settled ? 1 : null},
      settled_at = ${settled ? new Date(0) : null} where tenant_id = ${TENANTS.owner} returning 1`.execute(
      tx,
    ),
  );
  expect(changed.rows).toHaveLength(1);
}

/** What a role may do by relation; `*` is the whole relation, else the columns. */
async function matrixOf(db: Database, role: RoleName): Promise<(typeof PRIVILEGE_MATRIX)[RoleName]> {
  const matrix: Record<string, Record<string, string>> = {};
  for (const { relation, column, grantee, privilege } of await readPrivileges(db)) {
    if (grantee !== role) continue;
    const row = matrix[relation] ?? {};
    matrix[relation] = row;
    const columns = [...(row[privilege]?.split(' ') ?? []), column ?? '*'];
    row[privilege] = columns.sort().join(' ');
  }
  return matrix;
}
