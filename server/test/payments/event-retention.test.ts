import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scheduleRecurring } from '../../src/due-work/index.ts';
import { ROOT_TENANT_ID } from '../../src/id/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import type { TestApp } from '../harness/test-app.ts';
import { sendEvent, stripeApp } from './stripe-app.ts';
import type { StripeDouble } from './stripe-double.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeOnEachDatabase('the retention of payment events', (getDb) => {
  let app: TestApp;
  let double: StripeDouble;
  beforeAll(async () => {
    ({ app, double } = await stripeApp(getDb(), 500));
    await scheduleRecurring(getDb(), app.clock, ['payment_event_retention']);
  });
  afterAll(async () => {
    await app.server.close();
    await double.close();
  });

  const send = (id: string, type: string, object: object) => sendEvent({ app, double }, type, object, id);
  const after = async (milliseconds: number) => {
    app.clock.advance(milliseconds);
    await app.composition.runner.runDue();
  };
  const stored = async () => {
    const found = await getDb().asOwner((tx) =>
      sql<{ event_id: string; status: string; has_payload: boolean }>`
        select event_id, status, payload is not null as has_payload from payment_events
        where event_id like 'evt_kept%' or event_id = 'evt_stuck' order by event_id`.execute(tx),
    );
    return found.rows;
  };

  it('takes away what understood events said after 90 days, keeps their ids, and what is not understood', async () => {
    await send('evt_kept_1', 'product.created', { id: 'prod_1', email: 'somebody@example.com' });
    await after(0);
    await after(DAY_MS);
    await send('evt_kept_2', 'product.created', { id: 'prod_2' });
    // Nobody knows this dispute, so it is asked about again and again.
    await send('evt_stuck', 'charge.dispute.created', { id: 'dp_unknown' });
    await after(0);
    await after(88 * DAY_MS);
    const whole = { has_payload: true };
    expect(await stored()).toMatchObject([whole, whole, whole]);
    await after(DAY_MS);
    expect(await stored()).toEqual([
      { event_id: 'evt_kept_1', status: 'ignored', has_payload: false },
      { event_id: 'evt_kept_2', status: 'ignored', has_payload: true },
      { event_id: 'evt_stuck', status: 'received', has_payload: true },
    ]);
    await send('evt_kept_1', 'product.created', { id: 'prod_1', email: 'somebody@example.com' });
    await after(DAY_MS);
    expect(await stored()).toEqual([
      { event_id: 'evt_kept_1', status: 'ignored', has_payload: false },
      { event_id: 'evt_kept_2', status: 'ignored', has_payload: false },
      { event_id: 'evt_stuck', status: 'received', has_payload: true },
    ]);
  });

  it('does so in chunks, until all are done', async () => {
    const ended_at = app.clock.now();
    await getDb().asOwner((tx) =>
      sql`
        insert into payment_events
          (tenant_id, provider, event_id, payment_event_id, type, payload, status, received_at, ended_at)
        select ${ROOT_TENANT_ID}, 'stripe', 'evt_many_' || n, gen_random_uuid(), 'x', '{}', 'processed', ${ended_at}, ${ended_at}
        from generate_series(1, 1201) n`.execute(tx),
    );
    await after(91 * DAY_MS);
    const left = await getDb().asOwner((tx) =>
      sql<{ kept: bigint; stored: bigint }>`
        select count(*) filter (where payload is not null) as kept, count(*) as stored
        from payment_events where event_id like 'evt_many_%'`.execute(tx),
    );
    expect(left.rows).toEqual([{ kept: 0n, stored: 1201n }]);
  });
});
