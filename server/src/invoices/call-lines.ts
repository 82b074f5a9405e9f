import {
  billableOf,
  type CallRating,
  callsCost,
  explainRating,
  type PeriodUsage,
} from '../api-usage/index.ts';
import type { BillingPeriod } from '../billing/index.ts';
import { callsInWords, daysInWords } from './in-words.ts';
import type { DraftLine } from './invoice.ts';

type Span = Pick<BillingPeriod, 'period_id' | 'starts_at' | 'ends_at'>;

/** The calls of a period beyond the included ones. Pure, so that it can be rated again. */
export function apiCallsLine(rating: CallRating, period: Span, calls: bigint): DraftLine[] {
  const quantity = billableOf(rating, calls);
  if (quantity === 0n) return [];
  const { cents, steps } = callsCost(rating, calls);
  return [
    {
      kind: 'api_calls',
      description: `API calls beyond the ${rating.included_calls} included`,
      quantity,
      amount_cents: cents,
      starts_at: period.starts_at,
      ends_at: period.ends_at,
      deferred: false,
      source_key: `api_calls:${period.period_id}`,
      explanation: {
        successful_calls: Number(calls),
        ...explainRating(rating),
        steps: steps.map(({ of, quantity: count, unit_price_cents }) => ({
          of,
          quantity: Number(count),
          unit_price_cents,
        })),
      },
    },
  ];
}

/**
 * What late calls add to a period: those that happened before it began, and were recorded after their own had been
 * closed. What the period includes is for the calls on time first. Pure.
 */
export function lateCallsLine(
  rating: CallRating,
  { period_id }: Span,
  { calls, late_calls, late_from, late_to }: PeriodUsage,
  time_zone: string,
): DraftLine[] {
  const on_time = calls - late_calls;
  const quantity = billableOf(rating, calls) - billableOf(rating, on_time);
  if (quantity === 0n || late_from === null || late_to === null) return [];
  const span = { starts_at: late_from, ends_at: late_to };
  const [before, after] = [callsCost(rating, on_time).cents, callsCost(rating, calls).cents];
  return [
    {
      kind: 'adjustment',
      description: `Late usage of ${daysInWords(span, time_zone)}: ${callsInWords(quantity)}`,
      quantity,
      amount_cents: after - before,
      ...span,
      deferred: false,
      source_key: `adjustment:${period_id}`,
      explanation: {
        late_calls: Number(late_calls),
        ...explainRating(rating),
        calls_before: Number(on_time),
        calls_after: Number(calls),
        cost_before_cents: Number(before),
        cost_after_cents: Number(after),
      },
    },
  ];
}

/**
 * What corrections change of the bill of a period that was closed before: below zero where calls do not count any more.
 * Pure.
 */
export function correctedCallsLine(
  rating: CallRating,
  corrected: Span,
  { rated_calls, calls }: { rated_calls: bigint; calls: bigint },
  billed_period_id: string,
  time_zone: string,
): DraftLine[] {
  const quantity = billableOf(rating, calls) - billableOf(rating, rated_calls);
  if (quantity === 0n) return [];
  const { period_id, starts_at, ends_at } = corrected;
  const [before, after] = [callsCost(rating, rated_calls).cents, callsCost(rating, calls).cents];
  const changed = `${callsInWords(quantity < 0n ? -quantity : quantity)} ${quantity < 0n ? 'fewer' : 'more'}`;
  return [
    {
      kind: 'adjustment',
      description: `Corrected usage of ${daysInWords(corrected, time_zone)}: ${changed}`,
      quantity,
      amount_cents: after - before,
      starts_at,
      ends_at,
      deferred: false,
      source_key: `adjustment:${billed_period_id}:${period_id}`,
      explanation: {
        period_id,
        ...explainRating(rating),
        calls_before: Number(rated_calls),
        calls_after: Number(calls),
        cost_before_cents: Number(before),
        cost_after_cents: Number(after),
      },
    },
  ];
}
