import { inspect } from 'node:util';
import {
  InsufficientTokensError,
  LimitedError,
  paginate,
  Tallystick,
  TallystickError,
} from '@tallystick/sdk';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { type ServedProduct, serveProduct } from './served-product.ts';

let product: ServedProduct;
let operator: Tallystick;
beforeAll(async () => {
  product = await serveProduct();
  operator = new Tallystick({ base_url: `${product.base_url}/`, api_key: product.operator_key });
});
afterAll(() => product.close());

async function newTenant(tokens: number): Promise<Tallystick> {
  const { tenant_id } = await operator.createTenant({ name: 'Client' });
  const tenant = operator.forTenant(tenant_id);
  if (tokens > 0) await tenant.grantAiTokens({ tokens, reason: 'to try' });
  return tenant;
}

/** What a call was refused with. */
async function refusalOf(call: Promise<unknown>): Promise<TallystickError> {
  const error = await call.catch((caught: unknown) => caught);
  if (!(error instanceof TallystickError)) throw new Error('the call was not refused', { cause: error });
  return error;
}

test('a tenant with a key of its own buys, uses, and reads its receipt', async () => {
  const { tenant_id } = await operator.createTenant({ name: 'North Star Audio', slug: 'north-star-audio' });
  const { api_key } = await operator.createApiKey({ tenant_id, name: 'server' });
  const tenant = new Tallystick({ base_url: product.base_url, api_key: api_key ?? '' });
  const purchase = await tenant.purchaseAiTokens({ tokens_to_purchase: 100_000 });
  expect(purchase).toMatchObject({ amount_cents: 1000, balance: 100_000 });
  const use = await tenant.useAiTokens({
    tokens_used: 1200,
    feature_type: 'ad_generation',
    metadata: { show: 7 },
  });
  const receipt = await tenant.getAiTokenReceipt({ usage_id: use.usage_id });
  expect(receipt).toMatchObject({
    balance_before: 100_000,
    balance_after: 98_800,
    replays: true,
    metadata: { show: 7 },
  });
  expect(await tenant.getTenant({ tenant_id })).toMatchObject({ name: 'North Star Audio' });
});

test('path, query and body are one object', async () => {
  const tenant = await newTenant(1000);
  const { hold_id } = await tenant.holdAiTokens({
    tokens: 300,
    feature_type: 'ad_generation',
    request_id: 'r/1 ?',
  });
  expect(await tenant.settleAiTokenHold({ hold_id, tokens_used: 250 })).toMatchObject({ balance_after: 750 });
  const { data } = await tenant.listAiTokenHolds({ status: 'settled', limit: 1 });
  expect(data).toMatchObject([{ hold_id, request_id: 'r/1 ?' }]);
  expect((await tenant.listAiTokenHolds({ status: 'held' })).data).toEqual([]);
});

test('the types know what each operation takes and answers', () => {
  expectTypeOf(operator.useAiTokens).parameter(0).toHaveProperty('tokens_used').toEqualTypeOf<number>();
  expectTypeOf(operator.settleAiTokenHold)
    .parameter(0)
    .toEqualTypeOf<{ hold_id: string; tokens_used: number }>();
  expectTypeOf(operator.getAiTokenBalance)
    .returns.resolves.toHaveProperty('tokens_remaining')
    .toEqualTypeOf<number>();
  expectTypeOf<'tokens_insufficient'>().toExtend<TallystickError['code']>();
  // @ts-expect-error no such field
  () => operator.useAiTokens({ tokens_used: 1, feature_type: 'ad_generation', price: 1 });
  // @ts-expect-error no such status
  () => operator.listAiTokenHolds({ status: 'gone' });
  // @ts-expect-error options are the second argument
  () => operator.getAiTokenBalance({ tenant_id: '' });
});

test('paginate goes through a list of more than a page, and stops where its reader stops', async () => {
  const tenant = await newTenant(1000);
  for (let tokens_used = 1; tokens_used <= 5; tokens_used += 1) {
    await tenant.useAiTokens({ tokens_used, feature_type: 'ad_generation' });
  }
  let pages = 0;
  const all = () =>
    paginate((page) => {
      pages += 1;
      return tenant.listAiTokenUsage({ limit: 2, ...page });
    });
  const seen: number[] = [];
  for await (const { tokens_used } of all()) seen.push(tokens_used);
  // The clock of this server stands still, so the order within the one moment is open.
  expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(pages).toBe(3);
  for await (const _first of all()) break;
  expect(pages).toBe(4);
});

describe('errors', () => {
  test('too few tokens has the figures', async () => {
    const error = await refusalOf(
      (await newTenant(10)).useAiTokens({ tokens_used: 11, feature_type: 'ad_generation' }),
    );
    expect(error).toBeInstanceOf(InsufficientTokensError);
    const { code, status, tokens_required, tokens_remaining, top_up_url, attempts } =
      error as InsufficientTokensError;
    expect({ code, status, attempts }).toEqual({ code: 'tokens_insufficient', status: 402, attempts: 1 });
    expect({ tokens_required, tokens_remaining }).toEqual({ tokens_required: 11, tokens_remaining: 10 });
    expect(top_up_url).toMatch(/ai-tokens\/purchase$/);
  });

  test('a refused field is named, with the id the log has', async () => {
    const error = await refusalOf(operator.useAiTokens({ tokens_used: 0.5, feature_type: 'ad_generation' }));
    expect(error).toMatchObject({ name: 'TallystickError', code: 'request_invalid', status: 422 });
    expect(error.errors).toMatchObject([{ pointer: '/tokens_used' }]);
    expect(error.request_id).toMatch(/^\S+$/);
    expect(error.message).toMatch(/^request_invalid: /);
  });

  test('members of a single code are in problem', async () => {
    const tenant = await newTenant(0);
    const { transaction_id } = await tenant.purchaseAiTokens({ tokens_to_purchase: 1000 });
    const error = await refusalOf(
      tenant.refundTransaction({ transaction_id, amount_cents: 11, reason: 'too much' }),
    );
    expect(error.code).toBe('refund_too_large');
    expect(error.problem.refundable_cents).toBe(10);
  });

  test('a limit has its own class', async () => {
    const headers = { 'retry-after': '3' };
    const fetch = async () => new Response('{"code":"limited","detail":""}', { status: 429, headers });
    const limited = new Tallystick({ base_url: product.base_url, api_key: 'key', fetch, retries: 0 });
    const error = await refusalOf(limited.getAiTokenBalance());
    expect(error).toBeInstanceOf(LimitedError);
    expect(error.retry_after_seconds).toBe(3);
  });
});

describe('what cannot be sent is not sent', () => {
  const nowhere = { base_url: 'http://127.0.0.1:9', retries: 0 };

  test.each(['', '.', '..'])('an id %j would change the route', async (usage_id) => {
    const client = new Tallystick({ ...nowhere, api_key: 'key' });
    await expect(client.getAiTokenReceipt({ usage_id })).rejects.toThrow(TypeError);
  });

  test('an id stays one segment of the path', async () => {
    expect(await refusalOf(operator.getAiTokenReceipt({ usage_id: '../balance?' }))).toMatchObject({
      code: 'request_invalid',
    });
  });

  test('an unusable key or address fails at once', () => {
    expect(() => new Tallystick({ ...nowhere, api_key: '' })).toThrow(TypeError);
    expect(() => new Tallystick({ ...nowhere, api_key: 'a\nb' })).toThrow(TypeError);
    expect(() => new Tallystick({ base_url: 'localhost:4600', api_key: 'key' })).toThrow(TypeError);
  });
});

test('neither a client nor its errors show the key', async () => {
  const api_key = 'tally_live_secret_000000';
  const client = new Tallystick({ base_url: product.base_url, api_key });
  const error = await refusalOf(client.getAiTokenBalance());
  expect(error.code).toBe('unauthenticated');
  for (const shown of [
    inspect(client, { depth: 9, showHidden: true }),
    inspect(error, { depth: 9 }),
    JSON.stringify(client),
  ]) {
    expect(shown).not.toContain('secret');
  }
});

test('in a page of the server the session stands in for a key, and no key is sent', async () => {
  const sent: Headers[] = [];
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    sent.push(new Headers(init?.headers));
    return Response.json({ data: [], next_cursor: null });
  };
  const page = new Tallystick({ base_url: product.base_url, session: true, fetch });
  await page.forTenant('01900000-0000-7000-8000-000000000001').listTenants();
  expect(sent[0]?.has('authorization')).toBe(false);
  expect(sent[0]?.get('tallystick-tenant')).toBe('01900000-0000-7000-8000-000000000001');
  expect(() => new Tallystick({ base_url: product.base_url })).toThrow(TypeError);
  expect(() => new Tallystick({ base_url: product.base_url, api_key: 'k', session: true })).toThrow(
    TypeError,
  );
});
