import { DAY_MS, HOUR_MS, midnightBefore, nightHour } from './habits.ts';
import type { StudioYear } from './studio-year.ts';
import type { Story } from './studios.ts';

const MINUTE_MS = 60_000;

/** Enters what sets a studio's year apart. Most of it happens at night, so that no job of the day gets in between. */
export function enterStory(year: StudioYear): void {
  if (year.studio.story !== undefined) STORIES[year.studio.story](year);
}

const STORIES: Record<Story, (year: StudioYear) => void> = {
  // It always has tokens, for whoever tries things on it.
  example: (year) => {
    year.enter(lateNight(year, 1), async () => {
      await year.buy(4 * year.habits.pack);
    });
  },
  agency: () => undefined,
  // It quits buying, and at the end the last token goes.
  runs_dry: (year) => {
    year.stops_buying_at = lateNight(year, 20);
    year.enter(year.until - year.numbers.between(5, 40) * HOUR_MS, async () => {
      const { remaining } = year.book;
      year.stops_working_at = year.now.getTime();
      if (remaining > 0) await year.book.use(remaining, archiveJob);
    });
  },
  owes_tokens: (year) => {
    year.stops_buying_at = lateNight(year, 2);
    year.stops_working_at = lateNight(year, 2);
    enterOverdraft(year, lateNight(year, 2), 9_400);
  },
  repaid_tokens: (year) => {
    enterOverdraft(year, lateNight(year, 60), 7_200);
    year.enter(lateNight(year, 60) + HOUR_MS, async () => {
      await year.buy();
    });
  },
  refund_in_full: (year) => enterRefund(year, lateNight(year, 70), 'bought twice by mistake'),
  refund_in_part: (year) => enterRefund(year, lateNight(year, 45), 'an outage of three days', 0.3),
  declined_card: (year) => {
    year.enter(lateNight(year, 120), () => year.book.buyInVain(year.habits.pack));
    year.enter(lateNight(year, 120) + 6 * MINUTE_MS, async () => {
      await year.buy();
    });
  },
  // Their workers died today, and nobody has said yet what became of the work.
  holds_to_reconcile: (year) => {
    for (const hours_ago of [5, 3, 1.5]) enterAbandonedHold(year, year.until - hours_ago * HOUR_MS);
  },
  // One that policy released after its grace, and one that was settled late.
  late_holds: (year) => {
    enterAbandonedHold(year, lateNight(year, 90));
    enterAbandonedHold(year, lateNight(year, 80), 3 * HOUR_MS);
  },
  // Habits make it quit; what it is given to come back expires.
  churned: (year) => {
    const left_at = midnightBefore(year.until) - year.habits.quits_days_ago * DAY_MS;
    year.enter(left_at + 14 * DAY_MS, () => year.giveFor(30, 30_000, 'we miss you', 50));
  },
  // An episode went round just now, and its free calls are used up.
  over_included: (year) => {
    const [from, to] = [year.until - 20 * MINUTE_MS, year.until - MINUTE_MS];
    year.enter(to, () => year.book.recordCalls(year.calls.burst(1300, from, to, 0)));
  },
  // A script of its own asks far too often, and is told so most of the time.
  over_limit: (year) => {
    const [from, to] = [year.until - 25 * MINUTE_MS, year.until - 2 * MINUTE_MS];
    year.enter(from - DAY_MS, () => year.book.limit('per_hour', 500, 3600));
    year.enter(to, () => year.book.recordCalls(year.calls.burst(1900, from, to, 0.72)));
  },
};

const archiveJob = { feature_type: 'transcript_analysis', metadata: { job: 'archive' } };

/** A time in the night, so many days before the end's midnight. */
function lateNight(year: StudioYear, days_ago: number): number {
  return midnightBefore(year.until) - days_ago * DAY_MS + nightHour(year.studio) * HOUR_MS;
}

/** A job that holds all there is and takes more: a shortfall. */
function enterOverdraft(year: StudioYear, at: number, beyond: number): void {
  year.enter(at - MINUTE_MS, async () => {
    await year.provide(20_000);
  });
  year.enter(at, async () => {
    const tokens = year.book.remaining;
    const hold_id = await year.hold(tokens, archiveJob.feature_type);
    year.enter(at + 8 * MINUTE_MS, () => year.book.settle(hold_id, tokens + beyond));
  });
}

/** A purchase, and an hour later its refund: of all, or of a share of the price. */
function enterRefund(year: StudioYear, at: number, reason: string, share?: number): void {
  year.enter(at, async () => {
    const tokens = year.habits.pack;
    // Older tokens burn first, so these are still there.
    await year.provide(tokens);
    const transaction_id = await year.buy(tokens);
    const amount_cents = share === undefined ? undefined : Math.floor((tokens / 100) * share);
    year.enter(at + HOUR_MS, () => year.book.refund(transaction_id, reason, amount_cents));
  });
}

/** A hold that nobody ends before its time is over; settled after so long, or not at all. */
function enterAbandonedHold(year: StudioYear, at: number, settled_after_ms?: number): void {
  year.enter(at, async () => {
    const tokens = await year.provide(12_000);
    const hold_id = await year.hold(tokens, archiveJob.feature_type);
    if (settled_after_ms !== undefined) {
      year.enter(at + settled_after_ms, () => year.book.settle(hold_id, Math.ceil(tokens * 0.9)));
    }
  });
}
