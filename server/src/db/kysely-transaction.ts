import type { CompiledQuery, DatabaseConnection, Dialect, QueryResult, RawBuilder } from 'kysely';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  Transaction,
} from 'kysely';
import type { SqlConnection } from './engine.ts';

// Kysely only compiles SQL here. Connections and transactions are ours, because BEGIN, the role and the
// tenant go in one message and because PGlite has a single connection that queues fairly.
const dialect: Dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (database) => new PostgresIntrospector(database),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};
const compiler = new Kysely<unknown>({ dialect });
const executor = compiler.getExecutor();
const driver = new DummyDriver();

class LentConnection implements DatabaseConnection {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected_rows } = await this.#connection.query(query.sql, query.parameters);
    // The row type is what the caller wrote in sql<Row>; nothing checks it but the tests.
    const result = { rows: rows as R[] };
    return affected_rows === undefined ? result : { ...result, numAffectedRows: BigInt(affected_rows) };
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for a generator; neither engine streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not supported; read in chunks');
  }
}

/** The text and the parameters of a statement. */
export function compileSql<Row>(statement: RawBuilder<Row>): CompiledQuery<Row> {
  return statement.compile(compiler);
}

/** Kysely's view of a connection on which BEGIN was sent. */
export function kyselyTransaction(connection: SqlConnection): Transaction<unknown> {
  const lent = new LentConnection(connection);
  return new Transaction<unknown>({
    config: { dialect },
    dialect,
    driver,
    executor: executor.withConnectionProvider({ provideConnection: (consumer) => consumer(lent) }),
  });
}
