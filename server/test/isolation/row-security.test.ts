import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type Attempt, asRole, attempt, type Setting } from './as-role.ts';
import { type CatalogueTable, readPrivileges, readTables } from './catalogue.ts';
import {
  fillTables,
  insertStatement,
  TABLES_WITHOUT_TENANT,
  TENANTS,
  type TenantName,
} from './fill-tables.ts';

const NAMES = Object.keys(TENANTS) as TenantName[];
/** What a transaction of tallystick_app may be set to. */
const VIEWERS: readonly (TenantName | 'none' | 'empty')[] = [...NAMES, 'none', 'empty'];
const DENIED = '42501';

/**
 * Whose rows beside its own a viewer may read, by table: the whole list of what the design admits. It writes none of
 * them. The tree is root > seller > owner > customer, and root > stranger.
 */
const ALSO_READ: Record<string, Partial<Record<(typeof VIEWERS)[number], readonly TenantName[]>>> = {
  // A tenant is seen by who sells to it.
  tenants: { root: ['seller', 'stranger'], seller: ['owner'], owner: ['customer'] },
  // A catalogue is read by those it is sold to.
  // Its seller's catalogue, and that of the tier it is on, which here is the platform's.
  subscription_tiers: {
    seller: ['root'],
    stranger: ['root'],
    owner: ['seller', 'root'],
    customer: ['owner', 'root'],
  },
  // An invoice shows who sells, and takes its seller's tax.
  billing_details: { seller: ['root'], stranger: ['root'], owner: ['seller'], customer: ['owner'] },
  tax_rates: { seller: ['root'], stranger: ['root'], owner: ['seller'], customer: ['owner'] },
  // The root's features are the platform's.
  ai_token_features: { seller: ['root'], owner: ['root'], customer: ['root'], stranger: ['root'] },
  // So are its rate limits.
  rate_limit_policies: { seller: ['root'], owner: ['root'], customer: ['root'], stranger: ['root'] },
  // A key is looked up before its tenant is known, and then only.
  api_key_directory: { none: NAMES, empty: NAMES },
  // People sign in before their tenant is known.
  sign_in_users: { none: NAMES, empty: NAMES },
};

/** Tables that are reached where no tenant is set, and then wholly: not even its own rows are a tenant's to see. */
const WITHOUT_TENANT = new Set(['sign_in_users']);

/** They read as their reader, whom the policies of their tables bind. */
const VIEWS = new Set(['ledger_entries', 'ai_token_grants_merged']);

describeOnEachDatabase('row security', (getDb) => {
  let tables: CatalogueTable[];
  beforeAll(async () => {
    await fillTables(getDb());
    tables = (await readTables(getDb())).filter((table) => table.tenant_column !== null);
  });
  const tablesOfTenants = () => tables.filter(({ name }) => !WITHOUT_TENANT.has(name));
  const viewing = <T>(viewer: Setting, work: (run: (statement: string) => Promise<Attempt>) => Promise<T>) =>
    asRole(getDb(), 'tallystick_app', TENANTS[viewer as TenantName] ?? viewer, (tx) =>
      work((statement) => attempt(tx, statement)),
    );

  it('is enabled and forced on every table and partition, and each has a policy', async () => {
    const everything = await readTables(getDb());
    expect(everything.length).toBeGreaterThan(15);
    expect(everything.filter((table) => !table.row_security || !table.forced)).toEqual([]);
    expect(await tablesWithoutAppPolicy(getDb())).toEqual([]);
  });

  it('finds a tenant in every table, or a reason why none is there', async () => {
    const everything = await readTables(getDb());
    const without = everything.filter((table) => table.tenant_column === null).map((table) => table.name);
    expect(without).toEqual(Object.keys(TABLES_WITHOUT_TENANT));
  });

  describe.each(VIEWERS)('tallystick_app set to %s', (viewer) => {
    const own = NAMES.filter((name) => name === viewer);

    it('reads its own rows and those it is documented to read, in every table', async () => {
      const seen = await viewing(viewer, async (run) => {
        const found: Record<string, unknown> = {};
        for (const table of tables) found[table.name] = await ownersSeen(run, table);
        return found;
      });
      const expected = tables.map(({ name, partition_of }) => [
        name,
        partition_of === null
          ? [...(WITHOUT_TENANT.has(name) ? [] : own), ...(ALSO_READ[name]?.[viewer] ?? [])].sort()
          : DENIED,
      ]);
      expect(seen).toEqual(Object.fromEntries(expected));
    });

    it.each([...VIEWS])('reads nothing but its own through the view %s', async (name) => {
      expect(await viewing(viewer, (run) => ownersSeen(run, { name, tenant_column: 'tenant_id' }))).toEqual(
        own,
      );
    });

    it('inserts into no table for anybody else', async () => {
      const others = NAMES.filter((name) => name !== viewer);
      const let_in = await viewing(viewer, async (run) => {
        const accepted: string[] = [];
        for (const { name, partition_of } of own.length > 0 ? tables : tablesOfTenants()) {
          for (const other of others) {
            const { state } = await run(insertStatement(partition_of ?? name, other, 9));
            if (state !== DENIED) accepted.push(`${name} of ${other}: ${state ?? 'inserted'}`);
          }
        }
        return accepted;
      });
      expect(let_in).toEqual([]);
    });

    it('updates and deletes no row but its own', async () => {
      const updatable = await updatableColumns(getDb());
      const touched = await viewing(viewer, async (run) => {
        const found: string[] = [];
        for (const { name, tenant_column } of own.length > 0 ? tables : tablesOfTenants()) {
          const column = updatable.get(name) ?? tenant_column;
          for (const statement of [
            `update tallystick.${name} set ${column} = ${column} returning ${tenant_column}`,
            `update tallystick.${name} set ${tenant_column} = '${TENANTS.stranger}' returning ${tenant_column}`,
            `delete from tallystick.${name} returning ${tenant_column}`,
          ]) {
            const { state, rows } = await run(statement);
            const foreign = rows.filter(
              (row) => !own.some((name) => row[tenant_column ?? ''] === TENANTS[name]),
            );
            if (foreign.length > 0 || (state !== undefined && state !== DENIED))
              found.push(`${statement}: ${state ?? JSON.stringify(foreign)}`);
          }
        }
        return found;
      });
      expect(touched).toEqual([]);
    });
  });

  it.each([
    'sign_in_users',
    'sign_in_sessions',
    'sign_in_accounts',
    'sign_in_verifications',
    'sign_in_attempts',
  ])('%s has rows for nobody where a tenant is set', async (name) => {
    const reach = (viewer: Setting) =>
      viewing(viewer, async (run) => [
        (await run(`select 1 from tallystick.${name}`)).rows.length > 0,
        (await run(`delete from tallystick.${name} returning 1`)).rows.length > 0,
      ]);
    await fillSignIn(getDb());
    expect(await reach('none')).toEqual([true, true]);
    for (const viewer of NAMES) expect(await reach(viewer), viewer).toEqual([false, false]);
  });

  // Without these the refusals above could come from statements that are simply wrong.
  it('lets a tenant insert its own rows by the very same statements', async () => {
    const refused = await viewing('owner', async (run) => {
      const states: Record<string, string | undefined> = {};
      for (const { name } of tables.filter((table) => table.partition_of === null))
        states[name] = (await run(insertStatement(name, 'owner', 9))).state;
      return Object.fromEntries(Object.entries(states).filter(([, state]) => state !== undefined));
    });
    expect(refused).toEqual({
      // Its balance is there already, as are its billing details: 23505 is past row security.
      ai_token_balances: '23505',
      auto_top_ups: '23505',
      billing_cycles: '23505',
      customer_credits: '23505',
      payment_customers: '23505',
      billing_details: '23505',
      // Not the application's to write.
      api_usage_seals: DENIED,
      test_clocks: DENIED,
      // Not where a tenant is set.
      sign_in_users: DENIED,
    });
  });

  it('lets a tenant update its own row by the very same statement', async () => {
    const updatable = await updatableColumns(getDb());
    for (const name of updatable.keys()) if (name.startsWith('sign_in_')) updatable.delete(name);
    const updated = await viewing('owner', async (run) => {
      const owners: Record<string, unknown> = {};
      for (const [name, column] of updatable)
        owners[name] = (
          await run(`update tallystick.${name} set ${column} = ${column} returning 1`)
        ).rows.length;
      return owners;
    });
    expect(updated).toEqual(Object.fromEntries([...updatable.keys()].map((name) => [name, 1])));
    expect(updatable.size).toBeGreaterThan(7);
  });
});

/** One row in each of the tables of sign-in that name no tenant. */
async function fillSignIn(db: Database): Promise<void> {
  await db.asOwner(async (tx) => {
    await sql`insert into sign_in_sessions (id, user_id, token, expires_at, created_at, updated_at)
      select id, id, email, created_at, created_at, created_at from sign_in_users on conflict do nothing`.execute(
      tx,
    );
    await sql`insert into sign_in_accounts (id, user_id, account_id, provider_id, created_at, updated_at)
      select id, id, id, 'credential', created_at, created_at from sign_in_users on conflict do nothing`.execute(
      tx,
    );
    await sql`insert into sign_in_verifications (id, identifier, value, expires_at, created_at, updated_at)
      select id, email, email, created_at, created_at, created_at from sign_in_users on conflict do nothing`.execute(
      tx,
    );
    await sql`insert into sign_in_attempts (id, key, count, last_request)
      select id, email, 1, 0 from sign_in_users on conflict do nothing`.execute(tx);
  });
}

async function ownersSeen(
  run: (statement: string) => Promise<Attempt>,
  table: Pick<CatalogueTable, 'name' | 'tenant_column'>,
): Promise<unknown> {
  const { state, rows } = await run(
    `select distinct ${table.tenant_column} as id from tallystick.${table.name}`,
  );
  const nameOf = (id: unknown) => NAMES.find((name) => TENANTS[name] === id) ?? String(id);
  return state ?? rows.map((row) => nameOf(row.id)).sort();
}

/** For each table a column that tallystick_app may update. */
async function updatableColumns(db: Database): Promise<Map<string, string>> {
  const privileges = await readPrivileges(db);
  return new Map(
    privileges
      .filter(({ grantee, privilege }) => grantee === 'tallystick_app' && privilege === 'update')
      .map(({ relation, column }) => [relation, column ?? '*']),
  );
}

/** Tables that the application is granted anything on and for which no policy speaks to it. */
async function tablesWithoutAppPolicy(db: Database): Promise<string[]> {
  const granted = new Set(
    (await readPrivileges(db)).filter((row) => row.grantee === 'tallystick_app').map((row) => row.relation),
  );
  const policies = await db.asOwner((tx) =>
    sql<{ tablename: string }>`
      select distinct tablename::text from pg_policies
      where schemaname = 'tallystick' and 'tallystick_app' = any(roles)`.execute(tx),
  );
  const spoken = new Set(policies.rows.map((row) => row.tablename));
  return [...granted].filter((name) => !VIEWS.has(name) && !spoken.has(name));
}
