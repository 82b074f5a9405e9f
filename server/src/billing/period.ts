/** A row of `billing_periods`. */
export interface BillingPeriod {
  period_id: string;
  starts_at: Date;
  ends_at: Date;
  status: 'open' | 'closed';
  /** What an open period includes where that is not its tier's plain allowance. */
  allowance_calls: bigint | null;
  /** Of a closed period: what it included, null for all calls. */
  included_calls: bigint | null;
}

/** How long after its end a period still takes what happened in it, in milliseconds. */
export const PERIOD_GRACE_MS = 60 * 60 * 1000;

/** The calendar month in UTC that a time lies in: the period of a tenant without a subscription. */
export function calendarMonth(at: Date): Pick<BillingPeriod, 'starts_at' | 'ends_at'> {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  return { starts_at: new Date(Date.UTC(year, month)), ends_at: new Date(Date.UTC(year, month + 1)) };
}

/** When a period is closed. */
export function closesAt(ends_at: Date): Date {
  return new Date(ends_at.getTime() + PERIOD_GRACE_MS);
}
