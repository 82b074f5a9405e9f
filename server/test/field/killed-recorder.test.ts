import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, tryToSend } from '../crash/api-client.ts';
import { environmentOf, makeTenants, OPERATOR_KEY } from '../crash/crash-tenants.ts';
import { type ServerProcess, startServer } from '../crash/server-process.ts';
import { hasEngine, makeTestDatabase, type TestDatabase } from '../harness/index.ts';

describe.each(['pglite', 'postgres'] as const)('shutdown and crash [%s]', (engine) => {
  describe.skipIf(!hasEngine(engine))('of a process that has calls to record', () => {
    let database: TestDatabase;
    let env: Record<string, string>;
    let server: ServerProcess;
    beforeAll(async () => {
      database = await makeTestDatabase(engine);
      env = environmentOf(database.options);
      server = await startServer(env);
    });
    afterAll(async () => {
      await server.kill();
      await database.remove();
    });

    it('"buffered usage survives": calls that were answered are counted after kill -9, each once', async () => {
      const [tenant_id = ''] = await makeTenants(server.address, 1);
      const operator = () => ({ address: server.address, key: OPERATOR_KEY, tenant_id });
      const made = await tryToSend(operator(), {
        path: `/tenants/${tenant_id}/api-keys`,
        body: { name: 'own' },
      });
      const key = String(made?.body.api_key);
      let answered = 0;
      for (let round = 0; round < 3; round++) {
        const calls = Array.from({ length: 40 }, () => read({ ...operator(), key }, '/ai-tokens/balance'));
        answered += (await Promise.all(calls)).length;
        // A call is on disk at the end of the turn that answered it; another answer says that this turn is over.
        await fetch(`${server.address}/healthz`);
        await server.kill();
        server = await startServer(env);
      }
      const recorded = async () => (await read(operator(), '/api-usage/summary')).total_calls;
      await expect.poll(recorded, { timeout: 20_000, interval: 50 }).toBe(answered);
    });
  });
});
