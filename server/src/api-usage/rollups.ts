import { LATENCY_BOUNDS_MS, latencyBucketOf } from './latency.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Stands where a call had no key: a part of a primary key is never null. */
export const NO_API_KEY = '00000000-0000-0000-0000-000000000000';

/** What rollups are made of: a call of the tenant at hand. One that is not counted is in none. */
export interface RolledCall {
  occurred_at: Date;
  period_id: string;
  endpoint: string;
  method: string;
  status_code: number;
  /** In whole thousandths of a millisecond, so that sums of them are exact. */
  response_time_us: number;
  api_key_id: string | undefined;
  counted: boolean;
}

interface Hour {
  /** Since 1970. */
  hour: number;
  period_id: string;
  total_calls: number;
  successful_calls: number;
  us_total: number;
  us_max: number;
  /** Calls by bucket; see latency.ts. */
  buckets: Uint32Array;
}

interface Day {
  /** Since 1970. */
  day: number;
  endpoint: string;
  method: string;
  status_code: number;
  api_key_id: string;
  period_id: string;
  total_calls: number;
  us_total: number;
}

/** The rows of the rollup tables that a batch adds to, column by column, as SQL takes them. */
export interface RollupColumns {
  hours: {
    tenant_id: string[];
    hour: number[];
    period_id: string[];
    total_calls: number[];
    successful_calls: number[];
    us_total: number[];
    us_max: number[];
  };
  latencies: {
    tenant_id: string[];
    hour: number[];
    period_id: string[];
    bucket: number[];
    total_calls: number[];
  };
  days: {
    tenant_id: string[];
    day: number[];
    endpoint: string[];
    method: string[];
    status_code: number[];
    api_key_id: string[];
    period_id: string[];
    total_calls: number[];
    us_total: number[];
  };
}

/**
 * Adds up the calls of a batch, tenant by tenant. Here and not in SQL, because a batch has been sorted by tenant already
 * and PostgreSQL would sort it three times more. Rows come in the order of their keys if the tenants do, so that two
 * batches wait for each other and never in a circle.
 */
export class Rollups {
  readonly columns: RollupColumns = {
    hours: {
      tenant_id: [],
      hour: [],
      period_id: [],
      total_calls: [],
      successful_calls: [],
      us_total: [],
      us_max: [],
    },
    latencies: { tenant_id: [], hour: [], period_id: [], bucket: [], total_calls: [] },
    days: {
      tenant_id: [],
      day: [],
      endpoint: [],
      method: [],
      status_code: [],
      api_key_id: [],
      period_id: [],
      total_calls: [],
      us_total: [],
    },
  };

  /** Adds the calls of one tenant: all that it has in the batch. */
  add(tenant_id: string, calls: readonly RolledCall[]): void {
    const hours = new Map<string, Hour>();
    const days = new Map<string, Day>();
    for (const call of calls) {
      if (!call.counted) continue;
      addToHour(hours, call);
      addToDay(days, call);
    }
    for (const [, hour] of byKey(hours)) this.#writeHour(tenant_id, hour);
    for (const [, day] of byKey(days)) this.#writeDay(tenant_id, day);
  }

  #writeHour(tenant_id: string, hour: Hour): void {
    const { hours, latencies } = this.columns;
    hours.tenant_id.push(tenant_id);
    hours.hour.push(hour.hour);
    hours.period_id.push(hour.period_id);
    hours.total_calls.push(hour.total_calls);
    hours.successful_calls.push(hour.successful_calls);
    hours.us_total.push(hour.us_total);
    hours.us_max.push(hour.us_max);
    for (const [bucket, total_calls] of hour.buckets.entries()) {
      if (total_calls === 0) continue;
      latencies.tenant_id.push(tenant_id);
      latencies.hour.push(hour.hour);
      latencies.period_id.push(hour.period_id);
      latencies.bucket.push(bucket);
      latencies.total_calls.push(total_calls);
    }
  }

  #writeDay(tenant_id: string, day: Day): void {
    const { days } = this.columns;
    days.tenant_id.push(tenant_id);
    days.day.push(day.day);
    days.endpoint.push(day.endpoint);
    days.method.push(day.method);
    days.status_code.push(day.status_code);
    days.api_key_id.push(day.api_key_id);
    days.period_id.push(day.period_id);
    days.total_calls.push(day.total_calls);
    days.us_total.push(day.us_total);
  }
}

/** Any order will do that is the same in every process. */
function byKey<Cell>(cells: Map<string, Cell>): [string, Cell][] {
  return [...cells].sort(([one], [other]) => (one < other ? -1 : 1));
}

function addToHour(hours: Map<string, Hour>, call: RolledCall): void {
  const { period_id, response_time_us } = call;
  const hour = Math.floor(call.occurred_at.getTime() / HOUR_MS);
  const key = `${hour} ${period_id}`;
  let known = hours.get(key);
  if (known === undefined) {
    const buckets = new Uint32Array(LATENCY_BOUNDS_MS.length + 1);
    known = { hour, period_id, total_calls: 0, successful_calls: 0, us_total: 0, us_max: 0, buckets };
    hours.set(key, known);
  }
  known.total_calls += 1;
  if (call.status_code < 400) known.successful_calls += 1;
  known.us_total += response_time_us;
  if (response_time_us > known.us_max) known.us_max = response_time_us;
  const bucket = latencyBucketOf(response_time_us / 1000);
  known.buckets[bucket] = (known.buckets[bucket] ?? 0) + 1;
}

function addToDay(days: Map<string, Day>, call: RolledCall): void {
  const { endpoint, method, status_code, period_id, api_key_id = NO_API_KEY } = call;
  const day = Math.floor(call.occurred_at.getTime() / DAY_MS);
  const key = `${day} ${method} ${status_code} ${api_key_id} ${period_id} ${endpoint}`;
  let known = days.get(key);
  if (known === undefined) {
    known = { day, endpoint, method, status_code, api_key_id, period_id, total_calls: 0, us_total: 0 };
    days.set(key, known);
  }
  known.total_calls += 1;
  known.us_total += call.response_time_us;
}
