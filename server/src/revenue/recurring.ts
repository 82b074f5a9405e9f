import { floorDiv, halfEven } from '../money/index.ts';

/** A stretch of time in which a customer paid for a subscription: a phase with a price that was paid. */
export interface PaidPhase {
  tenant_id: string;
  currency: string;
  starts_at: Date;
  /** Null while it goes on. */
  ends_at: Date | null;
  interval: 'month' | 'year';
  /** For one interval, in the minor unit of the currency. */
  price_cents: bigint;
}

/** What becomes of a customer's recurring revenue between two times. */
export const MOVEMENTS = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] as const;
export type MovementKind = (typeof MOVEMENTS)[number];

/**
 * Recurring revenue between two times, added up over customers. Twelfths of cents a month, which are cents a year: a
 * twelfth of a yearly price is exact in them. Of `change` contraction and churn are below zero.
 */
export interface RecurringSpan {
  opening: bigint;
  closing: bigint;
  customers_opening: number;
  customers_closing: number;
  change: Record<MovementKind, bigint>;
  customers: Record<MovementKind, number>;
}

const MONTHS: Record<PaidPhase['interval'], bigint> = { month: 12n, year: 1n };

/** A customer's recurring revenue in the moment before a time, in twelfths of cents a month. */
export function twelfthsBefore(phases: readonly PaidPhase[], at: Date): bigint {
  return phases
    .filter(({ starts_at, ends_at }) => starts_at < at && (ends_at === null || ends_at >= at))
    .reduce((sum, { interval, price_cents }) => sum + price_cents * MONTHS[interval], 0n);
}

/** A span to which no customer was added yet. */
export function emptySpan(): RecurringSpan {
  return {
    opening: 0n,
    closing: 0n,
    customers_opening: 0,
    customers_closing: 0,
    change: { new: 0n, reactivation: 0n, expansion: 0n, contraction: 0n, churn: 0n },
    customers: { new: 0, reactivation: 0, expansion: 0, contraction: 0, churn: 0 },
  };
}

/**
 * Adds a customer to a span, by what it paid at both ends of it. It is `new` where it had never paid before the span, and
 * a `reactivation` where it had; `churn` where it pays no more; `expansion` or `contraction` where it pays more or less.
 * Who leaves and comes back within the span has not moved.
 */
export function addCustomer(
  span: RecurringSpan,
  phases: readonly PaidPhase[],
  { from, to }: { from: Date; to: Date },
): void {
  const [opening, closing] = [twelfthsBefore(phases, from), twelfthsBefore(phases, to)];
  span.opening += opening;
  span.closing += closing;
  span.customers_opening += Number(opening > 0n);
  span.customers_closing += Number(closing > 0n);
  if (opening === closing) return;
  const kind = movementOf(opening, closing, hasPaidBefore(phases, from));
  span.change[kind] += closing - opening;
  span.customers[kind] += 1;
}

function movementOf(opening: bigint, closing: bigint, had_paid: boolean): MovementKind {
  if (opening === 0n) return had_paid ? 'reactivation' : 'new';
  if (closing === 0n) return 'churn';
  return closing > opening ? 'expansion' : 'contraction';
}

/** A phase that ended where it began was never there. */
function hasPaidBefore(phases: readonly PaidPhase[], at: Date): boolean {
  return phases.some(({ starts_at, ends_at }) => starts_at < at && (ends_at === null || ends_at > starts_at));
}

/** A span in cents a month. */
export interface RecurringCents {
  opening_mrr_cents: bigint;
  new_cents: bigint;
  reactivation_cents: bigint;
  expansion_cents: bigint;
  contraction_cents: bigint;
  churn_cents: bigint;
  closing_mrr_cents: bigint;
}

/**
 * Rounds a span to cents. Each sum is rounded once, from opening over every movement to closing, and a movement is what
 * lies between two: so they add up to the cent, and a movement of whole cents stays what it is.
 */
export function inCents({ opening, change }: RecurringSpan): RecurringCents {
  let sum = opening;
  const step = (kind: MovementKind): bigint => {
    const before = toCents(sum);
    sum += change[kind];
    return toCents(sum) - before;
  };
  return {
    opening_mrr_cents: toCents(opening),
    new_cents: step('new'),
    reactivation_cents: step('reactivation'),
    expansion_cents: step('expansion'),
    contraction_cents: step('contraction'),
    churn_cents: step('churn'),
    closing_mrr_cents: toCents(sum),
  };
}

/** Twelfths as cents, a half upwards: adding whole cents before or after rounding comes to the same. */
export function toCents(twelfths: bigint): bigint {
  return floorDiv(2n * twelfths + 12n, 24n);
}

/** Shares of what recurring revenue was at the opening of a span, to six digits; null where there was none. */
export interface RecurringRates {
  /** What was lost with customers that left. */
  churn_rate: number | null;
  /** How many customers left. */
  customer_churn_rate: number | null;
  /** What the customers of the opening pay at the closing. */
  nrr: number | null;
  /** The same without what they pay more. */
  grr: number | null;
}

export function ratesOf({ opening, customers_opening, change, customers }: RecurringSpan): RecurringRates {
  const kept = opening + change.contraction + change.churn;
  return {
    churn_rate: share(-change.churn, opening),
    customer_churn_rate: share(BigInt(customers.churn), BigInt(customers_opening)),
    nrr: share(kept + change.expansion, opening),
    grr: share(kept, opening),
  };
}

function share(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Number(halfEven(part * 1_000_000n, whole)) / 1_000_000;
}
