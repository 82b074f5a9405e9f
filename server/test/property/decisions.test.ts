import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { makeKey } from '../tenants/tenant-fixtures.ts';

const RUNS = process.env.TALLYSTICK_SOAK === 'true' ? 300 : 25;
const feature_type = 'content_generation';
const endpoint = '/things/:thing_id';

/** What may happen, in terms that still make sense when other steps are left out. */
type Step =
  | { do: 'decide'; id: number; key: 0 | 1; tokens: number; cost: number; to_endpoint: boolean }
  | {
      do: 'limit';
      name: 0 | 1;
      limit: number;
      window_seconds: number;
      cost: number;
      scope: 'all' | 'key' | 'endpoint';
    }
  | { do: 'unlimit'; name: 0 | 1 }
  | { do: 'pass'; milliseconds: number }
  | { do: 'settle'; which: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      // Few ids, so that many are repeats, and some of them with other contents.
      id: fc.nat(12),
      key: fc.constantFrom<0 | 1>(0, 0, 0, 1),
      tokens: fc.constantFrom(0, 0, 40, 40, 300),
      cost: fc.constantFrom(1, 1, 1, 2),
      to_endpoint: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('limit' as const),
      name: fc.constantFrom<0 | 1>(0, 1),
      limit: fc.integer({ min: 2, max: 6 }),
      window_seconds: fc.constantFrom(10, 60),
      cost: fc.constantFrom(1, 1, 2),
      scope: fc.constantFrom<'all' | 'key' | 'endpoint'>('all', 'all', 'key', 'endpoint'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('unlimit' as const), name: fc.constantFrom<0 | 1>(0, 1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.integer({ min: 1, max: 30_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(5) }) },
);

type Ask = Extract<Step, { do: 'decide' }>;
type Limit = Extract<Step, { do: 'limit' }>;

/** A tenant as the contract describes it: tokens free, decisions that were allowed, policies. */
class Model {
  free = 1000;
  readonly allowed = new Map<number, { ask: Ask; hold_id: string | undefined }>();
  readonly open: { hold_id: string; tokens: number }[] = [];
  readonly policies = new Map<number, Limit>();
  /** What is in a bucket, by name, level and window: a policy that is set again finds it. In milliseconds x limit. */
  readonly buckets = new Map<string, { level: bigint; at_ms: number }>();

  #bucketOf({ name, window_seconds, scope }: Limit): string {
    return `${name} ${scope === 'key' ? 'key' : 'tenant'} ${window_seconds}`;
  }

  /** Of each policy that holds for it: what is in its bucket, what the call would add, and what goes in. */
  #asked(ask: Ask, now_ms: number) {
    const held = [...this.policies.values()].filter(
      ({ scope }) => scope === 'all' || (scope === 'key' ? ask.key === 1 : ask.to_endpoint),
    );
    return held.map((terms) => {
      const { limit, window_seconds, cost } = terms;
      const window = BigInt(window_seconds) * 1000n;
      const capacity = BigInt(limit) * window;
      const bucket = this.buckets.get(this.#bucketOf(terms)) ?? { level: 0n, at_ms: now_ms };
      const kept = bucket.level < capacity ? bucket.level : capacity;
      const left = kept - BigInt(now_ms - bucket.at_ms) * BigInt(limit);
      return { terms, level: left > 0n ? left : 0n, wanted: BigInt(cost * ask.cost) * window, capacity };
    });
  }

  /** The status that a decision is answered with, and whether it is an earlier answer. */
  decide(ask: Ask, now_ms: number): { status: number; replayed: boolean } {
    const before = this.allowed.get(ask.id);
    if (before !== undefined) {
      const same = JSON.stringify(before.ask) === JSON.stringify(ask);
      return same ? { status: 200, replayed: true } : { status: 422, replayed: false };
    }
    const asked = this.#asked(ask, now_ms);
    if (asked.some(({ wanted, capacity }) => wanted > capacity)) return { status: 422, replayed: false };
    const over = asked.some(({ level, wanted, capacity }) => level + wanted > capacity);
    if (over) return { status: 429, replayed: false };
    if (ask.tokens > this.free) return { status: 402, replayed: false };
    for (const { terms, level, wanted } of asked)
      this.buckets.set(this.#bucketOf(terms), { level: level + wanted, at_ms: now_ms });
    this.free -= ask.tokens;
    return { status: 200, replayed: false };
  }
}

describeOnEachDatabase('random decisions', (getDb, { engine }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  async function play(steps: readonly Step[]): Promise<void> {
    const studio = await makeStudio(app, { tier_name: 'enterprise' });
    const second = await makeKey(app, studio.tenant_id);
    await studio.operate('POST /ai-tokens/grants', { tokens: 1000, reason: 'to begin with' });
    const keys = [studio.key, second.api_key];
    const model = new Model();
    for (const step of steps) await take(studio, keys, second.api_key_id, model, step);
    const balance = (await studio.operate('GET /ai-tokens/balance')).json();
    const held = model.open.reduce((sum, hold) => sum + hold.tokens, 0);
    expect(balance).toMatchObject({ tokens_held: held, tokens_remaining: model.free });
  }

  async function take(studio: Studio, keys: string[], api_key_id: string, model: Model, step: Step) {
    const now_ms = app.clock.now().getTime();
    if (step.do === 'pass') return app.clock.advance(step.milliseconds);
    if (step.do === 'limit') {
      const { limit, window_seconds, cost, scope } = step;
      const of = scope === 'key' ? { api_key_id } : scope === 'endpoint' ? { endpoint } : {};
      await studio.operate(`PUT /rate-limit-policies/p${step.name}`, { limit, window_seconds, cost, ...of });
      return model.policies.set(step.name, step);
    }
    if (step.do === 'unlimit') {
      await studio.operate(`DELETE /rate-limit-policies/p${step.name}`);
      return model.policies.delete(step.name);
    }
    if (step.do === 'settle') {
      const [hold] = model.open.splice(step.which, 1);
      if (hold === undefined) return;
      const path = `/ai-tokens/holds/${hold.hold_id}/release` as const;
      expect((await studio.operate(`POST ${path}`, {})).statusCode).toBe(200);
      model.free += hold.tokens;
      return;
    }
    const { id, key, tokens, cost, to_endpoint } = step;
    const body = {
      api_key: keys[key],
      request_id: `id-${id}`,
      cost,
      ...(tokens > 0 ? { tokens, feature_type } : {}),
      ...(to_endpoint ? { endpoint } : {}),
    };
    const answer = await studio.operate('POST /decisions', body);
    const expected = model.decide(step, now_ms);
    const replayed = answer.headers['idempotent-replayed'] === 'true';
    expect({ status: answer.statusCode, replayed }, `${JSON.stringify(step)}: ${answer.body}`).toEqual(
      expected,
    );
    if (expected.status !== 200) return;
    const { hold_id } = answer.json();
    if (replayed) return expect(hold_id).toBe(model.allowed.get(id)?.hold_id);
    model.allowed.set(id, { ask: step, hold_id });
    if (tokens > 0) model.open.push({ hold_id, tokens });
  }

  test('are answered as a model of the contract says', async () => {
    const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
        await play(steps);
        decided += steps.filter((step) => step.do === 'decide').length;
      }),
      { seed, numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
    );
    console.log(`${engine}: seed ${seed}, ${decided} decisions (TALLYSTICK_SEED repeats)`);
    expect((await runAudit(app.db)).checks.filter((check) => check.difference)).toEqual([]);
  }, 180_000);
});
