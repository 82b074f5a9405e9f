export {
  describeOnEachDatabase,
  describeOnPostgres,
  describeOnRedis,
  type SuiteDatabase,
} from './each-database.ts';
export { type FixedClock, fixedClock } from './fixed-clock.ts';
export { findPostgresPrograms, type PostgresCluster, startPostgresCluster } from './postgres-cluster.ts';
export { findRedisProgram, type RedisServer, startRedis } from './redis-server.ts';
export { seededRandom } from './seeded-random.ts';
export { hasEngine, makeTestDatabase, type TestDatabase } from './test-database.ts';
