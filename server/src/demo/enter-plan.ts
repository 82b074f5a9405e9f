import { detailsOf } from './addresses.ts';
import { DAY_MS, HOUR_MS, midnightBefore } from './habits.ts';
import type { Plan } from './plans.ts';
import type { SeededNumbers } from './seeded-numbers.ts';
import type { StudioYear } from './studio-year.ts';

/** Enters how a studio subscribes and pays, and what sets its subscription apart. */
export function enterPlan(year: StudioYear, plan: Plan, numbers: SeededNumbers): void {
  const { billing, studio, habits } = year;
  const begins_at = plan.paid_from - plan.trial_days * DAY_MS;
  year.enter(begins_at - HOUR_MS / 2, async () => {
    await billing.describe(detailsOf(studio, numbers));
    if (!habits.by_wire) await billing.saveCard('sandbox_card');
  });
  year.enterBilling(begins_at, () => billing.subscribe({ ...plan, tier_name: plan.first_tier }));
  if (studio.story === 'churned') enterCancellation(year, habits.quits_days_ago - 4);
  if (studio.turn !== undefined) TURNS[studio.turn](year, plan, numbers);
}

const TURNS = {
  upgraded: (year: StudioYear, { paid_from }: Plan, numbers: SeededNumbers) => {
    // In the middle of a month.
    const days = numbers.between(1, 5) * 30 + 14;
    const at = Math.min(paid_from + days * DAY_MS, daysAgo(year, 5));
    year.enterBilling(at, () => year.billing.change(year.studio.tier_name));
  },
  downgraded: (year: StudioYear) => {
    year.enterBilling(daysAgo(year, 130), () => year.billing.change(year.studio.tier_name));
  },
  came_back: (year: StudioYear, plan: Plan) => {
    const { tier_name } = year.studio;
    year.enterBilling(daysAgo(year, 250), () => year.billing.cancel('the season is over'));
    year.enterBilling(monthsBefore(plan.renewed_at, 4), () =>
      year.billing.subscribe({ ...plan, tier_name, trial_days: 0 }),
    );
  },
  // It has said so, and what is paid for is still in use.
  cancelled: (year: StudioYear) => {
    year.enterBilling(daysAgo(year, 3), () => year.billing.cancel('moving to a house platform'));
  },
  left: (year: StudioYear) => {
    year.stops_working_at = daysAgo(year, 70);
    enterCancellation(year, 68);
  },
  past_due: enterFailingCard,
  suspended: enterFailingCard,
  refunded: (year: StudioYear) => {
    year.enterBilling(daysAgo(year, 35), () => year.billing.refundLatest('an outage of three days', 0.3));
  },
  // An episode went round, a week before its month was over.
  calls_beyond: (year: StudioYear, plan: Plan) => {
    const [from, to] = [plan.renewed_at - 5 * DAY_MS, plan.renewed_at - 4.75 * DAY_MS];
    year.enter(to, () => year.book.recordCalls(year.calls.burst(11_500, from, to, 0)));
  },
};

/** Another card takes the place of its own, and is declined at the next month's fee. It buys nothing with it. */
function enterFailingCard(year: StudioYear, plan: Plan): void {
  const at = plan.renewed_at - 2 * DAY_MS;
  year.enter(at, async () => {
    year.stops_buying_at = Math.min(year.stops_buying_at, at);
    await year.billing.saveCard('sandbox_card_declined');
  });
}

/** Cancels, to the end of what is paid for. */
function enterCancellation(year: StudioYear, days_ago: number): void {
  year.enterBilling(daysAgo(year, days_ago), () => year.billing.cancel('the show has ended'));
}

/** An afternoon, so many days before the end's midnight. */
function daysAgo(year: StudioYear, days: number): number {
  return midnightBefore(year.until) - days * DAY_MS + 15.2 * HOUR_MS;
}

function monthsBefore(at: number, months: number): number {
  const earlier = new Date(at);
  earlier.setUTCMonth(earlier.getUTCMonth() - months);
  return earlier.getTime();
}
