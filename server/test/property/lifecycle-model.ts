/** A tier of the test's own catalogue: prices and allowances are small, so that a few calls are beyond them. */
export interface ModelTier {
  month_cents: number;
  included_calls: number;
  call_cents: number;
}

export const TIERS: Readonly<Record<'small' | 'medium' | 'large', ModelTier>> = {
  small: { month_cents: 1000, included_calls: 10, call_cents: 3 },
  medium: { month_cents: 2501, included_calls: 55, call_cents: 2 },
  large: { month_cents: 7003, included_calls: 211, call_cents: 1 },
};
export type TierName = keyof typeof TIERS;
export type Interval = 'month' | 'year';

const HOUR_MS = 3_600_000;

interface ModelSubscription {
  tier: TierName;
  interval: Interval;
  anchor: number;
  /** Of what is paid for, in months since the anchor. */
  paid_from: number;
  next: { tier: TierName; interval: Interval } | undefined;
  ends: boolean;
}

/** A month in which calls are counted. */
interface ModelMonth {
  n: number;
  ends: number;
  calls: number;
  allowance: number;
  call_cents: number;
}

/**
 * What a subscription's invoices come to, in plain numbers and with no table behind it: fees in advance, the rest of a month
 * by the second, and calls beyond the allowance when a month has been over for an hour.
 */
export class LifecycleModel {
  now: number;
  invoiced_cents = 0;
  fees = 0;
  subscription: ModelSubscription | undefined;
  #month: ModelMonth | undefined;
  /** Over, and not closed yet. */
  #closing: ModelMonth[] = [];

  constructor(now: number) {
    this.now = now;
  }

  start(tier: TierName, interval: Interval): void {
    this.subscription = { tier, interval, anchor: this.now, paid_from: 0, next: undefined, ends: false };
    this.#charge(this.subscription);
    this.#openMonth(this.subscription, 0);
  }

  /** Going up is now, going down at the end of the period; to a year is now, to a month at the end, or as it is said. */
  change(tier: TierName, interval: Interval, when: 'now' | 'period_end' | undefined): void {
    const sub = this.#running();
    const [from, to] = [TIERS[sub.tier], TIERS[tier]];
    const up = interval === sub.interval ? to.month_cents >= from.month_cents : interval === 'year';
    sub.ends = false;
    if ((when ?? (up ? 'now' : 'period_end')) === 'period_end') {
      sub.next = { tier, interval };
      return;
    }
    sub.next = undefined;
    if (interval === sub.interval) this.#prorate(sub, tier);
    else this.#beginAnew(sub, tier, interval);
  }

  /** What is left of the old interval comes back, and a whole one begins; the month that is cut includes its part. */
  #beginAnew(sub: ModelSubscription, tier: TierName, interval: Interval): void {
    const span = [startOf(sub, sub.paid_from), startOf(sub, sub.paid_from + monthsOf(sub.interval))] as const;
    this.invoiced_cents -= rest(priceOf(sub.tier, sub.interval), span, this.now);
    const month = this.#month;
    if (month !== undefined) {
      const of_month = [startOf(sub, month.n), startOf(sub, month.n + 1)] as const;
      const { included_calls } = TIERS[sub.tier];
      month.allowance -= Math.floor((included_calls * left(of_month, this.now)) / whole(of_month));
      this.#closing.push({ ...month, ends: this.now });
    }
    Object.assign(sub, { tier, interval, anchor: this.now, paid_from: 0 });
    this.#charge(sub);
    this.#openMonth(sub, 0);
  }

  #prorate(sub: ModelSubscription, tier: TierName): void {
    const [from, to] = [TIERS[sub.tier], TIERS[tier]];
    const months = monthsOf(sub.interval);
    const span = [startOf(sub, sub.paid_from), startOf(sub, sub.paid_from + months)] as const;
    this.invoiced_cents +=
      rest(priceOf(tier, sub.interval), span, this.now) -
      rest(priceOf(sub.tier, sub.interval), span, this.now);
    const month = this.#month;
    if (month !== undefined) {
      const n = this.#monthNumber(sub);
      const of_month = [startOf(sub, n), startOf(sub, n + 1)] as const;
      const share = (calls: number) => Math.floor((calls * left(of_month, this.now)) / whole(of_month));
      month.allowance += share(to.included_calls) - share(from.included_calls);
      month.call_cents = to.call_cents;
    }
    sub.tier = tier;
  }

  cancel(): void {
    const sub = this.#running();
    sub.ends = true;
    sub.next = undefined;
  }

  resume(): void {
    this.#running().ends = false;
  }

  call(times: number): void {
    if (this.#month !== undefined) this.#month.calls += times;
  }

  advance(ms: number): void {
    const to = this.now + ms;
    for (;;) {
      const at = Math.min(
        this.#month?.ends ?? Infinity,
        ...this.#closing.map((month) => month.ends + HOUR_MS),
      );
      if (at > to) break;
      this.now = at;
      this.#close();
      if (this.#month?.ends === at) this.#turn(this.#month);
    }
    this.now = to;
  }

  #close(): void {
    for (const month of this.#closing.filter(({ ends }) => ends + HOUR_MS <= this.now))
      this.invoiced_cents += Math.max(0, month.calls - month.allowance) * month.call_cents;
    this.#closing = this.#closing.filter(({ ends }) => ends + HOUR_MS > this.now);
  }

  /** A month is over: the next begins, of what is paid for or of another payment, or there is none. */
  #turn(month: ModelMonth): void {
    const sub = this.#running();
    this.#closing.push(month);
    this.#month = undefined;
    const n = this.#monthNumber(sub);
    if (n < sub.paid_from + monthsOf(sub.interval)) {
      this.#openMonth(sub, n);
    } else if (sub.ends) {
      this.subscription = undefined;
    } else {
      this.#renew(sub, n);
    }
  }

  #renew(sub: ModelSubscription, n: number): void {
    Object.assign(sub, sub.next);
    sub.next = undefined;
    sub.paid_from = n;
    this.#charge(sub);
    this.#openMonth(sub, n);
  }

  #charge(sub: ModelSubscription): void {
    this.invoiced_cents += priceOf(sub.tier, sub.interval);
    this.fees += 1;
  }

  #openMonth(sub: ModelSubscription, n: number): void {
    const { included_calls: allowance, call_cents } = TIERS[sub.tier];
    this.#month = { n, ends: startOf(sub, n + 1), calls: 0, allowance, call_cents };
  }

  #monthNumber(sub: ModelSubscription): number {
    let n = sub.paid_from;
    while (startOf(sub, n + 1) <= this.now) n += 1;
    return n;
  }

  #running(): ModelSubscription {
    if (this.subscription === undefined) throw new Error('the model has no subscription');
    return this.subscription;
  }
}

function monthsOf(interval: Interval): number {
  return interval === 'month' ? 1 : 12;
}

function priceOf(tier: TierName, interval: Interval): number {
  return TIERS[tier].month_cents * (interval === 'month' ? 1 : 10);
}

/** The n-th month's start: the anchor's day and time, or the last day of a month that has no such day. UTC. */
function startOf({ anchor }: { anchor: number }, n: number): number {
  const at = new Date(anchor);
  const first = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + n, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const time_of_day = anchor % 86_400_000;
  return first.getTime() + (Math.min(at.getUTCDate(), days) - 1) * 86_400_000 + time_of_day;
}

type Span = readonly [starts: number, ends: number];

function whole([starts, ends]: Span): number {
  return Math.floor(ends / 1000) - Math.floor(starts / 1000);
}

function left(span: Span, at: number): number {
  return Math.floor(span[1] / 1000) - Math.floor(at / 1000);
}

/** What of an amount belongs to the rest of a span, half to even. */
function rest(cents: number, span: Span, at: number): number {
  const [numerator, denominator] = [BigInt(cents) * BigInt(left(span, at)), BigInt(whole(span))];
  const [floor, twice] = [numerator / denominator, (numerator % denominator) * 2n];
  const up = twice > denominator || (twice === denominator && floor % 2n === 1n);
  return Number(up ? floor + 1n : floor);
}
