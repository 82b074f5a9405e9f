import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvent, callEvents, sendCalls, summaryOf } from './call-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const DAY_MS = 86_400_000;
const START = new Date('2026-03-10T12:30:00.000Z');

describeOnEachDatabase('corrections of API usage', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
  });
  afterAll(async () => {
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
    await app.server.close();
  });

  const correct = (studio: Studio, body: object, headers = {}) =>
    studio.operate('POST /api-usage/corrections', { reason: 'a test', ...body }, headers);
  const corrected = async (studio: Studio, body: object) => {
    const answer = await correct(studio, body);
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const refusal = (answer: { statusCode: number; json(): { code: string; detail: string } }) => [
    answer.statusCode,
    answer.json().code,
    answer.json().detail,
  ];
  /** A studio that has sent one event, with some fields of its own. */
  const studioWith = async (more: object = {}): Promise<{ studio: Studio; id: string }> => {
    const [studio, event] = [await makeStudio(app), callEvent(more)];
    expect(await sendCalls(studio, [event])).toMatchObject({ accepted: 1 });
    return { studio, id: String(event.id) };
  };

  describe('POST /api-usage/corrections', () => {
    it('201: a void event counts nowhere any more, and stays recorded', async () => {
      const { studio, id } = await studioWith({ endpoint: '/void', response_time_ms: 70.25 });
      await sendCalls(studio, callEvents(2));
      const answer = await corrected(studio, { id, action: 'void', reason: 'sent twice by mistake' });
      expect(answer).toMatchObject({
        id,
        source: 'tallystick',
        sequence: 1,
        action: 'void',
        status_code_before: 200,
        status_code_after: null,
        reason: 'sent twice by mistake',
        endpoint: '/void',
        method: 'GET',
        response_time_ms: 70.25,
        occurred_at: START.toISOString(),
        created_at: START.toISOString(),
        corrected_by_api_key_id: expect.any(String),
        corrected_by_user_id: null,
        billed_period_id: null,
      });
      for (const group_by of ['day', 'hour', 'endpoint', 'status_code']) {
        const summary = await summaryOf(studio, `?group_by=${group_by}`);
        expect(summary).toMatchObject({ total_calls: 2, successful_calls: 2, avg_response_time_ms: 20 });
        expect(summary.groups).toMatchObject([{ total_calls: 2, successful_calls: 2 }]);
      }
      // It is known all the same: sending it again does not bring it back.
      expect(await sendCalls(studio, [callEvent({ id })])).toMatchObject({ accepted: 0, duplicates: 1 });
    });

    it('201: where nothing else was called there is nothing left, and no percentile of it', async () => {
      const { studio, id } = await studioWith();
      await corrected(studio, { id, action: 'void' });
      for (const range of ['', '&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z'])
        expect(await summaryOf(studio, `?group_by=endpoint${range}`)).toMatchObject({
          total_calls: 0,
          failed_calls: 0,
          avg_response_time_ms: null,
          p50_response_time_ms: null,
          p99_response_time_ms: null,
          groups: [],
        });
    });

    it('201: an amended event counts with its other status', async () => {
      const { studio, id } = await studioWith({ status_code: 500 });
      expect(await summaryOf(studio)).toMatchObject({ successful_calls: 0, failed_calls: 1 });
      await corrected(studio, { id, action: 'amend', status_code: 200 });
      const summary = await summaryOf(studio, '?group_by=status_code');
      expect(summary).toMatchObject({ total_calls: 1, successful_calls: 1, failed_calls: 0 });
      expect(summary.groups).toMatchObject([{ key: '200', total_calls: 1 }]);
    });

    it('201: a second correction follows the first, and amending a void event brings it back', async () => {
      const { studio, id } = await studioWith();
      const steps = [
        [{ action: 'amend', status_code: 503 }, 200, 503],
        [{ action: 'void' }, 503, null],
        [{ action: 'amend', status_code: 201 }, null, 201],
      ] as const;
      for (const [index, [body, status_code_before, status_code_after]] of steps.entries())
        expect(await corrected(studio, { id, ...body })).toMatchObject({
          sequence: index + 1,
          status_code_before,
          status_code_after,
        });
      expect(await summaryOf(studio, '?group_by=status_code')).toMatchObject({
        total_calls: 1,
        successful_calls: 1,
        groups: [{ key: '201', total_calls: 1 }],
      });
    });

    it('201: finds events by their source, and however late they were recorded', async () => {
      const { studio, id } = await studioWith({ occurred_at: '2026-02-05T00:00:00Z' });
      const days_old = callEvent({ occurred_at: '2026-03-10T06:00:00Z' });
      await sendCalls(studio, [days_old]);
      const { id: cloud_id, ...data } = callEvent({ id });
      const event = { specversion: '1.0', id: cloud_id, source: '/studio', type: 'api.call', data };
      const headers = { 'content-type': 'application/cloudevents-batch+json' };
      await studio.call('POST /api-usage/events', [event], headers);
      const all = '?from=2026-02-01T00:00:00Z&to=2026-04-01T00:00:00Z';
      expect(await summaryOf(studio, all)).toMatchObject({ total_calls: 3 });
      const answers = [
        await corrected(studio, { id, source: '/studio', action: 'void' }),
        await corrected(studio, { id: days_old.id, action: 'void' }),
        await corrected(studio, { id, action: 'void' }),
      ];
      expect(answers.map(({ source, occurred_at }) => [source, occurred_at])).toEqual([
        ['/studio', START.toISOString()],
        ['tallystick', '2026-03-10T06:00:00.000Z'],
        ['tallystick', '2026-02-05T00:00:00.000Z'],
      ]);
      expect(await summaryOf(studio, all)).toMatchObject({ total_calls: 0 });
    });

    it('201: replays its answer under an Idempotency-Key, and corrects once', async () => {
      const { studio, id } = await studioWith();
      const headers = { 'idempotency-key': freshId('key') };
      const [first, again] = [
        await correct(studio, { id, action: 'void' }, headers),
        await correct(studio, { id, action: 'void' }, headers),
      ];
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true']);
      expect(again.json()).toEqual(first.json());
    });

    it('201 and 409: of twins at the same moment one corrects the event', async () => {
      const { studio, id } = await studioWith();
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => correct(studio, { id, action: 'void' })),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409, 409, 409]);
      expect(await summaryOf(studio)).toMatchObject({ total_calls: 0 });
    });

    it('201: beside calls that are being recorded, nothing is lost', async () => {
      const { studio, id } = await studioWith({ status_code: 500 });
      const events = callEvents(20);
      await sendCalls(studio, events);
      await Promise.all([
        ...Array.from({ length: 10 }, () => sendCalls(studio, callEvents(3, { status_code: 500 }))),
        ...events.map((event) => corrected(studio, { id: event.id, action: 'amend', status_code: 500 })),
        corrected(studio, { id, action: 'amend', status_code: 200 }),
      ]);
      expect(await summaryOf(studio)).toMatchObject({ total_calls: 51, successful_calls: 1 });
    });

    it('403 operator_only: a tenant does not correct its own bill', async () => {
      const { studio, id } = await studioWith();
      const answer = await studio.call('POST /api-usage/corrections', { id, action: 'void', reason: 'x' });
      expect(refusal(answer).slice(0, 2)).toEqual([403, 'operator_only']);
    });

    it('404 not_found: an event of another id, source or tenant', async () => {
      const { studio, id } = await studioWith();
      const other = await makeStudio(app);
      for (const answer of [
        await correct(studio, { id: freshId('call'), action: 'void' }),
        await correct(studio, { id, source: '/studio', action: 'void' }),
        await correct(other, { id, action: 'void' }),
      ])
        expect(refusal(answer).slice(0, 2)).toEqual([404, 'not_found']);
    });

    it('409 event_not_correctable: what it counts as already, with words', async () => {
      const { studio, id } = await studioWith();
      const same = await correct(studio, { id, action: 'amend', status_code: 200 });
      expect(refusal(same)).toEqual([
        409,
        'event_not_correctable',
        'The call counts with status 200 already.',
      ]);
      await corrected(studio, { id, action: 'void' });
      const again = await correct(studio, { id, action: 'void' });
      expect(refusal(again)).toEqual([409, 'event_not_correctable', 'The call is void already.']);
    });

    it('409 event_not_correctable: a call that was never counted', async () => {
      // The operator's own calls are recorded for the root, and not counted.
      await app.call('GET /tenants');
      await app.composition.services.calls.flush();
      const found = await getDb().asOwner((tx) =>
        sql<{
          id: string;
          source: string;
        }>`select id, source from api_usage where not counted limit 1`.execute(tx),
      );
      const body = { ...found.rows[0], action: 'void', reason: 'x' };
      const answer = await app.call('POST /api-usage/corrections', { body });
      expect(refusal(answer)).toEqual([
        409,
        'event_not_correctable',
        'The call was never counted, so there is nothing to correct.',
      ]);
    });

    it('409 event_not_correctable: a call of a month that is sealed', async () => {
      const { studio, id } = await studioWith();
      // 35 days after the end of March.
      app.clock.set(new Date('2026-05-05T23:59:59.999Z'));
      expect(await corrected(studio, { id, action: 'amend', status_code: 404 })).toMatchObject({
        sequence: 1,
      });
      app.clock.advance(1);
      const answer = await correct(studio, { id, action: 'void' });
      expect(refusal(answer)).toEqual([
        409,
        'event_not_correctable',
        'The call of 2026-03-10T12:30:00.000Z is of a month that is sealed since 2026-05-06T00:00:00.000Z.',
      ]);
      app.clock.set(START);
    });

    it.each([
      ['without a status to amend to', { action: 'amend' }],
      ['with a status to void', { action: 'void', status_code: 200 }],
    ])('422: %s', async (_name, body) => {
      const { studio, id } = await studioWith();
      const answer = await correct(studio, { id, ...body });
      expect(refusal(answer).slice(0, 2)).toEqual([422, 'request_invalid']);
      expect(answer.json().errors).toMatchObject([{ pointer: '/status_code' }]);
    });
  });

  describe('GET /api-usage/corrections', () => {
    it('200: newest first, in pages, to the tenant itself as well', async () => {
      const studio = await makeStudio(app);
      const events = callEvents(3);
      await sendCalls(studio, events);
      for (const { id } of events) {
        app.clock.advance(DAY_MS / 1000);
        await corrected(studio, { id, action: 'void' });
      }
      const first = (await studio.call('GET /api-usage/corrections?limit=2')).json();
      const rest = (await studio.call(`GET /api-usage/corrections?cursor=${first.next_cursor}`)).json();
      const ids = [...first.data, ...rest.data].map(({ id }) => id);
      expect(ids).toEqual(events.map(({ id }) => id).reverse());
      expect(rest.next_cursor).toBeNull();
      const other = await makeStudio(app);
      expect((await other.call('GET /api-usage/corrections')).json().data).toEqual([]);
    });
  });
});
