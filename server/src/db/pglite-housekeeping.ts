import type { SqlConnection } from './engine.ts';

const CHECKPOINT_EVERY_KIBIBYTES = 64 * 1024;
const VACUUM_EVERY_CHECKPOINTS = 4;

// The thresholds of PostgreSQL's own autovacuum.
const TABLES_TO_VACUUM = `
  select quote_ident(schemaname) || '.' || quote_ident(relname) as name from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
    or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
  order by relname`;

type Lend = (use: (connection: SqlConnection) => Promise<void>) => Promise<void>;

/**
 * What a PostgreSQL server does in the background, PGlite does not: nobody checkpoints, so the write-ahead
 * log would grow for ever, and nobody vacuums. This does both, measured by the log that was written.
 */
export class Housekeeping {
  readonly #walKibibytes: () => number;
  #checkpointed_at = 0;
  #checkpoints = 0;
  #running = false;

  /** `walKibibytes` counts the write-ahead log written so far; it may wrap. */
  constructor(walKibibytes: () => number) {
    this.#walKibibytes = walKibibytes;
  }

  /** True when enough was written since the last checkpoint and no round is under way. */
  isDue(): boolean {
    // The subtraction is in 32 bits, so a counter that wrapped still gives the distance.
    return (
      !this.#running && ((this.#walKibibytes() - this.#checkpointed_at) | 0) > CHECKPOINT_EVERY_KIBIBYTES
    );
  }

  /** Takes one turn for the checkpoint and one for each table to vacuum, so that others get in between. */
  async run(lend: Lend): Promise<void> {
    this.#running = true;
    try {
      this.#checkpointed_at = this.#walKibibytes();
      await lend((connection) => asOwner(connection, ['checkpoint']));
      this.#checkpoints++;
      if (this.#checkpoints % VACUUM_EVERY_CHECKPOINTS === 0) {
        await vacuum(lend);
      }
    } finally {
      this.#running = false;
    }
  }
}

async function vacuum(lend: Lend): Promise<void> {
  const names: string[] = [];
  await lend(async (connection) => {
    const { rows } = await connection.query(TABLES_TO_VACUUM);
    names.push(...rows.map(({ name }) => String(name)));
  });
  for (const name of names) {
    await lend((connection) => asOwner(connection, [`vacuum (analyze) ${name}`]));
  }
}

// VACUUM refuses to run in a transaction, so the role is the session's for a moment and not the transaction's.
async function asOwner(connection: SqlConnection, statements: readonly string[]): Promise<void> {
  const { rows } = await connection.query('select session_user as name');
  await connection.exec('set session authorization default');
  try {
    for (const statement of statements) {
      await connection.exec(statement);
    }
  } finally {
    await connection.exec(`set session authorization ${String(rows[0]?.name)}`);
  }
}
