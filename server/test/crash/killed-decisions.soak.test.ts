import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasEngine, makeTestDatabase, seededRandom, type TestDatabase } from '../harness/index.ts';
import { readAll, type Target, tryToSend } from './api-client.ts';
import { makeTenants, OPERATOR_KEY } from './crash-tenants.ts';
import { runCommand, type ServerProcess, startServer } from './server-process.ts';
import type { JsonAnswer } from './write.ts';

const ROUNDS = process.env.TALLYSTICK_SOAK === 'true' ? 12 : 3;
const CLIENTS = 12;
const TOKENS = 10;
/** Beyond the lease of a claim, and long enough for the tier's limit to be whole again. */
const LEASE_SECONDS = 60;
/** The life of a hold: longer than all rounds. */
const HOLD_SECONDS = 900;

/** A question, and its answer where one arrived. */
interface Asked {
  body: { api_key: string; request_id: string; tokens: number; feature_type: string };
  answer: JsonAnswer | undefined;
}

describe.each(['pglite', 'postgres'] as const)('the process is killed while it decides [%s]', (engine) => {
  describe.skipIf(!hasEngine(engine))('and started again', () => {
    const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
    const random = seededRandom(seed);
    let database: TestDatabase;
    let env: Record<string, string>;
    let server: ServerProcess;
    let target: Target;
    let api_key: string;
    const asked: Asked[] = [];

    beforeAll(async () => {
      database = await makeTestDatabase(engine);
      const { database_url, data_folder } = database.options;
      env = {
        TALLYSTICK_DATA: data_folder,
        TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY,
        TALLYSTICK_TEST_CLOCK: 'true',
        ...(database_url === undefined ? {} : { DATABASE_URL: database_url }),
      };
      server = await startServer(env);
      const [tenant_id = ''] = await makeTenants(server.address, 1, 10_000_000);
      target = { address: server.address, key: OPERATOR_KEY, tenant_id };
      const made = await tryToSend(target, { path: `/tenants/${tenant_id}/api-keys`, body: { name: 'k' } });
      api_key = String(made?.body.api_key);
    });
    afterAll(async () => {
      await server?.kill();
      await database.remove();
    });

    async function decideUntilKilled(round: number): Promise<void> {
      const enough = 60 + Math.floor(random() * 60);
      let answered = 0;
      let struck: Promise<void> | undefined;
      let made = 0;
      const client = async (): Promise<void> => {
        while (true) {
          made += 1;
          const request_id = `round-${round}-${made}`;
          const one: Asked = {
            body: { api_key, request_id, tokens: TOKENS, feature_type: 'ad_generation' },
            answer: undefined,
          };
          asked.push(one);
          one.answer = await tryToSend(target, { path: '/decisions', body: one.body });
          if (one.answer === undefined) return;
          answered += 1;
          if (answered >= enough) struck ??= server.kill(random() * 10);
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
      await struck;
    }

    const advance = async (seconds: number) => {
      const answer = await tryToSend(target, { path: '/test-clock/advance', body: { seconds } });
      expect(answer, JSON.stringify(answer)).toMatchObject({ status: 200 });
    };

    test(
      'no hold is left that was neither answered nor becomes an item to reconcile',
      async () => {
        for (let round = 1; round <= ROUNDS; round++) {
          await decideUntilKilled(round);
          server = await startServer(env);
          target = { ...target, address: server.address };
          const open = asked.filter((one) => one.answer === undefined);
          expect(open.length).toBeGreaterThan(0);
          await advance(LEASE_SECONDS);
          // Half of those that got no answer ask again; the others never do.
          for (const one of open.slice(0, Math.ceil(open.length / 2)))
            one.answer = await tryToSend(target, { path: '/decisions', body: one.body });
          for (const one of open.slice(Math.ceil(open.length / 2))) asked.splice(asked.indexOf(one), 1);
        }
        const allowed = asked.filter((one) => one.answer?.status === 200);
        expect(new Set(asked.map((one) => one.answer?.status))).toEqual(new Set([200]));
        for (const { body, answer } of allowed) {
          const again = await tryToSend(target, { path: '/decisions', body });
          expect(again).toEqual({ ...answer, replayed: true });
        }
        const answered = new Set(allowed.map((one) => String(one.answer?.body.hold_id)));
        expect(answered.size).toBe(allowed.length);
        const holds = await readAll(target, '/ai-tokens/holds');
        const unheard = holds.filter((hold) => !answered.has(String(hold.hold_id)) && hold.status === 'held');
        console.log(
          `${engine} seed ${seed}: ${allowed.length} allowed, ${unheard.length} holds nobody heard of`,
        );
        for (const hold of holds) {
          if (answered.has(String(hold.hold_id))) expect(hold.status).toBe('held');
          else if (hold.status !== 'held')
            expect(hold.release_reason).toBe('its decision was never answered');
        }
        await advance(HOLD_SECONDS);
        const expired = (await readAll(target, '/ai-tokens/holds')).filter(
          (hold) => hold.status === 'expired',
        );
        expect(expired.length).toBe(allowed.length + unheard.length);
        const audit = await runCommand(['audit'], env);
        expect(audit, audit.output).toMatchObject({ code: 0 });
      },
      ROUNDS * 60_000,
    );
  });
});
