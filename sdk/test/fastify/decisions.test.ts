import type { DeliveringOptions } from '@tallystick/sdk/fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../recorder/usage-server.ts';
import { Host } from './host.ts';

let host: Host;
beforeEach(() => {
  host = new Host();
});
afterEach(() => host.end());

/** Milliseconds that pass where a test says so. */
let now = 0;
const timing = { now: () => now, random: () => 0.5, sleep: () => new Promise<void>(() => undefined) };

async function start(decide: Partial<DeliveringOptions['decide']> = {}): Promise<void> {
  await host.start(
    (app, register) => {
      register();
      app.get('/episodes/:id', () => 'fog');
      app.get('/heavy', { config: { tallystick: { cost: 5 } } }, () => 'heavy');
      app.get('/healthz', () => 'ok');
    },
    {
      timing,
      decide: {
        api_key: ({ headers }) => headers['x-api-key']?.toString(),
        on_unavailable: 'open',
        deadline_ms: 200,
        ...decide,
      },
    },
  );
}

const call = (path = '/episodes/1') => host.fetch(path, { headers: { 'x-api-key': 'key of ann' } });

test('an allowed call goes on; one id names its decision and its record; health is not asked about', async () => {
  await start();
  expect(await (await call()).text()).toBe('fog');
  expect(await (await call('/heavy')).text()).toBe('heavy');
  await host.fetch('/healthz');
  await host.recorded();
  const [first, second] = host.usage.events;
  expect(host.usage.asked).toEqual([
    { api_key: 'key of ann', request_id: first?.id, endpoint: '/episodes/:id' },
    { api_key: 'key of ann', request_id: second?.id, endpoint: '/heavy', cost: 5 },
  ]);
});

test.each<[string, number, Record<string, string>]>([
  ['decision_key_invalid', 401, {}],
  ['tokens_insufficient', 402, {}],
  ['rate_limited', 429, { 'retry-after': '7' }],
])('%s is told as %i, with what the server said, and recorded', async (code, status, headers) => {
  await start();
  const problem = {
    type: 'http://elsewhere/docs',
    title: 'No',
    status,
    code,
    detail: 'because',
    tokens_required: 3,
  };
  host.usage.answerDecision = () => ({ status, headers, problem });
  const response = await call();
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('retry-after')).toBe(headers['retry-after'] ?? null);
  expect(await response.json()).toEqual({ ...problem, type: 'about:blank' });
  expect(await host.recorded()).toEqual([`GET /episodes/:id ${status}`]);
});

test('a call without a key is refused, and nobody is asked', async () => {
  await start();
  const response = await host.fetch('/episodes/1');
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'decision_key_invalid', status: 401 });
  expect(host.usage.asked).toEqual([]);
});

const unavailable: [string, Answer][] = [
  ['does not answer in time', 'hang'],
  ['answers 500', { status: 500 }],
  ['answers 503', { status: 503, problem: { code: 'database_unavailable', detail: '' } }],
  ['knows not the key of the host itself', { status: 401, problem: { code: 'unauthenticated', detail: '' } }],
  ['is a proxy with a limit of its own', { status: 429, headers: { 'retry-after': '60' } }],
];

test.each(unavailable)(
  'a server that %s: open goes on, and the next calls do not ask',
  async (_case, answer) => {
    await start();
    host.usage.answerDecision = () => answer;
    for (let index = 0; index < 5; index++) expect((await call()).status).toBe(200);
    expect(host.usage.asked).toHaveLength(1);
  },
);

test.each(unavailable)(
  'a server that %s: closed is 503 with Retry-After, never 429',
  async (_case, answer) => {
    await start({ on_unavailable: 'closed' });
    host.usage.answerDecision = () => answer;
    for (let index = 0; index < 3; index++) {
      const response = await call();
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({ code: 'decision_unavailable', status: 503 });
    }
    expect(host.usage.asked).toHaveLength(1);
  },
);

test('after a pause one call asks for all, and when that is answered all ask again', async () => {
  await start();
  host.usage.answerDecision = () => ({ status: 500 });
  await call();
  now += 1001;
  host.usage.answerDecision = () => 'hang';
  const trial = call();
  await expect.poll(() => host.usage.asked.length).toBe(2);
  expect((await call()).status).toBe(200);
  expect(host.usage.asked).toHaveLength(2);
  await trial;
  now += 1001;
  host.usage.answerDecision = () => ({ status: 429, problem: { code: 'rate_limited', detail: '' } });
  expect((await call()).status).toBe(429);
  expect((await call()).status).toBe(429);
  expect(host.usage.asked).toHaveLength(4);
});
