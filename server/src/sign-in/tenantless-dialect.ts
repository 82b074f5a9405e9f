import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Database } from '../db/index.ts';

/**
 * Kysely over our database for a library that brings its own statements: each runs in a transaction of its own, as the
 * application, with no tenant set. A connection is therefore nothing to hold on to, and there are no transactions over
 * several statements, for which the embedded database would need a second connection.
 */
export function tenantlessDialect(db: Pick<Database, 'withoutTenant'>): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: <R>(query: CompiledQuery): Promise<QueryResult<R>> =>
      db.withoutTenant((tx) => tx.executeQuery<R>(query as CompiledQuery<R>)),
    streamQuery: () => {
      throw new Error('streaming is not supported');
    },
  };
  const refuse = async () => {
    throw new Error('a transaction over several statements is not supported here');
  };
  const driver: Driver = {
    init: async () => undefined,
    acquireConnection: async () => connection,
    releaseConnection: async () => undefined,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => undefined,
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
