/** The database does not answer or was lost on the way: nobody knows more than "try again". HTTP says 503. */
export class DatabaseUnavailableError extends Error {
  readonly code = 'database_unavailable';
  constructor(detail: string, options?: ErrorOptions) {
    super(`the database is not available: ${detail}`, options);
    this.name = 'DatabaseUnavailableError';
  }
}

/** Another process (or another Database of this one) holds the embedded database's folder. */
export class DatabaseFolderInUseError extends Error {
  constructor(folder: string) {
    super(
      `${folder} is in use by another Tallystick process; one process at a time may hold an embedded database`,
    );
    this.name = 'DatabaseFolderInUseError';
  }
}

/** The roles are missing and this user may not make them. `sql` is what an administrator runs once. */
export class MissingRolesError extends Error {
  readonly sql: string;
  constructor(detail: string, sql: string, options?: ErrorOptions) {
    super(`${detail}; an administrator must run this once, then migrate again:\n\n${sql}`, options);
    this.name = 'MissingRolesError';
    this.sql = sql;
  }
}

/** A migration that landed was edited, or the database was migrated by a newer version. */
export class MigrationRefusedError extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'MigrationRefusedError';
  }
}

/** A backup file is not one, is damaged, or does not fit the folder it should be restored into. */
export class BackupRefusedError extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'BackupRefusedError';
  }
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * The SQLSTATE of a database's error ('23505'), or undefined for anything else.
 * Match on this and never on a constraint's name. Reads through `cause`.
 */
export function sqlState(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = 'code' in current ? current.code : undefined;
    if (typeof code === 'string' && SQLSTATE.test(code) && !isSystemCode(code)) {
      return code;
    }
  }
  return undefined;
}

// EPIPE is a system's error code that happens to look like a SQLSTATE; no SQLSTATE starts with E.
function isSystemCode(code: string): boolean {
  return code.startsWith('E');
}

// The server is going down, starting up, full, or has cut us off (08: connection, 57P: shutdown, 25P03: idle).
const LOST_STATES = /^(08...|57P0[1-5]|53300|25P03)$/;
const LOST_SYSTEM_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT'],
]);
// The driver words these without any code.
const LOST_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has)/;

/** True when the connection is gone or useless, so that the fate of what was under way is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) {
    return true;
  }
  if (!(error instanceof Error)) {
    return false;
  }
  const state = sqlState(error);
  if (state !== undefined) {
    return LOST_STATES.test(state);
  }
  const code = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && LOST_SYSTEM_CODES.has(code)) || LOST_MESSAGES.test(error.message);
}

/** SQLSTATE of "cached plan must not change result type": a migration changed a table under a prepared statement. */
export const PLAN_OUTDATED = '0A000';

/** Conflicts that outlived inTenant's retries, lock_timeout and statement_timeout: worth another try, later. */
const PASSING_STATES = new Set(['40001', '40P01', '55P03', '57014']);

/** Whether an error tells of a condition of the database that is neither our fault nor the caller's. */
export function isPassingTrouble(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  const state = sqlState(error);
  // Class 53: it lacks connections, memory or disk.
  return state !== undefined && (PASSING_STATES.has(state) || state.startsWith('53'));
}
