import { spawnSync } from 'node:child_process';
import { findPostgresPrograms, startPostgresCluster } from './postgres-cluster.ts';
const c2 = await startPostgresCluster(findPostgresPrograms() ?? '', { fsync: false });
const r = spawnSync('node', ['node_modules/.bin/vitest', 'run', 'server/src/db/migr'], { env: { ...process.env, TEST_DATABASE_URL: c2.admin_url, REQUIRE_ALL_SUITES: 'true' }, encoding: 'utf8' });
console.log(r.status, r.stdout.slice(-100), r.stderr.slice(0,1500));
await c2.stop();
