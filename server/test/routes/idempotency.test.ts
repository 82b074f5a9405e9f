import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const feature_type = 'content_generation';
const day_ms = 86_400_000;

/** A write under test: a body that succeeds with this status, another one, and a counter of what it did. */
interface Write {
  request: `POST /${string}` | `PUT /${string}`;
  body: object;
  other: object;
  status: number;
  /** Whether an operator's key is what it takes. */
  by_operator?: boolean;
}

describeOnEachDatabase('Idempotency-Key', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const keyed = (key: string) => ({ 'idempotency-key': key });

  /** Every write of ai-tokens and billing, each on a studio that has 1,000 tokens and one hold of 100. */
  const WRITES: Record<string, (studio: Studio) => Promise<Write>> = {
    purchase: async () => ({
      request: 'POST /ai-tokens/purchase',
      body: { tokens_to_purchase: 100 },
      other: { tokens_to_purchase: 200 },
      status: 201,
    }),
    grant: async () => ({
      request: 'POST /ai-tokens/grants',
      body: { tokens: 5, reason: 'x' },
      other: { tokens: 6, reason: 'x' },
      status: 201,
      by_operator: true,
    }),
    use: async () => ({
      request: 'POST /ai-tokens/usage',
      body: { tokens_used: 7, feature_type },
      other: { tokens_used: 8, feature_type },
      status: 201,
    }),
    hold: async () => ({
      request: 'POST /ai-tokens/holds',
      body: { tokens: 9, feature_type, request_id: freshId('hold') },
      other: { tokens: 9, feature_type, request_id: freshId('hold') },
      status: 201,
    }),
    settle: async (studio) => ({
      request: `POST /ai-tokens/holds/${await studio.hold(100)}/settle`,
      body: { tokens_used: 10 },
      other: { tokens_used: 11 },
      status: 200,
    }),
    refund: async (studio) => {
      const [{ transaction_id }] = (await studio.call('GET /transactions?type=token_purchase')).json().data;
      return {
        request: 'POST /refunds',
        body: { transaction_id, amount_cents: 1, reason: 'x' },
        other: { transaction_id, amount_cents: 2, reason: 'x' },
        status: 201,
      };
    },
    'a feature': async () => ({
      request: `PUT /features/${freshId('feature').replace('-', '_')}`,
      body: { title: 'One' },
      other: { title: 'Other' },
      status: 201,
      by_operator: true,
    }),
  };

  describe.each(Object.keys(WRITES))('of %s', (name) => {
    const prepare = async () => {
      const studio = await makeStudio(app);
      await studio.buy(1000);
      const write = (await WRITES[name]?.(studio)) as Write;
      const send = (key: string, body = write.body) =>
        (write.by_operator ? studio.operate : studio.call)(write.request, body, keyed(key));
      const effects = async () => {
        const transactions = (await studio.call('GET /transactions')).json().data.length;
        const uses = (await studio.call('GET /ai-tokens/usage')).json().data.length;
        const holds = (await studio.call('GET /ai-tokens/holds')).json().data.length;
        return [transactions, uses, holds, (await studio.balance()).tokens_remaining];
      };
      return { studio, write, send, effects };
    };

    it('a repeat is replayed: its own status and body, the header, and one effect', async () => {
      const { write, send, effects } = await prepare();
      const key = freshId('key');
      const first = await send(key);
      expect([first.statusCode, first.headers['idempotent-replayed']]).toEqual([write.status, undefined]);
      const after_first = await effects();
      const again = await send(key);
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([write.status, 'true']);
      expect(again.json()).toEqual(first.json());
      expect(again.headers['content-type']).toBe(first.headers['content-type']);
      expect(await effects()).toEqual(after_first);
    });

    it('422 idempotency_key_reused: with another body, and nothing happens', async () => {
      const { write, send, effects } = await prepare();
      const key = freshId('key');
      await send(key);
      const before = await effects();
      expect(refusal(await send(key, write.other))).toEqual([422, 'idempotency_key_reused']);
      expect(await effects()).toEqual(before);
    });

    it('twins at once have one effect, and all get the same answer', async () => {
      const { write, send } = await prepare();
      const key = freshId('key');
      const answers = await Promise.all([send(key), send(key), send(key)]);
      expect(answers.map((answer) => answer.statusCode)).toEqual(Array(3).fill(write.status));
      for (const answer of answers) expect(answer.json()).toEqual(answers[0]?.json());
      const firsts = answers.filter((answer) => answer.headers['idempotent-replayed'] === undefined);
      expect(firsts).toHaveLength(1);
    });

    it('422: a body that is not valid is refused before the key is looked at, and binds nothing', async () => {
      const { write, send } = await prepare();
      const key = freshId('key');
      expect((await send(key, { nothing: 1 })).statusCode).toBe(422);
      expect((await send(key)).statusCode).toBe(write.status);
    });
  });

  it('only 2xx answers are stored: after a 402 the same key may be tried again, with any body', async () => {
    const studio = await makeStudio(app);
    const use = (tokens_used: number) =>
      studio.call('POST /ai-tokens/usage', { tokens_used, feature_type }, keyed('use'));
    expect((await use(5)).statusCode).toBe(402);
    await studio.buy(100);
    const second = await use(6);
    expect([second.statusCode, second.headers['idempotent-replayed']]).toEqual([201, undefined]);
  });

  it('a key is a tenant’s own: another tenant’s same key is another', async () => {
    const [one, other] = [await makeStudio(app), await makeStudio(app)];
    const key = freshId('key');
    await one.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100 }, keyed(key));
    const answer = await other.call('POST /ai-tokens/purchase', { tokens_to_purchase: 200 }, keyed(key));
    expect([answer.statusCode, answer.json().tokens_purchased]).toEqual([201, 200]);
  });

  it('a key is of one route: the same key on another route is another', async () => {
    const studio = await makeStudio(app);
    const key = freshId('key');
    await studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 1000 }, keyed(key));
    const use = await studio.call('POST /ai-tokens/usage', { tokens_used: 5, feature_type }, keyed(key));
    expect(use.statusCode).toBe(201);
  });

  it('a key is of a route’s pattern: its path parameters count as body', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const [one, other] = [await studio.hold(100), await studio.hold(100)];
    const release = (hold_id: string) =>
      studio.call(`POST /ai-tokens/holds/${hold_id}/release`, {}, keyed('r'));
    await release(one);
    expect(refusal(await release(other))).toEqual([422, 'idempotency_key_reused']);
    expect((await studio.balance()).tokens_held).toBe(100);
  });

  it('is kept 24 hours at least, and may be used anew once it was purged', async () => {
    const studio = await makeStudio(app);
    const key = freshId('key');
    const buy = () => studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100 }, keyed(key));
    const first = await buy();
    app.clock.advance(day_ms - 1);
    await app.composition.runner.runDue();
    expect((await buy()).json()).toEqual(first.json());
    app.clock.advance(3_600_001);
    await app.composition.runner.runDue();
    expect((await buy()).json().transaction_id).not.toBe(first.json().transaction_id);
    expect((await studio.balance()).tokens_purchased).toBe(200);
  });

  it('with a request_id too: the key’s replay where the key matches, else the request_id’s', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const body = { tokens_used: 5, feature_type, request_id: freshId('request') };
    const use = (key?: string) => studio.call('POST /ai-tokens/usage', body, key ? keyed(key) : {});
    const first = await use('a');
    expect(first.statusCode).toBe(201);
    expect([(await use('a')).statusCode, (await use('b')).statusCode, (await use()).statusCode]).toEqual([
      201, 200, 200,
    ]);
    // What b was answered is what b is answered again.
    expect([(await use('b')).statusCode, (await use('b')).json()]).toEqual([200, first.json()]);
    const other = { ...body, tokens_used: 6 };
    const refused = await studio.call('POST /ai-tokens/usage', other, keyed('c'));
    expect(refusal(refused)).toEqual([422, 'request_id_reused']);
    expect((await studio.balance()).tokens_used).toBe(5);
  });

  it.each(['x'.repeat(256), 'a\tb', 'a\u00adb'])('422 idempotency_key_invalid: %j', async (key) => {
    const studio = await makeStudio(app);
    const headers = keyed(Buffer.from(key).toString('latin1'));
    const answer = await studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100 }, headers);
    expect(refusal(answer)).toEqual([422, 'idempotency_key_invalid']);
    expect((await studio.balance()).tokens_purchased).toBe(0);
  });
});
