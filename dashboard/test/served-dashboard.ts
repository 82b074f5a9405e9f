import { builtDashboard } from '../../server/src/cli/index.ts';
import { ensureOperatorUser } from '../../server/src/sign-in/index.ts';
import { fixedClock, makeTestDatabase } from '../../server/test/harness/index.ts';
import { type TestApp, testApp } from '../../server/test/harness/test-app.ts';

/** The product over HTTP with its dashboard, a database of its own and an operator who may sign in. */
export interface ServedDashboard {
  app: TestApp;
  /** Without a slash at the end. */
  address: string;
  operator: { email: string; password: string };
  /** Makes a tenant and answers its id. */
  makeTenant(name: string, more?: object): Promise<string>;
  /** Makes a user of a tenant, with a password. */
  makeUser(tenant_id: string): Promise<{ user_id: string; email: string; password: string }>;
  /** The body of a request that the operator makes for a tenant; it has to succeed. */
  ask<Body = Record<string, number>>(
    tenant_id: string,
    request: Parameters<TestApp['call']>[0],
    body?: object,
  ): Promise<Body>;
  close(): Promise<void>;
}

const operator = { email: 'operator@dashboard.example', password: 'the operator signs in' };

/** Serves it on a free port of the loopback. The clock stands at the present: the page has its own, the browser's. */
export async function serveDashboard(env: Record<string, string> = {}): Promise<ServedDashboard> {
  const print = (text: string) => void process.stdout.write(text);
  const dashboard = await builtDashboard({ stdout: print, stderr: print });
  if (dashboard === undefined) throw new Error('the dashboard could not be built');
  const test_database = await makeTestDatabase('pglite');
  const db = await test_database.open();
  const app = await testApp(db, { clock: fixedClock(new Date()), dashboard, env });
  await ensureOperatorUser(db, app.clock, operator);
  const address = await app.server.listen({ host: '127.0.0.1', port: 0 });
  let users = 0;
  const ask: ServedDashboard['ask'] = async (tenant_id, request, body) => {
    const headers = { 'tallystick-tenant': tenant_id };
    const answer = await app.call(request, { headers, ...(body && { body }) });
    if (answer.statusCode >= 300) throw new Error(`${request}: ${answer.statusCode} ${answer.body}`);
    return answer.json();
  };
  return {
    app,
    address,
    operator,
    ask,
    makeTenant: async (name, more = {}) => {
      const made = await app.call('POST /tenants', { body: { name, ...more } });
      return made.json().tenant_id;
    },
    makeUser: async (tenant_id) => {
      users += 1;
      const body = { email: `user-${users}@dashboard.example` };
      return (await app.call(`POST /tenants/${tenant_id}/users`, { body })).json();
    },
    close: async () => {
      await app.server.close();
      await test_database.remove();
    },
  };
}

/** Gives a tenant something to look at: a plan with an invoice, tokens sold, used and held, and API calls of three days. */
export async function fillTenant({ ask, app }: ServedDashboard, tenant_id: string): Promise<void> {
  await ask(tenant_id, 'POST /payment-methods', { token: 'sandbox_card' });
  await ask(tenant_id, 'POST /subscriptions', { tier_name: 'professional' });
  await ask(tenant_id, 'POST /ai-tokens/purchase', { tokens_to_purchase: 250_000 });
  await ask(tenant_id, 'POST /ai-tokens/grants', { tokens: 5000, reason: 'welcome' });
  await ask(tenant_id, 'POST /ai-tokens/usage', { tokens_used: 41_234, feature_type: 'content_generation' });
  await ask(tenant_id, 'POST /ai-tokens/usage', { tokens_used: 8766, feature_type: 'transcript_analysis' });
  await ask(tenant_id, 'POST /ai-tokens/holds', {
    tokens: 3000,
    feature_type: 'ad_generation',
    request_id: 'held-in-the-browser',
  });
  const calls = Array.from({ length: 300 }, (_, index) => ({
    id: `call-${index}`,
    endpoint: ['/episodes/:episode_id', '/search', '/transcripts'][index % 3],
    method: index % 3 === 2 ? 'POST' : 'GET',
    status_code: index % 20 === 0 ? 500 : index % 15 === 0 ? 404 : 200,
    response_time_ms: 10 + (index % 50),
    occurred_at: new Date(app.clock.now().getTime() - (index % 3) * 86_400_000).toISOString(),
  }));
  await ask(tenant_id, 'POST /api-usage/events', calls);
}
