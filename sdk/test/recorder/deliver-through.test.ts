import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tallystick, type TallystickOptions } from '@tallystick/sdk';
import { deliverThrough, UsageRecorder } from '@tallystick/sdk/recorder';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, UsageServer } from './usage-server.ts';

let folder: string;
let usage: UsageServer;
let recorder: UsageRecorder;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-deliver-'));
  usage = new UsageServer();
  await usage.start();
});
afterEach(async () => {
  await recorder.close(1);
  await usage.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(options: Partial<TallystickOptions> = {}): void {
  const client = new Tallystick({ base_url: usage.base_url, api_key: 'key', ...options });
  recorder = new UsageRecorder({
    ...deliverThrough(client),
    spool_folder: folder,
    onTrouble: () => undefined,
    batch_wait_ms: 1,
    retry_pause_first_ms: 1,
    retry_pause_max_ms: 5,
  });
  for (let index = 0; index < 3; index++) {
    recorder.record({
      id: `call-${index}`,
      endpoint: '/é/:"id"',
      method: 'GET',
      status_code: 200,
      response_time_ms: 0.5,
      occurred_at: '2026-01-31T12:00:00Z',
    });
  }
}

const refusal = (status: number, code: string): Answer => ({ status, problem: { code, detail: 'because' } });

test('events arrive as they were recorded', async () => {
  start();
  await recorder.flush();
  expect(usage.events.map(({ id, endpoint }) => [id, endpoint])).toEqual([
    ['call-0', '/é/:"id"'],
    ['call-1', '/é/:"id"'],
    ['call-2', '/é/:"id"'],
  ]);
});

describe('is repeated until it succeeds', () => {
  test.each<[string, Answer]>([
    ['an error of the server', { status: 500 }],
    ['a gateway without its server', { status: 502 }],
    [
      'a rate limit',
      { ...(refusal(429, 'limited') as object), status: 429, headers: { 'retry-after': '0' } },
    ],
    ['a twin under way', refusal(409, 'request_in_flight')],
    ['no answer in time', 'hang'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9' } }],
    ['a page of a proxy', { status: 200, problem: {} }],
  ])('%s', async (_case, answer) => {
    usage.answers.push(answer, answer);
    start({ timeout_ms: 50 });
    await expect.poll(() => usage.events.length).toBe(3);
    await expect.poll(() => recorder.figures).toMatchObject({ delivered: 3, pending: 0 });
  });
});

test.each<[string, Answer]>([
  ['a revoked key', refusal(401, 'unauthenticated')],
  ['a key without the scope', refusal(403, 'scope_missing')],
  ['a server that is switched off', refusal(404, 'monetization_disabled')],
  ['a proxy that refuses', { status: 422 }],
])('%s: all waits on disk', async (_case, answer) => {
  usage.answers.push(answer);
  start();
  await expect(recorder.flush()).rejects.toThrow();
  expect(recorder.figures).toMatchObject({ pending: 3, spooled: 3, set_aside: 0 });
});

test.each<[string, Answer]>([
  ['a malformed body', refusal(400, 'body_malformed')],
  ['too large a body', refusal(413, 'body_too_large')],
  ['an invalid body', refusal(422, 'request_invalid')],
])('%s: this batch is set aside on disk', async (_case, answer) => {
  usage.answers.push(answer);
  start();
  await expect(recorder.flush()).rejects.toThrow();
  await expect.poll(() => recorder.figures).toMatchObject({ pending: 0, set_aside: 3, dropped: 0 });
});

test("a fetch of the client's own is used", async () => {
  let calls = 0;
  start({
    fetch: (...request) => {
      calls += 1;
      return fetch(...request);
    },
  });
  await recorder.flush();
  expect(calls).toBe(1);
});
