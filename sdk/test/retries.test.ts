import {
  NoAnswerError,
  Tallystick,
  TallystickError,
  type TallystickOptions,
  type Timing,
} from '@tallystick/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Fate, type FlakyServer, startFlakyServer } from './flaky-server.ts';
import { type ServedProduct, serveProduct } from './served-product.ts';

const TIMEOUT_MS = 7777;

let product: ServedProduct;
let flaky: FlakyServer;
let direct: Tallystick;
beforeAll(async () => {
  product = await serveProduct();
  flaky = await startFlakyServer(product.base_url);
});
afterAll(async () => {
  await flaky.close();
  await product.close();
});

/** A tenant with 1,000 tokens for every test. */
beforeEach(async () => {
  const operator = new Tallystick({ base_url: product.base_url, api_key: product.operator_key });
  const { tenant_id } = await operator.createTenant({ name: 'Retries' });
  direct = operator.forTenant(tenant_id);
  tenant = tenant_id;
  await direct.grantAiTokens({ tokens: 1000, reason: 'to try' });
  flaky.keys.length = 0;
});
let tenant: string;

/** Time that passes only where the client waits; an attempt times out when the server has left it hanging. */
function virtualTiming(): Timing & { pauses: number[] } {
  let now = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    random: () => 0.5,
    sleep: (milliseconds, signal) => {
      if (milliseconds !== TIMEOUT_MS) {
        signal?.throwIfAborted();
        pauses.push(milliseconds);
        now += milliseconds;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        flaky.onHang = () => {
          now += milliseconds;
          resolve();
        };
      });
    },
  };
}

/** A client that meets these fates, one for each attempt. */
function meeting(fates: Fate[], options: Partial<TallystickOptions> = {}) {
  flaky.fates = fates;
  const timing = virtualTiming();
  const tallystick = new Tallystick({
    base_url: flaky.base_url,
    api_key: product.operator_key,
    tenant_id: tenant,
    timeout_ms: TIMEOUT_MS,
    timing,
    ...options,
  });
  return { tallystick, timing };
}

const use = { tokens_used: 100, feature_type: 'transcript_analysis' };
const unavailable = (retry_after: string): Fate => ({ status: 503, headers: { 'retry-after': retry_after } });

/** What was really booked. */
async function uses(): Promise<number> {
  return (await direct.listAiTokenUsage()).data.length;
}

describe('one key over all attempts, and one effect', () => {
  test.each<[string, Fate[]]>([
    ['the connection drops before the server sees the request', ['drop before']],
    ['the connection drops after the commit', ['drop after']],
    ['the answer breaks off after the commit', ['cut the answer after']],
    ['no answer comes in time', ['hang before']],
    ['no answer comes in time, though it was committed', ['hang after']],
    ['all of it in turn', ['drop after', 'hang after', unavailable('1'), 'cut the answer after']],
  ])('%s', async (_case, fates) => {
    const attempts = fates.length + 1;
    const { tallystick } = meeting(fates);
    const answer = await tallystick.useAiTokens(use);
    expect(answer).toMatchObject({ tokens_used: 100, balance_after: 900 });
    expect(flaky.keys).toHaveLength(attempts);
    expect(new Set(flaky.keys).size).toBe(1);
    expect(flaky.keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(await uses()).toBe(1);
  });

  test('a purchase is charged once', async () => {
    const { tallystick } = meeting(['drop after', 'drop after']);
    expect(await tallystick.purchaseAiTokens({ tokens_to_purchase: 50_000 })).toMatchObject({
      balance: 51_000,
    });
    const { data } = await direct.listTransactions({ type: 'token_purchase' });
    expect(data.map(({ tokens }) => tokens)).toEqual([50_000]);
  });

  test('two calls have two keys, and a key that the caller gives is used as it is', async () => {
    const { tallystick } = meeting([]);
    await tallystick.useAiTokens(use);
    await tallystick.useAiTokens(use);
    expect(new Set(flaky.keys).size).toBe(2);
    await tallystick.useAiTokens(use, { idempotency_key: 'mine' });
    await tallystick.useAiTokens(use, { idempotency_key: 'mine' });
    expect(flaky.keys.slice(2)).toEqual(['mine', 'mine']);
    expect(await uses()).toBe(3);
  });
});

describe('how long', () => {
  test('pauses grow, and Retry-After is waited for', async () => {
    const { tallystick, timing } = meeting(['drop before', 'drop before', unavailable('3')]);
    await tallystick.getAiTokenBalance();
    expect(timing.pauses).toEqual([100, 200, 3400]);
    expect(flaky.keys).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('attempts are bounded, and the error has the key under which to go on', async () => {
    const { tallystick } = meeting(['drop after', 'drop before', 'drop before'], { retries: 2 });
    const error = await tallystick.useAiTokens(use).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NoAnswerError);
    const { code, attempts, status, idempotency_key } = error as NoAnswerError;
    expect({ code, attempts, status }).toEqual({ code: 'connection_failed', attempts: 3, status: undefined });
    if (idempotency_key === undefined) throw new Error('a write has a key');
    // The first attempt took effect, so this finds its answer.
    expect(await direct.useAiTokens(use, { idempotency_key })).toMatchObject({ balance_after: 900 });
    expect(await uses()).toBe(1);
  });

  test('a Retry-After beyond the deadline is not waited for', async () => {
    const { tallystick, timing } = meeting([unavailable('61')]);
    await expect(tallystick.getAiTokenBalance()).rejects.toMatchObject({
      status: 503,
      retry_after_seconds: 61,
    });
    expect(timing.pauses).toEqual([]);
  });

  test('a timeout says so', async () => {
    const { tallystick } = meeting(['hang before'], { retries: 0 });
    await expect(tallystick.getAiTokenBalance()).rejects.toMatchObject({ code: 'timed_out', attempts: 1 });
  });

  test('the deadline cuts the last attempt short', async () => {
    const { tallystick } = meeting(['hang before'], { timeout_ms: 60_000, deadline_ms: TIMEOUT_MS });
    await expect(tallystick.getAiTokenBalance()).rejects.toMatchObject({ code: 'timed_out', attempts: 1 });
  });
});

describe('what is not repeated', () => {
  test('a refusal', async () => {
    const { tallystick } = meeting([]);
    await expect(tallystick.useAiTokens({ ...use, tokens_used: 1001 })).rejects.toThrow(TallystickError);
    expect(flaky.keys).toHaveLength(1);
  });

  test('an answer that is not ours: a redirect, a page', async () => {
    const { tallystick } = meeting([
      { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
      { status: 200, body: '<html>' },
    ]);
    await expect(tallystick.getAiTokenBalance()).rejects.toMatchObject({
      code: 'answer_unreadable',
      status: 302,
    });
    await expect(tallystick.getAiTokenBalance()).rejects.toMatchObject({
      code: 'answer_unreadable',
      status: 200,
    });
    expect(flaky.keys).toHaveLength(2);
  });

  test('what the caller aborts, during an attempt and before one', async () => {
    const { tallystick } = meeting(['hang before']);
    const caller = new AbortController();
    const reason = new Error('enough');
    const call = tallystick.useAiTokens(use, { signal: caller.signal });
    flaky.onHang = () => caller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(tallystick.useAiTokens(use, { signal: caller.signal })).rejects.toBe(reason);
    expect(flaky.keys).toHaveLength(1);
    expect(await uses()).toBe(0);
  });
});
