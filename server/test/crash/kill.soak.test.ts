import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasEngine, makeTestDatabase, seededRandom, type TestDatabase } from '../harness/index.ts';
import { read, readAll, tryToSend } from './api-client.ts';
import { environmentOf, makeTenants, OPERATOR_KEY } from './crash-tenants.ts';
import { writeUntilStruck } from './load.ts';
import { runCommand, type ServerProcess, startServer } from './server-process.ts';
import { verifyAll } from './verify.ts';
import type { Known } from './write.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const ROUNDS = soak ? 20 : 3;
const CLIENTS = 12;
const ROUND_DEADLINE_MS = 60_000;

describe.each(['pglite', 'postgres'] as const)('the process is killed under load [%s]', (engine) => {
  describe.skipIf(!hasEngine(engine))('and started again', () => {
    const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
    const random = seededRandom(seed);
    let database: TestDatabase;
    let env: Record<string, string>;
    let server: ServerProcess;
    let known: Known;

    beforeAll(async () => {
      database = await makeTestDatabase(engine);
      env = environmentOf(database.options);
      server = await startServer(env);
      const tenant_ids = await makeTenants(server.address, 3);
      known = { tenant_ids, writes: [], open_holds: [], purchases: [], random, prefix: 'first' };
    });
    afterAll(async () => {
      await server?.kill();
      await database.remove();
    });

    async function expectCleanAudit(): Promise<void> {
      // On the embedded database it goes through the running server.
      const audit = await runCommand(['audit'], env);
      expect(audit, audit.output).toMatchObject({ code: 0 });
    }

    test(
      'kill -9: nothing acknowledged is lost, and a repeat has one effect',
      async () => {
        for (let round = 1; round <= ROUNDS; round++) {
          const since = known.writes.length;
          known.prefix = `round-${round}`;
          const answers_before = 100 + Math.floor(random() * 200);
          const { server_errors } = await writeUntilStruck(known, {
            address: server.address,
            key: OPERATOR_KEY,
            clients: CLIENTS,
            answers_before,
            // By turns at once, when an answer was given and its commit could still be missing, and at any moment.
            strike: () => server.kill(round % 2 === 1 ? 0 : random() * 10),
          });
          expect(server_errors, server.output()).toEqual([]);
          server = await startServer(env);
          const verified = await verifyAll(server.address, OPERATOR_KEY, known, since);
          await expectCleanAudit();
          console.log(`${engine} seed ${seed} round ${round}: ${JSON.stringify(verified)}`);
          expect(verified.repeated).toBeGreaterThan(0);
        }
      },
      ROUNDS * ROUND_DEADLINE_MS,
    );

    test(
      'SIGTERM: exit code 0 within 10 s, and nothing acknowledged is lost',
      async () => {
        const since = known.writes.length;
        known.prefix = 'stopped';
        let ended = { code: null as number | null, took_ms: 0 };
        await writeUntilStruck(known, {
          address: server.address,
          key: OPERATOR_KEY,
          clients: CLIENTS,
          answers_before: 150,
          strike: async () => {
            ended = await server.stop();
          },
        });
        expect(ended.code, server.output()).toBe(0);
        expect(ended.took_ms).toBeLessThan(10_000);
        server = await startServer(env);
        await verifyAll(server.address, OPERATOR_KEY, known, since);
        await expectCleanAudit();
      },
      ROUND_DEADLINE_MS,
    );

    test(
      'holds that were open can still be settled, or become items to reconcile',
      async () => {
        await server.stop();
        server = await startServer({ ...env, TALLYSTICK_TEST_CLOCK: 'true' });
        const { address } = server;
        const root = { address, key: OPERATOR_KEY, tenant_id: known.tenant_ids[0] ?? '' };
        expect(known.open_holds.length).toBeGreaterThan(0);
        for (const tenant_id of known.tenant_ids) {
          const target = { ...root, tenant_id };
          const [settled, ...open] = known.open_holds.filter((hold) => hold.tenant_id === tenant_id);
          if (settled === undefined) continue;
          const body = { tokens_used: settled.tokens };
          const answer = await tryToSend(target, {
            path: `/ai-tokens/holds/${settled.hold_id}/settle`,
            body,
          });
          expect(answer).toMatchObject({ status: 200, body: { shortfall_tokens: 0, ...body } });
          const path = '/test-clock/advance';
          expect(await tryToSend(target, { path, body: { seconds: 901 } })).toMatchObject({ status: 200 });
          const holds = await readAll(target, '/ai-tokens/holds');
          const expired = holds.filter((hold) => hold.status === 'expired').map((hold) => hold.hold_id);
          expect(expired.sort()).toEqual(open.map((hold) => hold.hold_id).sort());
          const held = open.reduce((total, hold) => total + hold.tokens, 0);
          expect(await read(target, '/ai-tokens/balance')).toMatchObject({ tokens_held: held });
        }
        await expectCleanAudit();
      },
      ROUND_DEADLINE_MS,
    );
  });
});
