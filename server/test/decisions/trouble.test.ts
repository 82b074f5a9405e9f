import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { type DecisionParts, Decisions } from '../../src/decisions/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { freshId, makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';

const feature_type = 'content_generation';

describeOnEachDatabase('a decision that meets trouble', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter((check) => check.difference)).toEqual([]);
    await app.server.close();
  });

  /** Another process: its own turns over the same database, whose limits do what the test says before they are taken. */
  function otherProcess(beforeTake: () => Promise<void>): Decisions {
    const { services } = app.composition;
    const limits: DecisionParts['limits'] = {
      peek: (subject) => services.limits.peek(subject),
      take: async (...call) => {
        await beforeTake();
        return services.limits.take(...call);
      },
    };
    return new Decisions({ ...services, limits });
  }
  const holds = async (studio: Studio) =>
    (await studio.operate('GET /ai-tokens/holds')).json().data as {
      hold_id: string;
      status: string;
      release_reason: string | null;
    }[];
  const questionOf = (studio: Studio) => ({
    api_key: studio.key,
    request_id: freshId('trouble'),
    tokens: 100,
    feature_type,
  });

  test('its process died between hold and answer: 409 while its lease runs, and then the next one takes it over', async () => {
    const studio = await makeStudio(app);
    await studio.buy(100);
    const question = questionOf(studio);
    const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
    const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
    const slow = otherProcess(async () => {
      fallAsleep();
      await awake;
    }).decide(question);
    await asleep;
    expect((await holds(studio)).map((hold) => hold.status)).toEqual(['held']);
    const early = await studio.call('POST /decisions', question);
    expect(refusal(early)).toEqual([409, 'request_in_flight']);
    expect(early.headers['retry-after']).toBe('1');
    app.clock.advance(10_000);
    // All of the tokens are in the hold of the dead one, which is given back first.
    const next = await studio.call('POST /decisions', question);
    expect([next.statusCode, next.headers['idempotent-replayed']]).toEqual([200, undefined]);
    const after = await holds(studio);
    expect(after.map(({ status, release_reason }) => [status, release_reason])).toEqual([
      ['held', null],
      ['released', 'its decision was never answered'],
    ]);
    expect(after[0]?.hold_id).toBe(next.json().hold_id);
    // It was only slow after all: it finds its claim gone, and repeats what the other one answered.
    wake();
    expect(await slow).toMatchObject({ decision: 'allowed', replayed: true, hold_id: next.json().hold_id });
    expect((await holds(studio)).map((hold) => hold.status)).toEqual(['held', 'released']);
  });

  test('the limits fail in its midst: tokens and request_id are free again', async () => {
    const studio = await makeStudio(app);
    await studio.buy(100);
    const question = questionOf(studio);
    const broken = otherProcess(() => Promise.reject(new Error('a cable')));
    await expect(broken.decide(question)).rejects.toThrow('a cable');
    expect((await studio.balance()).tokens_held).toBe(0);
    expect((await studio.call('POST /decisions', { ...question, tokens: 7 })).statusCode).toBe(200);
  });

  test('the limits are used up in its midst: 429, and tokens and request_id are free again', async () => {
    const studio = await makeStudio(app);
    await studio.buy(100);
    await studio.operate('PUT /rate-limit-policies/burst', { limit: 1, window_seconds: 60 });
    const question = questionOf(studio);
    const beaten = otherProcess(async () => {
      await app.composition.services.decisions.decide({ api_key: studio.key, request_id: freshId('first') });
    });
    expect(await beaten.decide(question)).toMatchObject({ decision: 'limited', retry_after_seconds: 60 });
    expect((await studio.operate('GET /ai-tokens/balance')).json().tokens_held).toBe(0);
    app.clock.advance(60_000);
    expect((await studio.call('POST /decisions', { ...question, tokens: 7 })).statusCode).toBe(200);
  });

  test('a twin in the same process waits for it however long it takes; in another it is 409 by then', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const question = questionOf(studio);
    const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
    const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
    const slow = otherProcess(async () => {
      fallAsleep();
      await awake;
    });
    const first = slow.decide(question);
    await asleep;
    const twin = slow.decide(question).catch((error: Error) => error);
    expect(refusal(await studio.call('POST /decisions', question))).toEqual([409, 'request_in_flight']);
    wake();
    const answer = await first;
    expect(answer).toMatchObject({ decision: 'allowed', replayed: false });
    expect(await twin).toMatchObject({ ...answer, replayed: true, policies: [] });
  });

  test('a twin in another process waits for it, and repeats its answer', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const question = questionOf(studio);
    let twin: Promise<unknown> | undefined;
    const first = otherProcess(async () => {
      twin = app.composition.services.decisions.decide(question);
    });
    const answer = await first.decide(question);
    expect(answer).toMatchObject({ decision: 'allowed', replayed: false });
    expect(await twin).toMatchObject({ ...answer, replayed: true, policies: [] });
    expect((await studio.balance()).tokens_held).toBe(100);
  });
});

describeOnEachDatabase('a decision without its database', (getDb) => {
  test('is unavailable, and said so', async () => {
    const app = await testApp(getDb());
    const { api_key, request_id } = { api_key: app.operator_key, request_id: 'too late' };
    await app.db.close();
    expect(await app.composition.services.decisions.decide({ api_key, request_id })).toEqual({
      decision: 'unavailable',
      lacking: 'database',
      retry_after_seconds: 1,
    });
    const answer = await app.call('POST /decisions', { body: { api_key, request_id } });
    expect(refusal(answer)).toEqual([503, 'database_unavailable']);
    await app.server.close();
  });
});
