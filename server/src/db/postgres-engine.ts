import pg from 'pg';
import { columnParser, toParameter } from './column-types.ts';
import {
  APP_ROLES,
  type Engine,
  type Role,
  type SqlConnection,
  STATEMENTS_MAX,
  WRITING_COMMANDS,
} from './engine.ts';
import { DatabaseUnavailableError, isConnectionLoss, PLAN_OUTDATED, sqlState } from './errors.ts';
import { withDeadline } from './with-deadline.ts';

const OLDEST_VERSION = 150_000;
const CONNECT_DEADLINE_MS = 5_000;
const PING_DEADLINE_MS = 5_000;
// Longer than statement_timeout: it is there for a server that no longer answers at all.
const ANSWER_DEADLINE_MS = 35_000;
const OWNER_ANSWER_DEADLINE_MS = 1_800_000;

/** Connections at most, for each role. */
export interface PoolSizes {
  readonly app: number;
  readonly lane: number;
  readonly job: number;
  readonly owner: number;
}

const POOL_SIZES: PoolSizes = { app: 10, lane: 6, job: 4, owner: 2 };

// The same session everywhere: what a value looks like as text must not depend on the server's configuration.
const SESSION_SETTINGS = [
  // pg_temp comes last by name, or it comes first by itself: a temporary table must not stand in for a real one.
  'search_path=tallystick,pg_temp',
  'timezone=UTC',
  'datestyle=ISO',
  'intervalstyle=postgres',
  'bytea_output=hex',
  'extra_float_digits=1',
  'lock_timeout=5s',
  'idle_in_transaction_session_timeout=60s',
];

// What a batch does not differ in from another is planned once, and its rows are looked up by their keys, one by one: what
// the planner thinks of unnest(), or of a table that was small when it looked, would read whole tables. A row that somebody
// holds must not stop a batch of other tenants for long, nor a slow server all that wait.
const LANE_SETTINGS = [
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_bitmapscan=off',
  'plan_cache_mode=force_generic_plan',
  'jit=off',
  'lock_timeout=1s',
  'statement_timeout=10s',
];

/** A PostgreSQL server, with a pool for each role so that jobs cannot take the requests' connections. */
export class PostgresEngine implements Engine {
  readonly kind = 'postgres';
  readonly #pools: Record<Role, pg.Pool>;
  readonly #names = new StatementNames();
  #closed = false;

  private constructor(pools: Record<Role, pg.Pool>) {
    this.#pools = pools;
  }

  /**
   * Makes the pools and checks that the server is there and is PostgreSQL 15 or newer.
   * @throws DatabaseUnavailableError when it cannot be reached.
   */
  static async open(database_url: string, sizes: Partial<PoolSizes> = {}): Promise<PostgresEngine> {
    const max = { ...POOL_SIZES, ...sizes };
    const engine = new PostgresEngine({
      app: makePool(database_url, 'app', max.app),
      lane: makePool(database_url, 'lane', max.lane),
      job: makePool(database_url, 'job', max.job),
      owner: makePool(database_url, 'owner', max.owner),
    });
    try {
      await engine.lend('owner', checkVersion);
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  // The pool's connections are their role from the start.
  becomeRole(): string {
    return '';
  }

  async lend<T>(role: Role, use: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const client = await this.#connect(role);
    // A connection may break between two statements; without a listener that would end the process.
    client.on('error', ignore);
    const connection = new PostgresConnection(client, role === 'owner' ? undefined : this.#names);
    let lost = false;
    try {
      return await use(connection);
    } catch (error) {
      // Another process migrated under a prepared statement: this session cannot run it any more, a new one can.
      lost = isConnectionLoss(error) || sqlState(error) === PLAN_OUTDATED;
      throw error;
    } finally {
      client.off('error', ignore);
      // What is not at rest (a rollback that failed, a hung answer) is not lent again.
      client.release(lost || !connection.at_rest);
    }
  }

  single: Engine['single'] = (role, statement, parameters) =>
    this.lend(role, (connection) => connection.query(statement, parameters));

  async ping(): Promise<void> {
    await withDeadline(
      this.lend('owner', (connection) => connection.query('select 1')),
      PING_DEADLINE_MS,
      () => new DatabaseUnavailableError(`no answer within ${PING_DEADLINE_MS} ms`),
    );
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
    }
  }

  async #connect(role: Role): Promise<pg.PoolClient> {
    if (this.#closed) {
      throw new DatabaseUnavailableError('it was closed');
    }
    try {
      return await this.#pools[role].connect();
    } catch (error) {
      // Also what a server says while it refuses us: without a connection there is no other answer than 503.
      throw new DatabaseUnavailableError(error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }
}

// The next statement on that connection fails and says why.
function ignore(): void {}

/** Names for prepared statements, the same in every session of this process; undefined once there are too many. */
class StatementNames {
  readonly #names = new Map<string, string>();

  of(statement: string): string | undefined {
    const known = this.#names.get(statement);
    if (known !== undefined || this.#names.size === STATEMENTS_MAX) return known;
    const name = `tallystick_${this.#names.size}`;
    this.#names.set(statement, name);
    return name;
  }
}

/** A client whose statements queue here, because pg is about to drop its own queue. */
class PostgresConnection implements SqlConnection {
  readonly #client: pg.PoolClient;
  readonly #names: StatementNames | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #in_transaction = false;
  #under_way = 0;

  /** `names`: statements are prepared under these, parsed and planned once for each session. */
  constructor(client: pg.PoolClient, names: StatementNames | undefined) {
    this.#client = client;
    this.#names = names;
  }

  /** True when no statement is under way and no transaction is open. */
  get at_rest(): boolean {
    return !this.#in_transaction && this.#under_way === 0;
  }

  query: SqlConnection['query'] = async (statement, parameters = []) => {
    const result = await this.#inOrder(() =>
      // The extended protocol takes one statement only, as PGlite's does, with or without parameters.
      this.#client.query<Record<string, unknown>, (string | null)[]>({
        text: statement,
        values: parameters.map(toParameter),
        queryMode: 'extended',
        name: this.#names?.of(statement),
      } as pg.QueryConfig<(string | null)[]>),
    );
    const affected_rows = WRITING_COMMANDS.has(result.command) ? (result.rowCount ?? undefined) : undefined;
    return { rows: result.rows, command: result.command, affected_rows };
  };

  exec: SqlConnection['exec'] = async (statements) => {
    this.#in_transaction = true;
    // pg answers an array when there were several statements; its types do not say so.
    const results: unknown = await this.#inOrder(() => this.#client.query(statements));
    const last = (Array.isArray(results) ? results.at(-1) : results) as pg.QueryResult;
    this.#in_transaction = last.command !== 'COMMIT' && last.command !== 'ROLLBACK';
    return last.command;
  };

  #inOrder<T>(statement: () => Promise<T>): Promise<T> {
    this.#under_way++;
    const result = this.#last.then(statement).finally(() => {
      this.#under_way--;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function makePool(database_url: string, role: Role, max: number): pg.Pool {
  const owner = role === 'owner';
  const settings = [...SESSION_SETTINGS, `statement_timeout=${owner ? '30min' : '30s'}`];
  if (role !== 'owner') {
    settings.push(`role=${APP_ROLES[role]}`);
  }
  if (role === 'lane') settings.push(...LANE_SETTINGS);
  const pool = new pg.Pool({
    connectionString: withOptions(database_url, settings.map((setting) => `-c ${setting}`).join(' ')),
    max,
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    query_timeout: owner ? OWNER_ANSWER_DEADLINE_MS : ANSWER_DEADLINE_MS,
    keepAlive: true,
    types: { getTypeParser: columnParser },
  });
  // An idle connection that breaks has left the pool already, so there is nothing to do about it.
  pool.on('error', ignore);
  return pool;
}

const LISTENER_NAME = 'tallystick changes';

/** Where to connect to hear of changes: a session that may read nothing of a tenant, and that idles for good. */
export function listenerUrl(database_url: string): string {
  const url = new URL(withOptions(database_url, `-c role=${APP_ROLES.app}`));
  // So that who looks at the sessions knows why this one idles.
  url.searchParams.set('application_name', LISTENER_NAME);
  return url.href;
}

// Ours come last, so they win over what the operator's URL may set.
function withOptions(database_url: string, options: string): string {
  const url = new URL(database_url);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', given === null ? options : `${given} ${options}`);
  if (!url.searchParams.has('application_name')) {
    url.searchParams.set('application_name', 'tallystick');
  }
  return url.href;
}

async function checkVersion(connection: SqlConnection): Promise<void> {
  const { rows } = await connection.query(`select current_setting('server_version_num') as version`);
  const version = Number(rows[0]?.version);
  if (version < OLDEST_VERSION) {
    throw new Error(
      `DATABASE_URL names a PostgreSQL ${Math.floor(version / 10_000)}; Tallystick takes ${OLDEST_VERSION / 10_000} or newer`,
    );
  }
}
