/** Who a transaction runs as: a request of a tenant, a batch writer, a job over tenants, or the owner of the tables. */
export type Role = 'app' | 'lane' | 'job' | 'owner';

/** The cluster's roles by the names that migrations grant to. */
export const APP_ROLES = { app: 'tallystick_app', lane: 'tallystick_lane', job: 'tallystick_job' } as const;

/** Commands that answer how many rows they wrote; both drivers also count what a SELECT read, which is no such count. */
export const WRITING_COMMANDS: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY']);

/** Statements that stay prepared in a session. What the server says is written in its source, so there are fewer. */
export const STATEMENTS_MAX = 500;

/** What one statement answered, its values parsed by column-types. */
export interface SqlResult {
  readonly rows: Record<string, unknown>[];
  /** First word of the command tag: SELECT, INSERT, COMMIT, ... */
  readonly command: string;
  /** Rows written; undefined where the command writes none. */
  readonly affected_rows: number | undefined;
}

/** One session of the database, lent for one transaction. Statements run in the order they were given. */
export interface SqlConnection {
  /** One statement with parameters. */
  query(statement: string, parameters?: readonly unknown[]): Promise<SqlResult>;
  /** Several statements without parameters in one message; answers the command tag of the last one. */
  exec(statements: string): Promise<string>;
}

/** What PGlite and PostgreSQL have in common beneath the Database interface. */
export interface Engine {
  readonly kind: 'pglite' | 'postgres';
  /** Lends a connection of a role. Whatever `use` left open is rolled back or thrown away. */
  lend<T>(role: Role, use: (connection: SqlConnection) => Promise<T>): Promise<T>;
  /**
   * One statement in a transaction of its own, in one message. It is not tried again: after a lost answer nobody knows
   * whether it was committed.
   */
  single(role: Role, statement: string, parameters: readonly unknown[]): Promise<SqlResult>;
  /** Statements that, right after BEGIN, turn a lent connection into its role ('' where it already is). */
  becomeRole(role: Role): string;
  /** Throws DatabaseUnavailableError when no answer came within seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
