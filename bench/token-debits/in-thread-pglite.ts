import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { LocalChangeFeed } from '../../server/src/db/change-feed.ts';
import { columnParser, toParameter } from '../../server/src/db/column-types.ts';
import { EngineDatabase } from '../../server/src/db/database.ts';
import { APP_ROLES, type Engine, type SqlConnection, type SqlResult } from '../../server/src/db/engine.ts';
import type { Database } from '../../server/src/db/index.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../server/src/db/migrations.ts';
import type { RawResult } from '../../server/src/db/pglite-protocol.ts';
import { PgliteStatements } from '../../server/src/db/pglite-statements.ts';

/**
 * PGlite as it comes, in this thread and on a folder that it never flushes, under the same Database: so the same code
 * writes the same batches, and only the worker and the flushes are gone.
 */
export async function openInThreadPglite(folder: string): Promise<Database> {
  const engine = new InThreadEngine(await PGlite.create(join(folder, 'in-thread')));
  await engine.exec('set search_path to tallystick, pg_temp');
  const applied_migrations = await migrate(engine, MIGRATIONS_FOLDER);
  await engine.enterService();
  return new EngineDatabase(engine, {
    applied_migrations,
    migrations_folder: MIGRATIONS_FOLDER,
    random: Math.random,
    changes: new LocalChangeFeed(),
  });
}

class InThreadEngine implements Engine {
  readonly kind = 'pglite';
  readonly #pglite: PGlite;
  readonly #statements: PgliteStatements;
  #last_turn: Promise<unknown> = Promise.resolve();

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
    this.#statements = new PgliteStatements(pglite);
  }

  /** From here on a transaction runs as tallystick_app unless it says otherwise, as in PgliteEngine. */
  async enterService(): Promise<void> {
    await this.exec(`set session authorization ${APP_ROLES.app}`);
  }

  becomeRole: Engine['becomeRole'] = (role) => {
    if (role === 'app') return '';
    return `set local session authorization ${role === 'owner' ? 'postgres' : APP_ROLES[role]}`;
  };

  lend: Engine['lend'] = (_role, use) =>
    this.#inTurn(async () => {
      const connection: SqlConnection = {
        query: async (statement, parameters = []) =>
          parsed(await this.#statements.run(statement, parameters.map(toParameter))),
        exec: (statements) => this.exec(statements),
      };
      return await use(connection);
    });

  single: Engine['single'] = (role, statement, parameters) =>
    this.#inTurn(async () =>
      parsed(await this.#statements.runSingle(this.becomeRole(role), statement, parameters.map(toParameter))),
    );

  async ping(): Promise<void> {
    await this.#inTurn(() => this.exec('select 1'));
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#pglite.close());
  }

  /** Several statements in one message; answers the last one's command tag. */
  async exec(statements: string): Promise<string> {
    const results = await this.#pglite.exec(statements, { rowMode: 'array' });
    // PGlite's own result has no command; what comes last is what a caller asks about.
    return (results.at(-1) as { command?: string } | undefined)?.command ?? '';
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last_turn.then(work, work);
    this.#last_turn = turn.catch(() => undefined);
    return turn;
  }
}

function parsed({ fields, rows, command, affected_rows }: RawResult): SqlResult {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: columnParser(dataTypeID) }));
  const readRow = (values: readonly (string | null)[]) =>
    Object.fromEntries(
      columns.map(({ name, parse }, index) => {
        const text = values[index] ?? null;
        return [name, text === null ? null : parse(text)];
      }),
    );
  return { command, affected_rows, rows: rows.map(readRow) };
}
