/** What a customer is seen to pay, in twelfths of cents a month, as GET /subscriptions/current answers it. */
export interface SeenSubscription {
  status: string;
  price_cents: number;
  interval: 'month' | 'year';
  current_period_end: string;
  trial_ends_at: string | null;
}

/** The twelfths of a subscription as it is seen at a time; undefined where there is none. */
export function twelfthsOf(seen: SeenSubscription | undefined, now: Date): number {
  if (seen === undefined || seen.status === 'pending') return 0;
  const in_trial = seen.trial_ends_at !== null && new Date(seen.trial_ends_at) > now;
  if (in_trial || (seen.status === 'paused' && new Date(seen.current_period_end) <= now)) return 0;
  return seen.price_cents * (seen.interval === 'year' ? 1 : 12);
}

/** A month of recurring revenue, in twelfths, as it follows from what each customer was seen to pay. */
export interface ModelMonth {
  month: string;
  opening: number;
  closing: number;
  new: number;
  reactivation: number;
  expansion: number;
  contraction: number;
  churn: number;
}

/** Watches what customers pay, and says how each month went. */
export class RecurringModel {
  readonly months: ModelMonth[] = [];
  readonly #opening = new Map<string, number>();
  /** Who had paid before the month that runs, and who has paid by now. */
  #known = new Set<string>();
  readonly #paid = new Set<string>();

  /** A customer was seen to pay this much. */
  see(customer: string, twelfths: number): void {
    if (twelfths > 0) this.#paid.add(customer);
  }

  /** The month ends with what each customer pays in its last moment. */
  endMonth(month: string, closing: ReadonlyMap<string, number>): void {
    const row = {
      month,
      opening: 0,
      closing: 0,
      new: 0,
      reactivation: 0,
      expansion: 0,
      contraction: 0,
      churn: 0,
    };
    for (const [customer, after] of closing) {
      this.see(customer, after);
      const before = this.#opening.get(customer) ?? 0;
      row.opening += before;
      row.closing += after;
      if (before === 0 && after > 0) row[this.#known.has(customer) ? 'reactivation' : 'new'] += after;
      else if (after === 0) row.churn -= before;
      else if (after > before) row.expansion += after - before;
      else row.contraction += after - before;
      this.#opening.set(customer, after);
    }
    this.#known = new Set(this.#paid);
    this.months.push(row);
  }
}
