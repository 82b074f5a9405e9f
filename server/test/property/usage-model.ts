const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** An event of the model: what the server was sent, with its time in milliseconds. */
export interface ModelEvent {
  id: string;
  at: number;
  status_code: number;
  response_time_ms: number;
  endpoint: string;
}

interface ModelCall extends ModelEvent {
  /** The first millisecond of the month that it was stamped with. */
  period: number;
  is_void: boolean;
}

/** The parts of a summary that the model predicts. */
export interface ModelSummary {
  total_calls: number;
  successful_calls: number;
  failed_calls: number;
  billable_calls: number;
  included_calls: number;
  avg_response_time_ms: number | null;
  groups: { key: string; total_calls: number; successful_calls: number }[];
}

/** API usage of one tenant as plainly as can be: every call in a list, and everything counted from it when asked. */
export class UsageModel {
  now: number;
  included: number;
  readonly #calls = new Map<string, ModelCall>();
  /** What a month included when it was closed. */
  readonly #closed = new Map<number, number>();

  constructor(now: number, included: number) {
    this.now = now;
    this.included = included;
  }

  /** Records a batch; answers what the server is to answer. */
  record(events: readonly ModelEvent[]): { accepted: number; duplicates: number; rejected: number[] } {
    const answer = { accepted: 0, duplicates: 0, rejected: [] as number[] };
    for (const [index, event] of events.entries()) {
      if (event.at > this.now + 5 * 60_000 || event.at < this.now - 35 * DAY_MS) {
        answer.rejected.push(index);
      } else if (this.#calls.has(event.id)) {
        answer.duplicates += 1;
      } else {
        const own = monthOf(event.at);
        const period = this.#closesAt(own) > this.now ? own : monthOf(this.now);
        this.#calls.set(event.id, { ...event, period, is_void: false });
        answer.accepted += 1;
      }
    }
    return answer;
  }

  /** Corrects an event: its status is another one, or void. Answers the status that the server is to answer. */
  correct(id: string, status_code: number | 'void'): 201 | 404 | 409 {
    const call = this.#calls.get(id);
    if (call === undefined) return 404;
    const is_void = status_code === 'void';
    const month_ends = new Date(monthOf(call.at));
    month_ends.setUTCMonth(month_ends.getUTCMonth() + 1);
    const is_sealed = this.now >= month_ends.getTime() + 35 * DAY_MS;
    const is_same = is_void ? call.is_void : !call.is_void && call.status_code === status_code;
    if (is_sealed || is_same) return 409;
    this.#calls.set(id, { ...call, is_void, ...(is_void ? {} : { status_code }) });
    return 201;
  }

  /** Time goes on, and what falls due is done. */
  advance(milliseconds: number): void {
    this.now += milliseconds;
    for (const { period } of this.#calls.values()) {
      const over = this.#closesAt(period) <= this.now;
      if (over && !this.#closed.has(period)) this.#closed.set(period, this.included);
    }
  }

  /** Without a range the present month's calls, adjustments included; with one those of whole hours, or days. */
  summary(group_by: 'day' | 'endpoint', range: { from: number; to: number } | undefined): ModelSummary {
    const grain_ms = group_by === 'day' ? HOUR_MS : DAY_MS;
    const from = range && Math.floor(range.from / grain_ms) * grain_ms;
    const to = range && Math.ceil(range.to / grain_ms) * grain_ms;
    const all = [...this.#calls.values()].filter(({ is_void }) => !is_void);
    const within =
      from === undefined || to === undefined
        ? all.filter((call) => call.period === monthOf(this.now))
        : all.filter((call) => call.at >= from && call.at < to);
    const successful = (calls: readonly ModelCall[]) => calls.filter((call) => call.status_code < 400).length;
    let billable_calls = 0;
    for (const period of new Set(within.map((call) => call.period))) {
      const included = this.#closed.get(period) ?? this.included;
      const before = from === undefined ? [] : all.filter((call) => call.period === period && call.at < from);
      const counted = successful(before);
      const upto = counted + successful(within.filter((call) => call.period === period));
      billable_calls += Math.max(0, upto - included) - Math.max(0, counted - included);
    }
    const keyOf = (call: ModelCall) =>
      group_by === 'day' ? new Date(call.at).toISOString().slice(0, 10) : call.endpoint;
    const groups = [...Map.groupBy(within, keyOf)].map(([key, calls]) => ({
      key,
      total_calls: calls.length,
      successful_calls: successful(calls),
    }));
    const total_ms = within.reduce((sum, call) => sum + call.response_time_ms, 0);
    return {
      total_calls: within.length,
      successful_calls: successful(within),
      failed_calls: within.length - successful(within),
      billable_calls,
      included_calls: this.included,
      avg_response_time_ms: within.length === 0 ? null : Math.round((total_ms / within.length) * 1000) / 1000,
      groups: groups.sort((a, b) => (a.key < b.key ? -1 : 1)),
    };
  }

  #closesAt(period: number): number {
    const start = new Date(period);
    return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1) + HOUR_MS;
  }
}

function monthOf(at: number): number {
  const time = new Date(at);
  return Date.UTC(time.getUTCFullYear(), time.getUTCMonth());
}
