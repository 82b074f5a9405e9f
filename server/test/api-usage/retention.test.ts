import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { makeMonthPartitions } from '../../src/db/index.ts';
import { scheduleRecurring } from '../../src/due-work/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvent, callEvents, sendCalls, summaryOf } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';

describeOnEachDatabase('retention of API calls', (getDb) => {
  let app: TestApp;
  let studios: Studio[];
  const asOwner = async <Row>(query: string) =>
    (await getDb().asOwner((tx) => sql.raw<Row>(query).execute(tx))).rows;
  const partitions = async () =>
    (
      await asOwner<{ name: string }>(`select relname as name from pg_class
        where relname like 'api_usage_2%' and relkind = 'r' order by 1`)
    ).map(({ name }) => name);
  const callsOf = async (from: string, to: string) =>
    Number(
      (
        await asOwner<{ calls: bigint }>(`select count(*) as calls from tallystick.api_usage
          where counted and occurred_at >= '${from}' and occurred_at < '${to}'`)
      )[0]?.calls,
    );
  const sealed = () =>
    asOwner<{ month: string; total_calls: bigint }>(
      'select distinct month, total_calls from tallystick.api_usage_seals order by 1, 2',
    );
  /** Moves to a time and does what is due there. */
  const goTo = async (time: string) => {
    app.clock.set(new Date(time));
    await app.composition.runner.runDue();
  };
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-20T00:00:00.000Z')) });
    // As a server does before it listens: once a month has rows in the default partition they stay there.
    await makeMonthPartitions(getDb(), app.clock.now());
    await scheduleRecurring(getDb(), app.clock, ['api_usage_retention']);
    studios = [await makeStudio(app), await makeStudio(app)];
  });
  afterAll(() => app.server.close());

  it('makes the partitions of the months around the present one, again and again', async () => {
    await goTo('2026-01-20T00:00:00.000Z');
    expect(await partitions()).toEqual(
      ['202512', '202601', '202602', '202603'].map((month) => `api_usage_${month}`),
    );
    await makeMonthPartitions(getDb(), app.clock.now());
    expect(await partitions()).toHaveLength(4);
  });

  it('leaves rows that came before their partition where they are', async () => {
    await asOwner('drop table tallystick.api_usage_202512');
    for (const studio of studios)
      await sendCalls(studio, [callEvent({ occurred_at: '2025-12-31T12:00:00Z' })]);
    await makeMonthPartitions(getDb(), app.clock.now());
    expect(await partitions()).not.toContain('api_usage_202512');
    expect(await callsOf('2025-12-01', '2026-01-01')).toBe(2);
  });

  it('seals a month 35 days and an hour after its end, when whatever was taken of it is committed', async () => {
    const void_one = callEvent();
    for (const studio of studios) await sendCalls(studio, [void_one, ...callEvents(5)]);
    for (const studio of studios) {
      const body = { id: void_one.id, action: 'void', reason: 'a test' };
      expect((await studio.operate('POST /api-usage/corrections', body)).statusCode).toBe(201);
    }
    await goTo('2026-02-04T01:00:00.000Z');
    await goTo('2026-02-05T00:59:59.999Z');
    expect(await sealed()).toEqual([]);
    await goTo('2026-02-06T01:00:00.000Z');
    expect(await sealed()).toEqual([{ month: '2025-12-01', total_calls: 1n }]);
    await goTo('2026-03-08T01:00:00.000Z');
    expect(await sealed()).toEqual([
      { month: '2025-12-01', total_calls: 1n },
      { month: '2026-01-01', total_calls: 5n },
    ]);
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
  });

  it('removes calls after 400 days, keeps what they came to, and an audit accepts the seal for them', async () => {
    const [studio] = studios;
    if (studio === undefined) throw new Error('there is a studio');
    const january = '?from=2025-12-01T00:00:00Z&to=2026-02-01T00:00:00Z';
    const before = await summaryOf(studio, january);
    await goTo('2027-02-05T00:00:00.000Z');
    expect(await callsOf('2025-12-01', '2026-01-01')).toBe(0);
    expect(await callsOf('2026-01-01', '2026-02-01')).toBe(12);
    await goTo('2027-03-08T00:00:00.000Z');
    expect(await callsOf('2026-01-01', '2026-02-01')).toBe(0);
    expect(await partitions()).not.toContain('api_usage_202601');
    expect(await summaryOf(studio, january)).toEqual(before);
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
    expect(await asOwner("select from tallystick.api_usage_keys where source = 'tallystick'")).toEqual([]);
    await asOwner(
      `update tallystick.api_usage_days set total_calls = total_calls + 1 where day < '2026-01-01'`,
    );
    const { checks } = await runAudit(getDb());
    expect(checks.filter((check) => check.difference)).toMatchObject([
      { check: 'api_rollups', difference: { detail: 'the rollups of 2025-12-01 are not what was sealed' } },
    ]);
  });

  it('does not seal, nor remove, a month whose calls are not what its rollups say', async () => {
    const studio = await makeStudio(app);
    await sendCalls(studio, callEvents(2));
    await asOwner(
      `update tallystick.api_usage_hours set total_calls = 3 where tenant_id = '${studio.tenant_id}'`,
    );
    await goTo('2028-12-01T00:00:00.000Z');
    expect(await callsOf('2027-03-01', '2027-04-01')).toBe(2);
    expect(
      await asOwner(`select from tallystick.api_usage_seals where tenant_id = '${studio.tenant_id}'`),
    ).toEqual([]);
  });
});
