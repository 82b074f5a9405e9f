import type { SqlConnection } from './engine.ts';

const CHECKPOINT_EVERY_KIBIBYTES = 64 * 1024;
const VACUUM_EVERY_CHECKPOINTS = 4;

// The thresholds of PostgreSQL's own autovacuum.
const TABLES_TO_VACUUM = `
  select quote_ident(schemaname) || '.' || quote_ident(relname) as name from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
    or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
  order by relname`;

/** Takes a turn as the superuser, outside of any transaction (VACUUM refuses to run in one). */
type LendSuperuser = <T>(use: (connection: SqlConnection) => Promise<T>) => Promise<T>;

/**
 * What a PostgreSQL server does in the background, PGlite does not: nobody checkpoints, so the write-ahead
 * log would grow for ever, and nobody vacuums. This does both, measured by the log that was written.
 */
export class Housekeeping {
  readonly #walKibibytes: () => number;
  readonly #lend: LendSuperuser;
  #checkpointed_at = 0;
  #checkpoints = 0;
  #running = false;

  /** `walKibibytes` counts the write-ahead log written so far; it may wrap. */
  constructor(walKibibytes: () => number, lend: LendSuperuser) {
    this.#walKibibytes = walKibibytes;
    this.#lend = lend;
  }

  /** True when enough was written since the last checkpoint and no round is under way. */
  isDue(): boolean {
    // The subtraction is in 32 bits, so a counter that wrapped still gives the distance.
    return (
      !this.#running && ((this.#walKibibytes() - this.#checkpointed_at) | 0) > CHECKPOINT_EVERY_KIBIBYTES
    );
  }

  /** Takes one turn for the checkpoint and one for each table to vacuum, so that others get in between. */
  async run(): Promise<void> {
    this.#running = true;
    try {
      this.#checkpointed_at = this.#walKibibytes();
      await this.#lend((connection) => connection.exec('checkpoint'));
      this.#checkpoints++;
      if (this.#checkpoints % VACUUM_EVERY_CHECKPOINTS === 0) {
        await this.vacuum();
      }
    } finally {
      this.#running = false;
    }
  }

  /** Vacuums and analyses the tables that changed much. */
  async vacuum(): Promise<void> {
    const { rows } = await this.#lend((connection) => connection.query(TABLES_TO_VACUUM));
    for (const { name } of rows) {
      await this.#lend((connection) => connection.exec(`vacuum (analyze) ${String(name)}`));
    }
  }
}
