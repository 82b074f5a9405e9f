import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { CompiledQuery, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Engine, Role, SqlConnection } from './engine.ts';
import { DatabaseUnavailableError, isConnectionLoss, PLAN_OUTDATED, sqlState } from './errors.ts';
import { compileSql, kyselyTransaction } from './kysely-transaction.ts';

/** A transaction to run statements in; it ends with the function it was given to. */
export type Tx = Transaction<unknown> | Kysely<unknown>;

/** A statement that is text already, of which Row is a row, and what stands for $1, $2 and so on. */
export interface SqlText<Row> {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Never set: it is there for the type. */
  readonly row?: Row;
}

/** Runs a statement in a transaction that is open. */
export async function runOn<Row>(tx: Tx, statement: RawBuilder<Row> | SqlText<Row>): Promise<Row[]> {
  const query = 'sql' in statement ? CompiledQuery.raw(statement.sql, [...statement.parameters]) : statement;
  const result = 'execute' in query ? await query.execute(tx) : await tx.executeQuery<Row>(query);
  return result.rows as Row[];
}

/** What kind of transaction to begin. */
export interface TransactionRequest {
  readonly role: Role;
  readonly tenant_id?: string;
  /** REPEATABLE READ READ ONLY: every statement sees the same moment. */
  readonly snapshot?: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// A serialization failure, a deadlock, a plan that a migration made outdated: the same work may well succeed when tried
// again.
const RETRIED_STATES = new Set(['40001', '40P01', PLAN_OUTDATED]);
const MAXIMUM_TRIES = 5;
const FIRST_PAUSE_MS = 10;

interface Scope {
  open: boolean;
}

/** Runs transactions on an engine: one BEGIN message, retries, and a guard against nesting. */
export class TransactionRunner {
  readonly #engine: Engine;
  readonly #random: () => number;
  readonly #ended: (tx: Tx) => void;
  readonly #scopes = new AsyncLocalStorage<Scope>();

  /** `random` yields [0, 1) and spreads the pauses between tries. `ended` is told of each try that is over. */
  constructor(engine: Engine, random: () => number, ended: (tx: Tx) => void) {
    this.#engine = engine;
    this.#random = random;
    this.#ended = ended;
  }

  /**
   * Runs `work` in one transaction and commits. A serialization failure or a deadlock runs it again, at most
   * five times in all, so it must do nothing but SQL. A lost connection is a DatabaseUnavailableError.
   */
  async run<T>(request: TransactionRequest, work: (tx: Tx) => Promise<T>): Promise<T> {
    this.#refuseNesting();
    const statements = beginStatements(this.#engine, request);
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(request.role, statements, work);
      } catch (error) {
        if (isConnectionLoss(error)) throw unavailable(error);
        if (tries === MAXIMUM_TRIES || !RETRIED_STATES.has(sqlState(error) ?? '')) {
          throw error;
        }
        await wait(FIRST_PAUSE_MS * 2 ** tries * this.#random());
      }
    }
  }

  /** One statement in a transaction of its own, in one message, never tried again. */
  async single<Row>(role: Role, statement: RawBuilder<Row> | SqlText<Row>): Promise<Row[]> {
    this.#refuseNesting();
    const { sql, parameters } = 'sql' in statement ? statement : compileSql(statement);
    try {
      // The row type is what the caller wrote in sql<Row>; nothing checks it but the tests.
      return (await this.#engine.single(role, sql, parameters)).rows as Row[];
    } catch (error) {
      throw isConnectionLoss(error) ? unavailable(error) : error;
    }
  }

  /** With one connection a nested transaction waits for itself for ever; on a pool it would deadlock under load. */
  #refuseNesting(): void {
    if (this.#scopes.getStore()?.open)
      throw new Error('a transaction was begun inside a transaction; use the tx at hand');
  }

  async #once<T>(role: Role, statements: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const scope: Scope = { open: true };
    return await this.#engine.lend(role, (lent) =>
      this.#scopes.run(scope, async () => {
        const connection = whileOpen(lent, scope);
        const tx = kyselyTransaction(connection);
        try {
          await connection.exec(statements);
          const result = await work(tx);
          await commit(connection);
          return result;
        } catch (error) {
          if (!isConnectionLoss(error)) {
            await rollback(connection);
          }
          throw error;
        } finally {
          scope.open = false;
          this.#ended(tx);
        }
      }),
    );
  }
}

function unavailable(error: unknown): DatabaseUnavailableError {
  if (error instanceof DatabaseUnavailableError) return error;
  return new DatabaseUnavailableError(error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

function beginStatements(engine: Engine, request: TransactionRequest): string {
  const statements = [`begin${request.snapshot ? ' isolation level repeatable read read only' : ''}`];
  const role = engine.becomeRole(request.role);
  if (role !== '') {
    statements.push(role);
  }
  if (request.tenant_id !== undefined) {
    // The message has no parameters, so nothing but a UUID may get into it.
    if (!UUID.test(request.tenant_id)) {
      throw new TypeError(`${JSON.stringify(request.tenant_id)} is not a tenant_id`);
    }
    statements.push(`select tallystick.set_tenant('${request.tenant_id}')`);
  }
  return statements.join('; ');
}

/** A handle that outlives its transaction would write into somebody else's, so it closes with its scope. */
function whileOpen(connection: SqlConnection, scope: Scope): SqlConnection {
  const check = () => {
    if (!scope.open) {
      throw new Error('this transaction has ended; its tx cannot be used any more');
    }
  };
  return {
    query: async (statement, parameters) => {
      check();
      return await connection.query(statement, parameters);
    },
    exec: async (statements) => {
      check();
      return await connection.exec(statements);
    },
  };
}

async function commit(connection: SqlConnection): Promise<void> {
  const command = await connection.exec('commit');
  if (command === 'ROLLBACK') {
    throw new Error(
      'a statement of this transaction failed and its error was swallowed: everything was rolled back',
    );
  }
}

async function rollback(connection: SqlConnection): Promise<void> {
  try {
    await connection.exec('rollback');
  } catch {
    // The error that made us roll back says more; the engine throws away a connection that cannot roll back.
  }
}
