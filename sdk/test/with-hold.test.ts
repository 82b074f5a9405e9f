import { HoldNotEndedError, InsufficientTokensError, Tallystick, withHold } from '@tallystick/sdk';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ServedProduct, serveProduct } from './served-product.ts';

const hold = { tokens: 500, feature_type: 'content_generation' };

let product: ServedProduct;
let operator: Tallystick;
/** Has 1,000 tokens at the start of each test. */
let tenant: Tallystick;
let tenant_id: string;
beforeAll(async () => {
  product = await serveProduct();
  operator = new Tallystick({ base_url: product.base_url, api_key: product.operator_key });
});
afterAll(() => product.close());
beforeEach(async () => {
  ({ tenant_id } = await operator.createTenant({ name: 'Holds' }));
  tenant = operator.forTenant(tenant_id);
  await tenant.grantAiTokens({ tokens: 1000, reason: 'to try' });
});

async function figures() {
  const { tokens_used, tokens_held, tokens_remaining } = await tenant.getAiTokenBalance();
  return { tokens_used, tokens_held, tokens_remaining };
}

test('settles with what the work used, and gives its result', async () => {
  const { result, settlement } = await withHold(tenant, hold, async (held) => {
    expect(await figures()).toEqual({ tokens_used: 0, tokens_held: 500, tokens_remaining: 500 });
    expect(held.tokens_held).toBe(500);
    held.tokens_used += 100;
    held.tokens_used += 200;
    return 'a text';
  });
  expect(result).toBe('a text');
  expect(settlement).toMatchObject({ tokens_used: 300, balance_after: 700 });
  expect(await figures()).toEqual({ tokens_used: 300, tokens_held: 0, tokens_remaining: 700 });
});

test('releases where nothing was used', async () => {
  expect(await withHold(tenant, hold, () => 'from the cache')).toEqual({
    result: 'from the cache',
    settlement: undefined,
  });
  expect(await figures()).toEqual({ tokens_used: 0, tokens_held: 0, tokens_remaining: 1000 });
});

test('releases where the work fails before it used anything', async () => {
  const failure = new Error('no model today');
  await expect(withHold(tenant, hold, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await figures()).toEqual({ tokens_used: 0, tokens_held: 0, tokens_remaining: 1000 });
});

test('an aborted stream is settled with what it had used, and never given back whole', async () => {
  const caller = new AbortController();
  const stream = async function* () {
    yield 120;
    caller.abort(new Error('the listener left'));
    yield 180;
  };
  const call = withHold(
    tenant,
    hold,
    async (held) => {
      for await (const tokens of stream()) {
        held.tokens_used += tokens;
        caller.signal.throwIfAborted();
      }
    },
    { signal: caller.signal },
  );
  await expect(call).rejects.toThrow('the listener left');
  expect(await figures()).toEqual({ tokens_used: 300, tokens_held: 0, tokens_remaining: 700 });
});

test('a count that is no count fails the work, and what it said before is settled', async () => {
  const call = withHold(tenant, hold, (held) => {
    held.tokens_used = 40;
    held.tokens_used += Number.NaN;
  });
  await expect(call).rejects.toThrow(RangeError);
  expect(await figures()).toEqual({ tokens_used: 40, tokens_held: 0, tokens_remaining: 960 });
});

test('the work does not begin where there are too few tokens', async () => {
  let begun = false;
  const call = withHold(tenant, { ...hold, tokens: 1001 }, () => {
    begun = true;
  });
  await expect(call).rejects.toThrow(InsufficientTokensError);
  expect(begun).toBe(false);
});

test('what was paid for is kept where the hold cannot be ended, and settles later', async () => {
  const broken = new Tallystick({
    base_url: product.base_url,
    api_key: product.operator_key,
    tenant_id,
    retries: 0,
    fetch: (url, init) =>
      String(url).endsWith('/settle') ? Promise.reject(new Error('unplugged')) : fetch(url, init),
  });
  const error = await withHold(broken, hold, (held) => {
    held.tokens_used = 77;
    return 'a text';
  }).catch((caught: unknown) => caught);
  if (!(error instanceof HoldNotEndedError)) throw error;
  const { hold_id, tokens_used, outcome, cause } = error;
  expect(outcome).toEqual({ status: 'fulfilled', value: 'a text' });
  expect(cause).toMatchObject({ code: 'connection_failed' });
  expect(await tenant.settleAiTokenHold({ hold_id, tokens_used })).toMatchObject({ balance_after: 923 });
});
