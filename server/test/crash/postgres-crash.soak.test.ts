import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findPostgresPrograms,
  type PostgresCluster,
  seededRandom,
  startPostgresCluster,
} from '../harness/index.ts';
import { makeTenants, OPERATOR_KEY } from './crash-tenants.ts';
import { writeUntilStruck } from './load.ts';
import { runCommand, type ServerProcess, startServer } from './server-process.ts';
import { verifyAll } from './verify.ts';
import type { Known } from './write.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const ROUNDS = soak ? 10 : 1;
const programs = findPostgresPrograms();

// The other tests' cluster does not flush and is shared; this one flushes, and is ours to kill.
describe.skipIf(programs === undefined)('PostgreSQL itself is killed under load', () => {
  const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
  const random = seededRandom(seed);
  let cluster: PostgresCluster;
  let server: ServerProcess;
  let env: Record<string, string>;
  let known: Known;

  beforeAll(async () => {
    cluster = await startPostgresCluster(programs ?? '', { fsync: true });
    env = {
      DATABASE_URL: cluster.admin_url,
      TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY,
    };
    server = await startServer(env);
    const tenant_ids = await makeTenants(server.address, 3);
    known = { tenant_ids, writes: [], open_holds: [], purchases: [], random, prefix: 'first' };
  });
  afterAll(async () => {
    await server?.kill();
    await cluster?.stop();
  });

  /** The server lives through it: it answers 503 while the database is away, and then goes on by itself. */
  async function strikeAndVerify(name: string, strike: () => Promise<void>): Promise<void> {
    const since = known.writes.length;
    known.prefix = name;
    const { server_errors } = await writeUntilStruck(known, {
      address: server.address,
      key: OPERATOR_KEY,
      clients: 8,
      answers_before: 80 + Math.floor(random() * 150),
      strike,
      answers_after: 50,
    });
    expect(server_errors.filter((text) => !text.includes(': 503 database_unavailable'))).toEqual([]);
    const verified = await verifyAll(server.address, OPERATOR_KEY, known, since);
    console.log(`${name} seed ${seed}: ${JSON.stringify(verified)}, ${server_errors.length} answers 503`);
    const audit = await runCommand(['audit'], env);
    expect(audit, audit.output).toMatchObject({ code: 0 });
  }

  test(
    'a backend: all connections break, and nothing acknowledged is lost',
    async () => {
      for (let round = 1; round <= ROUNDS; round++)
        await strikeAndVerify(`backend-${round}`, () => killBackend(cluster.admin_url));
    },
    ROUNDS * 60_000,
  );

  test(
    'the postmaster: after its recovery nothing acknowledged is lost',
    async () => {
      for (let round = 1; round <= ROUNDS; round++)
        await strikeAndVerify(`postmaster-${round}`, () => cluster.killAndRestart());
    },
    ROUNDS * 60_000,
  );
});

/** kill -9 to a process that serves a connection of ours; PostgreSQL then ends all others and recovers. */
async function killBackend(admin_url: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin_url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query(
    `select pid from pg_stat_activity where application_name = 'tallystick' order by state = 'active' desc limit 1`,
  );
  process.kill(rows[0].pid, 'SIGKILL');
  // Our own connection breaks too.
  await client.end().catch(() => undefined);
}
