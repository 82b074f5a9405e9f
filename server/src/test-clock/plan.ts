import { z } from 'zod';
import type { OffsetClock } from '../clock/index.ts';
import type { Horizon } from '../due-work/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';

/** The longest way in one advance: ten years, in seconds. */
export const LONGEST_ADVANCE_SECONDS = 10 * 366 * 86_400;
/** Times are written with four digits for the year. */
const LATEST = Date.UTC(9990, 0, 1);

/** How far to go: to a time, or this many seconds on. */
export type Distance = { to: Date } | { seconds: number };

/** Where each clock that moves shall arrive, in milliseconds since 1970. It is what a retry goes on with. */
export const advancePlan = z.array(z.tuple([z.string(), z.int()]));
export type AdvancePlan = z.infer<typeof advancePlan>;

/**
 * Where the clocks arrive: the one named, or all there are (with `to`, those already past stay where they are).
 * Fails with `clock_backwards`, or `request_invalid` for a way that is too long.
 */
export function planAdvance(clock: OffsetClock, distance: Distance, only: string | undefined): AdvancePlan {
  const leader = only ?? ROOT_TENANT_ID;
  checkDistance(distance, clock.now(leader));
  const moving = only === undefined ? [ROOT_TENANT_ID, ...clock.owners()] : [only];
  return moving
    .map((tenant_id): [string, number] => [tenant_id, arrival(clock.now(tenant_id), distance)])
    .filter(([tenant_id, arrives]) => tenant_id === leader || arrives > clock.now(tenant_id).getTime());
}

/** The items on the way of a plan. */
export function horizonOf(clock: OffsetClock, plan: AdvancePlan): Horizon {
  const arrivals = new Map(plan.map(([tenant_id, arrives]) => [tenant_id, new Date(arrives)]));
  const others = arrivals.get(ROOT_TENANT_ID);
  arrivals.delete(ROOT_TENANT_ID);
  // A clock that does not move along has nothing on the way: its time is before everything.
  for (const owner of others ? clock.owners() : []) {
    if (!arrivals.has(owner)) arrivals.set(owner, new Date(0));
  }
  return { own: arrivals, others };
}

function arrival(now: Date, distance: Distance): number {
  return 'to' in distance ? distance.to.getTime() : now.getTime() + distance.seconds * 1000;
}

function checkDistance(distance: Distance, now: Date): void {
  const arrives = arrival(now, distance);
  if (arrives < now.getTime()) {
    fail('clock_backwards', `The clock stands at ${now.toISOString()}.`, { now });
  }
  if (arrives - now.getTime() > LONGEST_ADVANCE_SECONDS * 1000 || arrives > LATEST) {
    const pointer = 'to' in distance ? '/to' : '/seconds';
    const detail = 'must be at most ten years on, and before the year 9990';
    throw new TallystickError('request_invalid', `body${pointer}: ${detail}`, {
      errors: [{ pointer, detail }],
    });
  }
}
