import type { Database } from '../../src/db/index.ts';
import type { DemoInput } from '../../src/demo/index.ts';
import { newId } from '../../src/id/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';

/** When the demo of the tests is loaded. */
export const DEMO_TIME = new Date('2026-03-18T15:20:00.123Z');

/** As few of the studios as tell every story in every currency. */
export const DEMO_STUDIOS = 18;

/** What the loader works with, over a database and a clock that stands still. */
export function demoServices(db: Database, now = DEMO_TIME): DemoInput['services'] {
  const clock = fixedClock(now);
  const known_features = new Set<string>();
  const admitSpending = async () => undefined;
  return {
    db,
    clock,
    newId,
    known_features,
    admitSpending,
    payments: null,
    token_price_cents_per_1k: '25',
  };
}
