import { APP_ROLES, type Engine, type SqlConnection } from './engine.ts';
import { MissingRolesError, sqlState } from './errors.ts';

const NAMES = Object.values(APP_ROLES);
// Roles belong to the cluster while an advisory lock belongs to a database: two databases migrating at once can
// still meet. The loser sees a duplicate (42710, 23505) or a tuple updated under it (XX000) and looks again.
const RACE_STATES = new Set(['42710', '23505', 'XX000']);
const MAXIMUM_TRIES = 10;
const INSUFFICIENT_PRIVILEGE = '42501';

interface RoleState {
  readonly name: string;
  readonly exists: boolean;
  readonly usable: boolean;
  readonly too_mighty: boolean;
}

/**
 * The SQL with which an administrator makes the roles and lends them to the user of DATABASE_URL.
 * It may be run again; `owner` is that user's name.
 */
export function roleSql(owner: string): string {
  const quoted = `"${owner.replaceAll('"', '""')}"`;
  const creations = NAMES.map(
    (name) =>
      `do $$ begin create role ${name} nologin nosuperuser nobypassrls; exception when duplicate_object then null; end $$;`,
  );
  return [...creations, `grant ${NAMES.join(', ')} to ${quoted};`].join('\n');
}

/**
 * Makes the roles that requests and jobs run as, and lends them to the current user.
 * @throws MissingRolesError when this user may not do that, with the SQL for one who may.
 */
export async function ensureRoles(engine: Engine): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await engine.lend('owner', makeMissing);
    } catch (error) {
      if (tries === MAXIMUM_TRIES || !RACE_STATES.has(sqlState(error) ?? '')) {
        throw error;
      }
    }
  }
}

async function makeMissing(connection: SqlConnection): Promise<void> {
  const { rows } = await connection.query('select current_user::text as owner');
  const owner = String(rows[0]?.owner);
  try {
    for (const { name, exists, usable, too_mighty } of await readStates(connection)) {
      if (too_mighty) {
        throw new Error(
          `the role ${name} is a superuser or has BYPASSRLS, so row security would not bind it`,
        );
      }
      if (!exists) {
        await connection.exec(`create role ${name} nologin nosuperuser nobypassrls; commit`);
      }
      if (!usable) {
        await connection.exec(`grant ${name} to current_user; commit`);
      }
    }
  } catch (error) {
    if (sqlState(error) === INSUFFICIENT_PRIVILEGE) {
      const detail = `the database user ${owner} may not make the roles ${NAMES.join(', ')}`;
      throw new MissingRolesError(detail, roleSql(owner), { cause: error });
    }
    throw error;
  }
}

async function readStates(connection: SqlConnection): Promise<RoleState[]> {
  // PostgreSQL 16 tells being a member from being allowed to SET ROLE; 15 knows only the former.
  const { rows } = await connection.query(
    `select wanted.name, role.oid is not null as exists,
       coalesce(pg_has_role(current_user, role.oid,
         case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as usable,
       coalesce(role.rolsuper or role.rolbypassrls, false) as too_mighty
     from unnest($1::text[]) as wanted (name) left join pg_roles role on role.rolname = wanted.name
     order by wanted.name`,
    [NAMES],
  );
  return rows.map((row) => ({
    name: String(row.name),
    exists: row.exists === true,
    usable: row.usable === true,
    too_mighty: row.too_mighty === true,
  }));
}
