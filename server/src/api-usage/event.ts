/** One finished API call, as it is recorded. */
export interface UsageEvent {
  /** Who made the id: an event is itself by source and id, whatever else it says. */
  source: string;
  /** 1 to 255 characters. */
  id: string;
  /** The route's pattern, 1 to 255 characters. */
  endpoint: string;
  /** In capitals. */
  method: string;
  /** 100 to 599; a call is successful below 400. */
  status_code: number;
  /** Milliseconds from 0 to RESPONSE_TIME_MS_MAX; kept to a thousandth. */
  response_time_ms: number;
  api_key_id?: string | undefined;
  occurred_at: Date;
  metadata?: Record<string, unknown> | undefined;
  /** Whether it counts in summaries and bills. What does not is recorded all the same. */
  counted: boolean;
}

/** The source of events that do not name one, as those of a CloudEvent do. */
export const PLAIN_SOURCE = 'tallystick';

/** The longest response time that is taken, in milliseconds: a day. */
export const RESPONSE_TIME_MS_MAX = 86_400_000;

/** How many events one batch may have. */
export const EVENTS_MAX = 1000;

/** How far ahead of the server's clock an event may be, in milliseconds: the clocks of hosts differ. */
export const AHEAD_MS_MAX = 5 * 60_000;

/** How old an event may be, in milliseconds: 35 days, after which its month may be sealed. */
export const AGE_MS_MAX = 35 * 86_400_000;

/** Why an event of this time cannot be recorded now; undefined where it can. */
export function refusalOfTime(occurred_at: Date, now: Date): 'event_in_future' | 'event_too_old' | undefined {
  const age_ms = now.getTime() - occurred_at.getTime();
  if (age_ms < -AHEAD_MS_MAX) return 'event_in_future';
  return age_ms > AGE_MS_MAX ? 'event_too_old' : undefined;
}

/**
 * From when on the month (UTC) of a call may be sealed: nothing is added to it and nothing corrected any more. Retention
 * waits an hour longer, so that whatever was begun before is committed by then.
 */
export function sealsAt(occurred_at: Date): Date {
  const ends_ms = Date.UTC(occurred_at.getUTCFullYear(), occurred_at.getUTCMonth() + 1);
  return new Date(ends_ms + AGE_MS_MAX);
}
