import { z } from 'zod';
import { fail } from '../../errors/index.ts';
import { numberInvoices } from '../../invoices/index.ts';
import { type Distance, LONGEST_ADVANCE_SECONDS } from '../../test-clock/index.ts';
import { defineRoute, time, timeOut, total } from '../index.ts';

const advanceRoute = defineRoute({
  method: 'POST',
  path: '/test-clock/advance',
  operation_id: 'advance_test_clock',
  summary: 'Move time on, running everything that falls due on the way',
  description:
    'Takes either `to` or `seconds`. With the header Tallystick-Tenant only that tenant moves, and has a clock of its own from then on; without it all move, and with `to` those already past it stay. Due work runs in the order of its times, the clock standing at each. Ten years and 100,000 items at most. Needs TALLYSTICK_TEST_CLOCK=true.',
  tag: 'Test clock',
  scope: 'write',
  operator_only: true,
  mode: 'own',
  body: z
    .strictObject({ to: time.optional(), seconds: z.int().min(1).max(LONGEST_ADVANCE_SECONDS).optional() })
    .refine(
      ({ to, seconds }) => (to === undefined) !== (seconds === undefined),
      'takes either "to" or "seconds"',
    ),
  responses: { 200: z.strictObject({ now: timeOut, items_run: total, items_failed: total }) },
  errors: ['test_clock_disabled', 'clock_backwards', 'request_in_flight'],
  handler: async ({ services, tenant_id, tenant_named, body, idempotency }) => {
    const { test_clock } = services;
    if (test_clock === null) fail('test_clock_disabled', 'TALLYSTICK_TEST_CLOCK is off.');
    // The schema has seen to it that one of them is there.
    const distance: Distance = body.to === undefined ? { seconds: body.seconds ?? 0 } : { to: body.to };
    const { answer, replayed } = await test_clock.advance({
      distance,
      only: tenant_named ? tenant_id : undefined,
      idempotency: idempotency && { ...idempotency, tenant_id },
    });
    // The step that numbers them goes by the operator's clock, which may have stood still.
    await numberInvoices(services.db);
    return { status: 200, body: answer, replayed };
  },
});

export const testClockRoutes = [advanceRoute];
