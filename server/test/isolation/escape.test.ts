import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { asRole, attempt, ROLES, type RoleName } from './as-role.ts';
import { fillTables, TENANTS } from './fill-tables.ts';

const DENIED = '42501';

/** What somebody who can run SQL of their own as a role would try, to become somebody else. */
const WAYS_OUT = (owner: string, role: string): readonly string[] => [
  `set role "${owner}"`,
  `set local role "${owner}"`,
  'set role postgres',
  `alter role ${role} bypassrls`,
  `alter role ${role} superuser`,
  `alter role "${owner}" rename to mine`,
  `grant "${owner}" to ${role}`,
  "copy (select 1) to program 'true'",
  "select pg_read_file('PG_VERSION')",
  "alter system set row_security = 'off'",
  'create extension dblink',
  'create language plperlu',
];

describeOnEachDatabase('who runs as a role', (getDb, { engine, get }) => {
  beforeAll(() => fillTables(getDb()));

  describe.each(ROLES)('as %s', (role) => {
    const login = engine === 'postgres' ? loginAs(role, () => get().options.database_url) : undefined;
    beforeAll(async () => login?.open());
    afterAll(async () => login?.close());

    /** On PostgreSQL a session that logged in so and has no other user behind it. */
    const statesOf = async (statements: readonly string[]): Promise<[string, string | undefined][]> => {
      if (login) return login.statesOf(statements);
      return asRole(getDb(), role, TENANTS.owner, async (tx) => {
        const found: [string, string | undefined][] = [];
        for (const statement of statements) found.push([statement, (await attempt(tx, statement)).state]);
        return found;
      });
    };

    it('cannot become the owner, a superuser or somebody without row security', async () => {
      const [owner] = await getDb().asOwner(async (tx) => {
        const found = await sql<{ name: string }>`select current_user::text as name`.execute(tx);
        return found.rows.map((row) => row.name);
      });
      const statements = [...WAYS_OUT(owner ?? '', login?.name ?? role)];
      // The embedded database has one login, a superuser, behind every session: there, what may run as SQL is the lock.
      if (login)
        statements.push(`set session authorization "${owner}"`, 'set session authorization postgres');
      const got = await statesOf(statements);
      // A program that is not there (42704, 58P01) or a file that may not be named is no way out either.
      expect(got.filter(([, state]) => state === undefined)).toEqual([]);
      expect(got.filter(([, state]) => state === DENIED).length).toBeGreaterThanOrEqual(9);
    });

    if (login)
      it('is what it was after every RESET, and still sees no other tenant', async () => {
        const { rows } = await login.after(['reset role', 'reset session authorization', 'reset all']);
        expect(rows).toEqual([{ seen: role === 'tallystick_app' ? 0 : 5 }]);
      });
  });
});

/** A user of its own that is a member of the role and of nothing else: what a leaked connection string would be. */
function loginAs(role: RoleName, database_url: () => string | undefined) {
  const name = `tallystick_probe_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  const clientOf = async (user?: string): Promise<pg.Client> => {
    const url = new URL(database_url() ?? '');
    if (user) [url.username, url.password] = [user, password];
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    return client;
  };
  const asOwner = async (statement: string): Promise<void> => {
    const owner = await clientOf();
    await owner.query(statement);
    await owner.end();
  };
  let probe: pg.Client;
  return {
    name,
    open: async () => {
      await asOwner(`create role ${name} login nosuperuser in role ${role} password '${password}'`);
      probe = await clientOf(name);
    },
    close: async () => {
      await probe.end();
      await asOwner(`drop role ${name}`);
    },
    statesOf: async (statements: readonly string[]): Promise<[string, string | undefined][]> => {
      const found: [string, string | undefined][] = [];
      for (const statement of statements) {
        const state = await probe.query(statement).then(
          () => undefined,
          (error: { code?: string }) => String(error.code),
        );
        found.push([statement, state]);
      }
      return found;
    },
    after: async (statements: readonly string[]) => {
      for (const statement of statements) await probe.query(statement);
      await probe.query("select tallystick.set_tenant('00000000-0000-0000-0000-000000000000')");
      return probe.query('select count(*)::int as seen from tallystick.ai_token_balances');
    },
  };
}
