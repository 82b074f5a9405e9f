import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryToSend } from '../crash/api-client.ts';
import { environmentOf, makeTenants, OPERATOR_KEY } from '../crash/crash-tenants.ts';
import { runCommand, type ServerProcess, startServer } from '../crash/server-process.ts';
import { hasEngine, makeTestDatabase, seededRandom, type TestDatabase } from '../harness/index.ts';
import { type MemorySample, sampleMemory, type Thirds, thirdsOf } from './memory-samples.ts';
import { expectSummaries, type MixedLoad, runMixedLoad } from './mixed-load.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const LONG_MS = Number(process.env.TALLYSTICK_SOAK_MINUTES ?? 30) * 60_000;
const SHORT_MS = 5000;
const TENANTS = 30;
const CLIENTS = 8;
const PAUSE_MS = 60;
/**
 * Memory is flat where the last third has at most so many megabytes more than the middle third. In the ten minutes
 * between them the load makes some 60,000 requests, so 300 bytes kept of each would be seen in the heap. The resident
 * set also grows by what the allocator cannot give back, ever more slowly.
 */
const GROWTH_MB = { rss: 32, heap_floor: 16 };

describe.each(['postgres', 'pglite'] as const)('a server under a mixed load [%s]', (engine) => {
  describe.skipIf(!hasEngine(engine))('for a long time', () => {
    // The embedded database is there to see that the load passes on it; time is spent on the other.
    const long = soak && engine === 'postgres';
    const milliseconds = long ? LONG_MS : SHORT_MS;
    const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
    let database: TestDatabase;
    let env: Record<string, string>;
    let server: ServerProcess;
    let load: MixedLoad;

    beforeAll(async () => {
      database = await makeTestDatabase(engine);
      env = environmentOf(database.options);
      server = await startServer(env);
      const { address } = server;
      const tenant_ids = await makeTenants(address, TENANTS);
      const api_keys = new Map<string, string>();
      for (const tenant_id of tenant_ids) api_keys.set(tenant_id, await makeKey(address, tenant_id));
      load = {
        address,
        key: OPERATOR_KEY,
        // One tenant has as much to do as all others together.
        tenant_ids: [...tenant_ids, ...tenant_ids.map(() => tenant_ids[0] ?? '')],
        api_keys,
        random: seededRandom(seed),
        clients: CLIENTS,
        pause_ms: PAUSE_MS,
        milliseconds,
      };
    });
    afterAll(async () => {
      await server?.kill();
      await database.remove();
    });

    test(
      'answers rightly, keeps its memory flat, stops in order, and its audit is clean',
      async () => {
        const samples: MemorySample[] = [];
        const take = async () => void samples.push(await sampleMemory(load.address));
        const sampling = setInterval(() => void take().catch(() => undefined), long ? 2000 : 200);
        const tally = await runMixedLoad(load)
          .catch(async (error: Error) => {
            // Its log is whole once it has ended.
            await server.stop();
            throw new Error(`${error.message}\n${server.output()}`, { cause: error });
          })
          .finally(() => clearInterval(sampling));
        const { expected, ...counts } = tally;
        const thirds = thirdsOf(samples);
        console.log(
          `${engine} seed ${seed}, ${milliseconds / 1000} s, ${expected.size} tenants: ${JSON.stringify({ ...counts, samples: samples.length, ...thirds })}`,
        );
        expect(counts.writes).toBeGreaterThan(milliseconds / 100);
        if (long) expectFlat(thirds);
        await expectSummaries(load, tally);
        const { code } = await server.stop();
        expect(code, server.output()).toBe(0);
        const audit = await runCommand(['audit'], env);
        expect(audit, audit.output).toMatchObject({ code: 0 });
      },
      milliseconds + 120_000,
    );
  });
});

function expectFlat({ middle, last }: Thirds): void {
  const where = JSON.stringify({ middle, last });
  expect(last.rss - middle.rss, where).toBeLessThan(GROWTH_MB.rss);
  expect(last.heap_floor - middle.heap_floor, where).toBeLessThan(GROWTH_MB.heap_floor);
}

async function makeKey(address: string, tenant_id: string): Promise<string> {
  const target = { address, key: OPERATOR_KEY, tenant_id };
  const made = await tryToSend(target, { path: `/tenants/${tenant_id}/api-keys`, body: { name: 'soak' } });
  return String(made?.body.api_key);
}
