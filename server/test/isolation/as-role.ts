import { sql } from 'kysely';
import { type Database, setTenant, sqlState, type Tx } from '../../src/db/index.ts';

/** The three roles of the design, by the names that the cluster knows. */
export const ROLES = ['tallystick_app', 'tallystick_lane', 'tallystick_job'] as const;
export type RoleName = (typeof ROLES)[number];

/** What a statement came to: an SQLSTATE, or the rows it answered or touched. */
export interface Attempt {
  state: string | undefined;
  rows: Record<string, unknown>[];
}

/** Whose row a role is after: a tenant's id, `none` (nothing is set), or `empty` (the setting is ''). */
export type Setting = string;

class Undone extends Error {}

/**
 * Runs `work` as a role, tenant and all, and undoes it. The embedded database has one login, so a role is its session
 * authorization there; on PostgreSQL the owner takes the role on.
 */
export async function asRole<T>(
  db: Database,
  role: RoleName,
  setting: Setting,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let result: { value: T } | undefined;
  const become = db.engine === 'pglite' ? 'set local session authorization' : 'set local role';
  const run = db.asOwner(async (tx) => {
    await sql.raw(`${become} ${role}`).execute(tx);
    if (setting === 'empty') await sql`set local tallystick.tenant_id = ''`.execute(tx);
    else if (setting !== 'none') await setTenant(tx, setting);
    result = { value: await work(tx) };
    throw new Undone();
  });
  await run.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
  if (!result) throw new Error('the work did not end');
  return result.value;
}

/** One statement within asRole(), in a savepoint, so that a refusal does not end the transaction. */
export async function attempt(tx: Tx, statement: string): Promise<Attempt> {
  await sql`savepoint attempt`.execute(tx);
  try {
    const { rows } = await sql.raw<Record<string, unknown>>(statement).execute(tx);
    return { state: undefined, rows };
  } catch (error) {
    const state = sqlState(error);
    if (state === undefined) throw error;
    return { state, rows: [] };
  } finally {
    await sql`rollback to savepoint attempt`.execute(tx);
  }
}
