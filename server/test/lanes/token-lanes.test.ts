import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import type { Database } from '../../src/db/index.ts';
import { describeOnEachDatabase, describeOnPostgres } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { freshId, makeStudio, type Studio, studioOf } from '../routes/token-fixtures.ts';
import { type Trouble, troubledDatabase, writesBatch } from './troubled-database.ts';

const feature_type = 'content_generation';
const SHARED_KEY = { operator_key: 'the-operator-key-of-the-lane-tests-01' };
const ONE_LANE = { ...SHARED_KEY, env: { TALLYSTICK_LANES: '1' } };

/** A server whose one lane meets trouble, and a studio with tokens. */
async function troubled(db: Database, trouble: Trouble, tokens = 10_000) {
  const app = await testApp(troubledDatabase(db, trouble), ONE_LANE);
  const studio = await makeStudio(app);
  await studio.buy(tokens);
  return { app, studio };
}

function useOnce(studio: Studio, request_id: string, tokens_used = 10) {
  return studio.call('POST /ai-tokens/usage', { tokens_used, feature_type, request_id });
}

async function figure(app: TestApp, name: string): Promise<number> {
  const text = (await app.server.inject({ url: '/metrics' })).body;
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}{writer="tokens"}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** Opens a gate for what waits at it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

describeOnEachDatabase('lanes', (getDb) => {
  it('commit what comes at once together, each once, and books agree to the token', async () => {
    const app = await testApp(getDb(), SHARED_KEY);
    const studios = [await makeStudio(app), await makeStudio(app), await makeStudio(app)];
    for (const studio of studios) await studio.buy(1000);
    const asked = studios.flatMap((studio) => Array.from({ length: 120 }, (_, n) => ({ studio, n })));
    // A third of them twins of others.
    const answers = await Promise.all(asked.map(({ studio, n }) => useOnce(studio, `twin-${n % 80}`)));
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200, 201]));
    expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(240);
    for (const studio of studios) expect(await studio.balance()).toMatchObject({ tokens_used: 800 });
    expect(await figure(app, 'tallystick_lane_batch_items_count')).toBeLessThan(60);
    expect((await runAudit(getDb())).ok).toBe(true);
  });

  it('let a lone write wait for nobody, and be one message; what its key already is, is found', async () => {
    const statements: string[] = [];
    const { studio } = await troubled(getDb(), { before: (text) => void statements.push(text) });
    await useOnce(studio, 'first');
    statements.length = 0;
    expect((await useOnce(studio, 'second')).statusCode).toBe(201);
    expect(statements.map(writesBatch)).toEqual([true]);
    const again = await useOnce(studio, 'second');
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect((await useOnce(studio, 'second', 11)).json().code).toBe('request_id_reused');
    expect(await studio.balance()).toMatchObject({ tokens_used: 20 });
  });

  it('find the one write that fails in a batch, and commit the others', async () => {
    const { app, studio } = await troubled(getDb(), {
      before: (text) => {
        if (writesBatch(text) && text.includes('poison')) throw new Error('refused by a test');
      },
    });
    const ids = Array.from({ length: 40 }, (_, n) => (n === 23 ? 'poison' : `sound-${n}`));
    const answers = await Promise.all(ids.map((id) => useOnce(studio, id)));
    // Alone, it gets a transaction of its own, which this test leaves in peace.
    expect(answers.map((answer) => answer.statusCode)).toEqual(ids.map(() => 201));
    expect(await studio.balance()).toMatchObject({ tokens_used: 400 });
    expect(await figure(app, 'tallystick_lane_depth')).toBe(0);
  });

  it('look up what was committed when its answer is lost, and tell those who used no key too', async () => {
    let losing = false;
    const { studio } = await troubled(getDb(), { losesAnswer: (text) => losing && writesBatch(text) });
    const hold_id = await studio.hold(50);
    const spare_id = await studio.hold(7);
    losing = true;
    const calls = [
      useOnce(studio, 'lost'),
      studio.call('POST /ai-tokens/usage', { tokens_used: 5, feature_type }),
      studio.call('POST /ai-tokens/holds', { tokens: 20, feature_type, request_id: freshId('lost') }),
      studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 30 }),
      studio.call(`POST /ai-tokens/holds/${spare_id}/release`),
    ];
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201, 201, 200, 200]);
    // Alone, a release has nothing but its hold to be known by.
    const last_id = await studio.hold(9);
    expect((await studio.call(`POST /ai-tokens/holds/${last_id}/release`)).statusCode).toBe(200);
    losing = false;
    expect(await studio.balance()).toMatchObject({ tokens_used: 45, tokens_held: 20 });
    expect((await useOnce(studio, 'lost')).headers['idempotent-replayed']).toBe('true');
    expect((await runAudit(getDb())).ok).toBe(true);
  });

  it('decide again what another writer overtook, on the book as it is then', async () => {
    const { passed, open } = gate();
    let gated = false;
    const { app, studio } = await troubled(
      getDb(),
      { before: (text) => (gated && writesBatch(text) ? passed : undefined) },
      100,
    );
    await useOnce(studio, 'warm');
    gated = true;
    const under_way = [useOnce(studio, 'overtaken', 60), useOnce(studio, 'with it', 10)];
    await expect.poll(() => figure(app, 'tallystick_lane_depth')).toBe(0);
    // A grant goes around the lanes.
    const given = { tokens: 1000, reason: 'goodwill', priority: 1 };
    expect((await studio.operate('POST /ai-tokens/grants', given)).statusCode).toBe(201);
    gated = false;
    open();
    const answers = await Promise.all(under_way);
    expect(answers.map((answer) => answer.json().balance_after)).toEqual([1030, 1020]);
    expect(await figure(app, 'tallystick_lane_overtaken_total')).toBe(2);
    expect((await runAudit(getDb())).ok).toBe(true);
  });

  it('let one write book an expiry, and those that came with it go on in the lane', async () => {
    const transactions: string[] = [];
    const { app, studio } = await troubled(getDb(), { onTransaction: (id) => void transactions.push(id) });
    const expires_at = new Date(app.clock.now().getTime() + 60_000).toISOString();
    const given = { tokens: 5000, reason: 'a trial', priority: 1, expires_at };
    expect((await studio.operate('POST /ai-tokens/grants', given)).statusCode).toBe(201);
    await useOnce(studio, 'before', 100);
    app.clock.advance(120_000);
    transactions.length = 0;
    const answers = await Promise.all(Array.from({ length: 80 }, (_, n) => useOnce(studio, `after-${n}`)));
    expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(80);
    const of_writes = transactions.filter((tenant_id) => tenant_id === studio.tenant_id);
    expect(of_writes.length).toBeLessThan(10);
    expect(await studio.balance()).toMatchObject({ tokens_expired: 4900, tokens_used: 900 });
    expect((await runAudit(getDb())).ok).toBe(true);
  });

  it('refuse what finds no room, with Retry-After and nothing done, and let another tenant in', async () => {
    const { passed, open } = gate();
    let gated = false;
    let at_the_gate = 0;
    const { app, studio } = await troubled(getDb(), {
      before: (text) => {
        if (!gated || !writesBatch(text)) return undefined;
        at_the_gate += 1;
        return passed;
      },
    });
    const quiet = await makeStudio(app);
    await quiet.buy(1000);
    await useOnce(studio, 'warm');
    await useOnce(quiet, 'warm');
    gated = true;
    const stuck = useOnce(studio, 'stuck');
    await expect.poll(() => at_the_gate).toBe(1);
    const { token_writer } = app.composition.services;
    const flood = (writes: number) =>
      Array.from({ length: writes }, () =>
        token_writer.write(studio.tenant_id, { kind: 'use', use: { tokens_used: 1, feature_type } }).then(
          () => 'used' as const,
          (error) => error.code as string,
        ),
      );
    const flooded = flood(12_000);
    await expect.poll(() => figure(app, 'tallystick_lane_shed_total')).toBeGreaterThan(0);
    // One batch of them is decided meanwhile, which makes room again.
    flooded.push(...flood(1000));
    const over_http = await useOnce(studio, 'too late');
    expect([over_http.statusCode, over_http.json().code]).toEqual([503, 'overloaded']);
    expect(Number(over_http.headers['retry-after'])).toBeGreaterThan(0);
    const let_in = useOnce(quiet, 'in time');
    await expect.poll(() => figure(app, 'tallystick_lane_depth')).toBeGreaterThan(8000);
    gated = false;
    open();
    expect([(await stuck).statusCode, (await let_in).statusCode]).toEqual([201, 201]);
    const outcomes = await Promise.all(flooded);
    const used = outcomes.filter((outcome) => outcome === 'used').length;
    expect(new Set(outcomes)).toEqual(new Set(['used', 'overloaded']));
    expect(await studio.balance()).toMatchObject({ tokens_used: used + 20 });
  }, 60_000);
});

describeOnPostgres('lanes of two processes', (getDb, { get }) => {
  it('say 402 only after the database was read again, and see what the other one bought at once', async () => {
    const [first, second] = [
      await testApp(getDb(), SHARED_KEY),
      await testApp(await get().open(), SHARED_KEY),
    ];
    const studio = await makeStudio(first);
    await studio.buy(100);
    await studio.use(100);
    // The first one's lane remembers a book without tokens.
    await studioOf(second, studio.tenant_id, studio.key).buy(100);
    expect((await useOnce(studio, 'refilled', 100)).json()).toMatchObject({ balance_after: 0 });
    expect((await useOnce(studio, 'empty')).statusCode).toBe(402);
  });

  it('share a hot tenant without a token too many, and hear of each request once', async () => {
    const [first, second] = [
      await testApp(getDb(), SHARED_KEY),
      await testApp(await get().open(), SHARED_KEY),
    ];
    const one = await makeStudio(first);
    const other = studioOf(second, one.tenant_id, one.key);
    await one.buy(2000);
    const asked = Array.from({ length: 300 }, (_, n) => [
      useOnce(one, `both-${n}`),
      useOnce(other, `both-${n}`),
    ]);
    const answers = await Promise.all(asked.flat());
    const count = (status: number) => answers.filter((answer) => answer.statusCode === status).length;
    // Of the 300 that each of the two asks for, 200 are paid for, once.
    expect([count(201), count(200), count(402)]).toEqual([200, 200, 200]);
    expect(await one.balance()).toMatchObject({ tokens_used: 2000, tokens_remaining: 0 });
    const { rows } = await getDb().asOwner((tx) =>
      sql<{ uses: number }>`
        select count(*)::int as uses from ai_token_usage where tenant_id = ${one.tenant_id}`.execute(tx),
    );
    expect(rows).toEqual([{ uses: 200 }]);
    expect((await runAudit(getDb())).ok).toBe(true);
  });

  it('find in a batch what another one answered, each with its answer, and though nothing is left', async () => {
    const [first, second] = [
      await testApp(getDb(), SHARED_KEY),
      await testApp(await get().open(), SHARED_KEY),
    ];
    const one = await makeStudio(first);
    const other = studioOf(second, one.tenant_id, one.key);
    await one.buy(1000);
    const before = await Promise.all(Array.from({ length: 30 }, (_, n) => useOnce(one, `old-${n}`)));
    // It knows the book by now, and none of those keys.
    await useOnce(other, 'warm');
    const both = Array.from({ length: 30 }, (_, n) => [
      useOnce(other, `old-${n}`),
      useOnce(other, `new-${n}`),
    ]);
    const answers = await Promise.all(both.flat());
    const old = answers.filter((_, n) => n % 2 === 0);
    expect(old.map((answer) => answer.json())).toEqual(before.map((answer) => answer.json()));
    expect(old.map((answer) => answer.headers['idempotent-replayed'])).toEqual(old.map(() => 'true'));
    expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(30);
    // What is left goes, so that a repeat would be refused if it were new.
    expect((await useOnce(one, 'the last', 390)).statusCode).toBe(201);
    expect((await useOnce(other, 'empty')).statusCode).toBe(402);
    expect((await useOnce(other, 'the last', 390)).headers['idempotent-replayed']).toBe('true');
    expect(await one.balance()).toMatchObject({ tokens_used: 1000 });
    expect((await runAudit(getDb())).ok).toBe(true);
  });
});
