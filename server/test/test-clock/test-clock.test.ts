import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DueItem, schedule, scheduleRecurring } from '../../src/due-work/index.ts';
import { newId } from '../../src/id/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, type TestAppOptions, testApp } from '../harness/test-app.ts';

const start = '2026-01-01T00:00:00.000Z';
const day = 86_400;
const operator_key = 'the operator key of these very tests';
const on = { TALLYSTICK_TEST_CLOCK: 'true' };

describeOnEachDatabase('the test clock', (getDb) => {
  const open: TestApp[] = [];
  let app: TestApp;

  async function newApp(options: TestAppOptions = {}): Promise<TestApp> {
    const made = await testApp(getDb(), {
      operator_key: operator_key.replaceAll(' ', '-'),
      env: on,
      ...options,
    });
    open.push(made);
    return made;
  }

  beforeEach(async () => {
    await getDb().asOwner(async (tx) => {
      for (const table of ['test_clocks', 'due_work', 'request_keys']) {
        await sql`delete from ${sql.table(table)}`.execute(tx);
      }
    });
    app = await newApp();
  });
  afterEach(async () => {
    for (const { server } of open.splice(0)) await server.close();
  });

  const advance = (body: object, headers: Record<string, string> = {}, at: TestApp = app) =>
    at.call('POST /test-clock/advance', { body, headers });

  async function makeTenant(): Promise<string> {
    const made = await app.call('POST /tenants', { body: { name: 'Studio' } });
    expect(made.statusCode).toBe(201);
    return made.json().tenant_id;
  }

  /** A tenant's time, as the balance of tokens just given to it tells. */
  async function timeOf(tenant_id: string, at: TestApp = app): Promise<string> {
    const given = await at.call('POST /ai-tokens/grants', {
      body: { tokens: 1, reason: 'to see the time' },
      headers: { 'tallystick-tenant': tenant_id },
    });
    expect(given.statusCode).toBe(201);
    return given.json().created_at;
  }

  const balanceOf = async (tenant_id: string) =>
    (await app.call('GET /ai-tokens/balance', { headers: { 'tallystick-tenant': tenant_id } })).json();

  async function give(tenant_id: string, tokens: number, expires_at: string): Promise<string> {
    const given = await app.call('POST /ai-tokens/grants', {
      body: { tokens, reason: 'a present', expires_at },
      headers: { 'tallystick-tenant': tenant_id },
    });
    expect(given.statusCode).toBe(201);
    return given.json().grant_id;
  }

  describe('says', () => {
    test('404 test_clock_disabled where it is off', async () => {
      const off = await newApp({ env: {} });
      const answer = await advance({ seconds: 1 }, {}, off);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'test_clock_disabled']);
    });

    test('422 for neither, both, or what is no time', async () => {
      const bodies = [
        {},
        { to: '2027-01-01T00:00:00Z', seconds: 1 },
        { seconds: 0 },
        { seconds: 1.5 },
        { to: 'soon' },
      ];
      for (const body of [...bodies, { seconds: -1 }, { seconds: '60' }, { hours: 1 }]) {
        const answer = await advance(body);
        expect([body, answer.statusCode, answer.json().code]).toEqual([body, 422, 'request_invalid']);
      }
    });

    test('422 clock_backwards for a time that is past, and nothing moves', async () => {
      const answer = await advance({ to: '2025-12-31T23:59:59.999Z' });
      expect([answer.statusCode, answer.json().code]).toEqual([422, 'clock_backwards']);
      expect(answer.json()).toMatchObject({ now: start });
      expect((await advance({ to: start })).json()).toEqual({ now: start, items_run: 0, items_failed: 0 });
    });

    test('422 for more than ten years', async () => {
      for (const body of [{ seconds: 10 * 366 * day + 1 }, { to: '2037-01-01T00:00:00Z' }]) {
        const answer = await advance(body);
        expect([answer.statusCode, answer.json().code]).toEqual([422, 'request_invalid']);
      }
      expect((await advance({ seconds: 10 * 366 * day })).statusCode).toBe(200);
    });

    test('403 to a tenant key, 404 for a tenant that does not exist', async () => {
      const tenant_id = await makeTenant();
      const made = await app.call(`POST /tenants/${tenant_id}/api-keys`, { body: { name: 'key' } });
      const refused = await app.call('POST /test-clock/advance', {
        key: made.json().api_key,
        body: { seconds: 1 },
      });
      expect([refused.statusCode, refused.json().code]).toEqual([403, 'operator_only']);
      const nobody = await advance({ seconds: 1 }, { 'tallystick-tenant': newId(new Date(start)) });
      expect([nobody.statusCode, nobody.json().code]).toEqual([404, 'not_found']);
    });
  });

  describe('refuses', () => {
    test('a way on which more than 100,000 items fall due, and says so before anything moves', async () => {
      const tenant_id = await makeTenant();
      await getDb().asOwner((tx) =>
        sql`
          insert into due_work (tenant_id, kind, ref_id, next_due_at)
          select ${tenant_id}, 'token_hold', gen_random_uuid(), '2026-02-01T00:00:00Z' from generate_series(1, 100001)
        `.execute(tx),
      );
      const headers = { 'idempotency-key': 'far too much' };
      const answer = await advance({ seconds: 31 * day }, headers);
      expect([answer.statusCode, answer.json().detail]).toEqual([
        422,
        expect.stringContaining('100000 items'),
      ]);
      expect((await advance({ seconds: 30 * day }, headers)).json()).toMatchObject({ items_run: 0 });
    });
  });

  describe('moves', () => {
    test('all tenants without the header, each on from its own time', async () => {
      const [alone, other] = [await makeTenant(), await makeTenant()];
      await advance({ seconds: 10 }, { 'tallystick-tenant': alone });
      expect((await advance({ seconds: 5 })).json().now).toBe('2026-01-01T00:00:05.000Z');
      expect(await timeOf(alone)).toBe('2026-01-01T00:00:15.000Z');
      expect(await timeOf(other)).toBe('2026-01-01T00:00:05.000Z');
    });

    test('with the header one tenant and nobody else, also where it is the root', async () => {
      const [alone, other] = [await makeTenant(), await makeTenant()];
      const moved = await advance({ to: '2026-02-01T00:00:00Z' }, { 'tallystick-tenant': alone });
      expect(moved.json().now).toBe('2026-02-01T00:00:00.000Z');
      expect(await timeOf(other)).toBe(start);
      const root = '01900000-0000-7000-8000-000000000001';
      await advance({ to: '2027-01-01T00:00:00Z' }, { 'tallystick-tenant': root });
      expect(await timeOf(root)).toBe('2027-01-01T00:00:00.000Z');
      expect(await timeOf(alone)).toBe('2026-02-01T00:00:00.000Z');
      expect(await timeOf(other)).toBe(start);
    });

    test('with "to" those behind it, and those past it stay', async () => {
      const [ahead, behind] = [await makeTenant(), await makeTenant()];
      await advance({ to: '2026-06-01T00:00:00Z' }, { 'tallystick-tenant': ahead });
      await advance({ to: '2026-03-01T00:00:00Z' });
      expect(await timeOf(ahead)).toBe('2026-06-01T00:00:00.000Z');
      expect(await timeOf(behind)).toBe('2026-03-01T00:00:00.000Z');
    });

    test('and the clock ticks on, and survives a restart', async () => {
      const wall = fixedClock();
      app = await newApp({ clock: wall });
      const tenant_id = await makeTenant();
      await advance({ seconds: day }, { 'tallystick-tenant': tenant_id });
      await advance({ seconds: 60 });
      wall.advance(1500);
      expect(await timeOf(tenant_id)).toBe('2026-01-02T00:01:01.500Z');
      const restarted = await newApp({ clock: wall });
      expect(await timeOf(tenant_id, restarted)).toBe('2026-01-02T00:01:01.500Z');
      // Whoever has lived in the future does not go back, although nobody can advance any more.
      const off = await newApp({ clock: wall, env: {} });
      expect(await timeOf(tenant_id, off)).toBe('2026-01-02T00:01:01.500Z');
    });

    test('and other processes follow when they look at the table', async () => {
      const other = await newApp();
      const tenant_id = await makeTenant();
      await advance({ seconds: 3600 }, { 'tallystick-tenant': tenant_id });
      await advance({ seconds: 60 });
      await other.composition.refreshClock();
      expect(other.composition.clock.now(tenant_id).toISOString()).toBe('2026-01-01T01:01:00.000Z');
      expect(other.composition.clock.now().toISOString()).toBe('2026-01-01T00:01:00.000Z');
    });

    test('past what recurs, which runs once, on arrival', async () => {
      await scheduleRecurring(getDb(), app.composition.clock, ['request_key_purge']);
      expect((await advance({ seconds: 365 * day })).json()).toMatchObject({ items_run: 0 });
      const { rows } = await getDb().asJob((tx) =>
        sql<{ next_due_at: Date }>`select next_due_at from due_work`.execute(tx),
      );
      expect(rows).toEqual([{ next_due_at: new Date('2027-01-01T01:00:00Z') }]);
    });

    test('through what falls due, each item at its own time and in the order of time', async () => {
      const [first, second] = [await makeTenant(), await makeTenant()];
      await give(first, 30, '2026-03-01T00:00:00Z');
      await give(second, 20, '2026-02-01T00:00:00Z');
      await give(first, 10, '2026-01-15T00:00:00Z');
      await give(second, 5, '2026-12-31T00:00:00Z');
      const moved = await advance({ to: '2026-07-01T00:00:00Z' });
      expect(moved.json()).toEqual({ now: '2026-07-01T00:00:00.000Z', items_run: 3, items_failed: 0 });
      const expired = await getDb().asJob((tx) =>
        sql<{ tenant_id: string; tokens: bigint; created_at: Date }>`
          select tenant_id, tokens, created_at from billing_transactions
          where type = 'token_expiry' and tenant_id = any(${[first, second]}::uuid[]) order by created_at`.execute(
          tx,
        ),
      );
      expect(expired.rows).toEqual([
        { tenant_id: first, tokens: 10n, created_at: new Date('2026-01-15T00:00:00Z') },
        { tenant_id: second, tokens: 20n, created_at: new Date('2026-02-01T00:00:00Z') },
        { tenant_id: first, tokens: 30n, created_at: new Date('2026-03-01T00:00:00Z') },
      ]);
      expect(await balanceOf(second)).toMatchObject({ tokens_expired: 20, tokens_remaining: 5 });
    });

    test('past an item that keeps failing, which is left for after the arrival', async () => {
      const tenant_id = await makeTenant();
      const item: Omit<DueItem, 'attempts'> = {
        tenant_id,
        kind: 'token_hold',
        ref_id: newId(new Date(start)),
        next_due_at: new Date('2026-01-02T00:00:00Z'),
      };
      // A hold that does not exist: its handler cannot but fail.
      await getDb().inTenant(tenant_id, (tx) => schedule(tx, item));
      await give(tenant_id, 10, '2026-02-01T00:00:00Z');
      const moved = await advance({ to: '2026-03-01T00:00:00Z' });
      expect(moved.json()).toEqual({ now: '2026-03-01T00:00:00.000Z', items_run: 1, items_failed: 10 });
      expect(await balanceOf(tenant_id)).toMatchObject({ tokens_expired: 10 });
    });
  });

  describe('under an Idempotency-Key', () => {
    test('moves once, and replays', async () => {
      const headers = { 'idempotency-key': 'a leap' };
      const first = await advance({ seconds: day }, headers);
      const again = await advance({ seconds: day }, headers);
      expect(again.headers['idempotent-replayed']).toBe('true');
      expect(again.json()).toEqual(first.json());
      expect((await advance({ seconds: 1 })).json().now).toBe('2026-01-02T00:00:01.000Z');
    });

    test('replays after a leap over the 24 hours that it is kept', async () => {
      const headers = { 'idempotency-key': 'a long leap' };
      const first = await advance({ seconds: 365 * day }, headers);
      expect((await advance({ seconds: 365 * day }, headers)).json()).toEqual(first.json());
    });

    test('refuses another body, and one tenant in place of all', async () => {
      const headers = { 'idempotency-key': 'one thing' };
      await advance({ seconds: 5 }, headers);
      const root = { 'tallystick-tenant': '01900000-0000-7000-8000-000000000001' };
      for (const answer of [
        await advance({ seconds: 6 }, headers),
        await advance({ seconds: 5 }, { ...headers, ...root }),
      ]) {
        expect([answer.statusCode, answer.json().code]).toEqual([422, 'idempotency_key_reused']);
      }
    });

    test('a refusal leaves no trace', async () => {
      const headers = { 'idempotency-key': 'try again' };
      expect((await advance({ to: '2020-01-01T00:00:00Z' }, headers)).statusCode).toBe(422);
      expect((await advance({ seconds: 5 }, headers)).statusCode).toBe(200);
    });

    test('two at once move once', async () => {
      const headers = { 'idempotency-key': 'twins' };
      const answers = await Promise.all([
        advance({ seconds: 60 }, headers),
        advance({ seconds: 60 }, headers),
      ]);
      expect(answers.map((answer) => answer.json().now)).toEqual(Array(2).fill('2026-01-01T00:01:00.000Z'));
    });

    test('goes on after a cut to where the first one was going, and no further', async () => {
      const tenant_id = await makeTenant();
      await give(tenant_id, 10, '2026-01-15T00:00:00Z');
      const headers = { 'idempotency-key': 'cut short' };
      const wall = fixedClock();
      const stopping = await newApp({ clock: wall });
      await stopping.composition.runner.stop(1000);
      const cut = await advance({ seconds: 31 * day }, headers, stopping);
      expect([cut.statusCode, cut.json().code]).toEqual([409, 'request_in_flight']);
      wall.advance(5000);
      const resumed = await advance({ seconds: 31 * day }, headers, await newApp({ clock: wall }));
      expect(resumed.json()).toEqual({ now: '2026-02-01T00:00:00.000Z', items_run: 1, items_failed: 0 });
    });
  });
});
