import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { monotonicMs } from '../../src/clock/index.ts';
import type { Tx } from '../../src/db/index.ts';
import { TallystickError } from '../../src/errors/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { createApiKey, KnownCallers, revokeApiKey, rotateApiKey } from '../../src/tenants/index.ts';
import { describeOnEachDatabase, describeOnPostgres, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant } from './tenant-fixtures.ts';

const WITHIN_A_SECOND = { timeout: 1000, interval: 5 };

/** What is known of a secret: until when it works by itself, and whose it is. */
interface Secret {
  api_key: string;
  api_key_id: string;
  ends_ms: number;
}

/** What a test does next; `which` picks among the keys made so far. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), lasts_s: fc.option(fc.integer({ min: 1, max: 60 })) }),
  fc.record({ kind: fc.constant('revoke' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('rotate' as const), which: fc.nat(), grace_s: fc.constantFrom(0, 0, 20) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 30 }) }),
);
type Step = Parameters<Parameters<typeof step.filter>[0]>[0];

describeOnEachDatabase('keys that are kept', (getDb, { engine, get }) => {
  it('are to every caller what a model says, through any history of changes', {
    timeout: 60_000,
  }, async () => {
    const clock = fixedClock();
    const here = new KnownCallers({ db: getDb(), clock, monotonic_ms: monotonicMs });
    // On PostgreSQL another process asks as well.
    const second = engine === 'postgres' ? await get().open() : getDb();
    const there = new KnownCallers({ db: second, clock, monotonic_ms: monotonicMs });
    const inRoot = <T>(work: (tx: Tx) => Promise<T>) => getDb().inTenant(ROOT_TENANT_ID, work);

    const play = async (steps: readonly Step[]) => {
      const secrets: Secret[] = [];
      const expiries = new Map<string, number>();
      const revoked = new Set<string>();
      const works = ({ api_key_id, ends_ms }: Secret) =>
        !revoked.has(api_key_id) &&
        clock.now().getTime() < Math.min(ends_ms, expiries.get(api_key_id) ?? Number.POSITIVE_INFINITY);
      const pick = (which: number) => [...expiries.keys()][which % expiries.size];

      const perform = async (next: Step): Promise<void> => {
        const now = clock.now();
        const context = { tenant_id: ROOT_TENANT_ID, now, newId };
        if (next.kind === 'pass') return clock.advance(next.seconds * 1000);
        if (next.kind === 'create') {
          const ends_ms =
            next.lasts_s === null ? Number.POSITIVE_INFINITY : now.getTime() + next.lasts_s * 1000;
          const expires_at = next.lasts_s === null ? undefined : new Date(ends_ms);
          const { api_key, api_key_id } = await inRoot((tx) =>
            createApiKey(tx, context, { name: 'k', expires_at }),
          );
          expiries.set(api_key_id, ends_ms);
          secrets.push({ api_key, api_key_id, ends_ms: Number.POSITIVE_INFINITY });
          return;
        }
        const api_key_id = pick(next.which);
        if (api_key_id === undefined) return;
        if (next.kind === 'revoke') {
          await inRoot((tx) => revokeApiKey(tx, ROOT_TENANT_ID, api_key_id, now));
          revoked.add(api_key_id);
          return;
        }
        const made = await inRoot((tx) => rotateApiKey(tx, context, api_key_id, next.grace_s)).catch(
          (error) => {
            if (!(error instanceof TallystickError)) throw error;
          },
        );
        if (made === undefined) return;
        const until = now.getTime() + next.grace_s * 1000;
        for (const old of secrets)
          if (old.api_key_id === api_key_id) old.ends_ms = Math.min(old.ends_ms, until);
        secrets.push({ api_key: made.api_key, api_key_id, ends_ms: Number.POSITIVE_INFINITY });
      };
      const answers = async (callers: KnownCallers) =>
        Promise.all(secrets.map(async ({ api_key }) => (await callers.authenticate(api_key)) !== undefined));

      for (const next of steps) {
        // Others ask meanwhile, so that reads and changes overtake each other.
        await Promise.all([perform(next), answers(here), answers(there)]);
        expect(await answers(here)).toEqual(secrets.map(works));
        await expect.poll(() => answers(there), WITHIN_A_SECOND).toEqual(secrets.map(works));
      }
      await inRoot((tx) =>
        sql`update api_keys set revoked_at = ${clock.now()} where revoked_at is null`.execute(tx),
      );
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), play), { numRuns: 20 });
  });
});

describeOnPostgres('keys and policies in two processes', (getDb, { get }) => {
  let one: TestApp;
  let other: TestApp;
  let tenant_id: string;
  beforeAll(async () => {
    const clock = fixedClock();
    one = await testApp(getDb(), { clock });
    other = await testApp(await get().open(), { clock, operator_key: one.operator_key });
    tenant_id = await makeTenant(one);
  });
  afterAll(async () => {
    await one.server.close();
    await other.server.close();
  });

  const statusAt = async (app: TestApp, key: string) =>
    (await app.call('GET /subscription-tiers', { key })).statusCode;
  /** A key that both processes have kept. */
  const keptKey = async () => {
    const made = await makeKey(one, tenant_id);
    for (const app of [one, other, one, other]) expect(await statusAt(app, made.api_key)).toBe(200);
    return made;
  };
  const revoke = async (api_key_id: string) => {
    const answer = await one.call(`DELETE /tenants/${tenant_id}/api-keys/${api_key_id}`);
    expect(answer.statusCode, answer.body).toBe(200);
  };

  it('a revoked key is refused at once where it was revoked, and in the other within a second', async () => {
    const { api_key, api_key_id } = await keptKey();
    await revoke(api_key_id);
    expect(await statusAt(one, api_key)).toBe(401);
    await expect.poll(() => statusAt(other, api_key), WITHIN_A_SECOND).toBe(401);
  });

  it('a rotated key too, and its new secret works at once in both', async () => {
    const { api_key, api_key_id } = await keptKey();
    const answer = await one.call(`POST /tenants/${tenant_id}/api-keys/${api_key_id}/rotate`);
    expect(await statusAt(one, api_key)).toBe(401);
    for (const app of [one, other]) expect(await statusAt(app, answer.json().api_key)).toBe(200);
    await expect.poll(() => statusAt(other, api_key), WITHIN_A_SECOND).toBe(401);
  });

  it('a policy and another tier are in force at once, and in the other within a second', async () => {
    const { api_key } = await keptKey();
    const policyAt = async (app: TestApp) =>
      (await app.call('GET /subscription-tiers', { key: api_key })).headers['ratelimit-policy'];
    const before = await policyAt(one);
    expect(await policyAt(other)).toBe(before);
    const named = { 'tallystick-tenant': tenant_id };
    const body = { limit: 7, window_seconds: 5 };
    await one.call('PUT /rate-limit-policies/burst', { body, headers: named });
    expect(await policyAt(one)).toBe(`"burst";q=7;w=5, ${before}`);
    await expect.poll(() => policyAt(other), WITHIN_A_SECOND).toBe(`"burst";q=7;w=5, ${before}`);
    await one.call('DELETE /rate-limit-policies/burst', { headers: named });
    await one.call(`PATCH /tenants/${tenant_id}`, { body: { tier_name: 'enterprise' } });
    const after = await policyAt(one);
    expect(after).not.toBe(before);
    await expect.poll(() => policyAt(other), WITHIN_A_SECOND).toBe(after);
  });

  it('a process whose listening connection is ended is not stale', async () => {
    const { api_key, api_key_id } = await keptKey();
    const ended = await getDb().asOwner((tx) =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'tallystick changes'`.execute(tx),
    );
    expect(ended.rows.length).toBeGreaterThanOrEqual(2);
    await revoke(api_key_id);
    // Its own answer waits for nothing to be heard; the other's for the end of a connection to arrive.
    expect(await statusAt(one, api_key)).toBe(401);
    await expect.poll(() => statusAt(other, api_key), WITHIN_A_SECOND).toBe(401);
    const next = await keptKey();
    await revoke(next.api_key_id);
    await expect.poll(() => statusAt(other, next.api_key), WITHIN_A_SECOND).toBe(401);
  });
});
