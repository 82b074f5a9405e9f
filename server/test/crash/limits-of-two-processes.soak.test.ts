import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mostInOneWindow } from '../../src/rate-limits/gcra.ts';
import { describeOnRedis, hasEngine, makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { read, readAll, type Target, tryToSend } from './api-client.ts';
import { makeTenants, OPERATOR_KEY } from './crash-tenants.ts';
import { runCommand, type ServerProcess, startServer } from './server-process.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const CLIENTS = 24;
const REQUESTS = soak ? 20_000 : 3000;
const TOKENS = 10;
/** Closed: on a machine that is too busy for the deadline a decision is refused, and no process counts by itself. */
const POLICY = { limit: 40, window_seconds: 1, on_store_failure: 'closed' };

/** An allowed decision, and between which moments it was made. */
interface Allowed {
  request_id: string;
  hold_id: string;
  sent_ms: number;
  answered_ms: number;
}

describeOnRedis('two processes on one Redis', (getUrl) => {
  describe.skipIf(!hasEngine('postgres'))('and one PostgreSQL', () => {
    let database: TestDatabase;
    let servers: ServerProcess[] = [];
    let env: Record<string, string>;
    beforeAll(async () => {
      database = await makeTestDatabase('postgres');
      env = { DATABASE_URL: database.options.database_url ?? '', TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY };
      const first = await startServer({ ...env, REDIS_URL: getUrl() });
      servers = [first, await startServer({ ...env, REDIS_URL: getUrl() })];
    });
    afterAll(async () => {
      for (const server of servers) await server.kill();
      await database.remove();
    });

    test(
      'admit in no window more than the README states, decide each request_id once, and hold what they said',
      async () => {
        const targets = await Promise.all(servers.map(({ address }) => ({ address, key: OPERATOR_KEY })));
        const [tenant_id = ''] = await makeTenants(targets[0]?.address ?? '', 1, 10_000_000);
        const at = (number: number): Target => ({ address: '', key: '', ...targets[number % 2], tenant_id });
        const made = await tryToSend(at(0), { path: `/tenants/${tenant_id}/api-keys`, body: { name: 'k' } });
        const api_key = String(made?.body.api_key);
        await setPolicy(at(0));
        const allowed: Allowed[] = [];
        const answers = { 200: 0, 409: 0, 429: 0, 503: 0 };
        let sent = 0;
        const client = async (): Promise<void> => {
          while (sent < REQUESTS) {
            sent += 1;
            // Every third id is asked about at both servers, at nearly the same moment.
            const request_id = `call-${sent - (sent % 3 === 0 ? 1 : 0)}`;
            const body = { api_key, request_id, tokens: TOKENS, feature_type: 'ad_generation' };
            const sent_ms = performance.now();
            const answer = await tryToSend(at(sent), { path: '/decisions', body });
            const answered_ms = performance.now();
            expect([200, 409, 429, 503], JSON.stringify(answer)).toContain(answer?.status);
            answers[answer?.status as 200] += 1;
            if (answer?.status !== 200 || answer.replayed) continue;
            allowed.push({ request_id, hold_id: String(answer.body.hold_id), sent_ms, answered_ms });
          }
        };
        await Promise.all(Array.from({ length: CLIENTS }, client));
        console.log(`${allowed.length} allowed, answers ${JSON.stringify(answers)}`);
        const bound = mostInOneWindow({ limit: POLICY.limit, window_ms: POLICY.window_seconds * 1000 });
        const most = mostWithin(allowed, POLICY.window_seconds * 1000);
        expect(most).toBeLessThanOrEqual(bound);
        expect(allowed.length).toBeGreaterThanOrEqual(POLICY.limit);
        expect(answers[429]).toBeGreaterThan(0);
        expect(new Set(allowed.map(({ request_id }) => request_id)).size).toBe(allowed.length);
        const held = (await readAll(at(1), '/ai-tokens/holds')).filter((hold) => hold.status === 'held');
        expect(held.map((hold) => hold.hold_id).sort()).toEqual(allowed.map(({ hold_id }) => hold_id).sort());
        const balance = await read(at(0), '/ai-tokens/balance');
        expect(balance.tokens_held).toBe(allowed.length * TOKENS);
        const audit = await runCommand(['audit'], env);
        expect(audit, audit.output).toMatchObject({ code: 0 });
      },
      soak ? 600_000 : 120_000,
    );
  });
});

async function setPolicy({ address, key, tenant_id }: Target): Promise<void> {
  const answer = await fetch(`${address}/api/v1/monetization/rate-limit-policies/shared`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${key}`,
      'tallystick-tenant': tenant_id,
      'content-type': 'application/json',
    },
    body: JSON.stringify(POLICY),
  });
  expect(answer.status).toBe(201);
}

/** The most decisions that certainly fell into one window: sent after it began, and answered before it ended. */
function mostWithin(allowed: readonly Allowed[], window_ms: number): number {
  let most = 0;
  for (const { sent_ms: from } of allowed) {
    const inside = allowed.filter((one) => one.sent_ms >= from && one.answered_ms < from + window_ms);
    most = Math.max(most, inside.length);
  }
  return most;
}
