import { Redis } from 'ioredis';
import { Breaker } from './breaker.ts';
import type { BucketState } from './gcra.ts';
import { type Bucket, type LimitStore, LimitStoreUnavailableError, type Taken } from './limit-store.ts';
import { limitScript, limitScriptSha1 } from './redis-script.ts';

/** How long a request waits for Redis, in milliseconds: far beyond what a working one takes on one network. */
export const REDIS_DEADLINE_MS = 50;
/** How long the start waits for the first connection. */
const FIRST_CONNECTION_MS = 1000;
/** Calls in one script: Redis serves nobody else while it runs, which then takes some 0.4 ms. */
const BATCH_CALLS_MAX = 128;
const RECONNECT_PAUSES_MS = { first: 50, longest: 1000 };

/** Where the store says that Redis is away, and that it is back. */
export interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What a Redis store needs beside its URL. */
export interface RedisStoreOptions {
  /** Monotonic milliseconds, for the breaker. */
  monotonic_ms: () => number;
  log: StoreLog;
}

/** A call that waits for its answer. */
interface Asking {
  tenant_id: string;
  buckets: readonly Bucket[];
  now_ms: number;
  times: number;
  take: boolean;
  resolve(taken: Taken): void;
  reject(error: LimitStoreUnavailableError): void;
}

/**
 * Buckets that all processes share, in Redis. The calls of one turn of the event loop go in one script, because a command
 * costs more than what it does here; a lone one waits for nobody. Every answer comes within REDIS_DEADLINE_MS or is a
 * LimitStoreUnavailableError; what Redis answers later changes nothing here. The keys of a tenant share a hash tag, so
 * one call is decided on one node of a Redis Cluster; a client for that must gather by slot. A key lives for its window: after that the bucket is empty anyway.
 */
export class RedisLimitStore implements LimitStore {
  readonly #redis: Redis;
  readonly #breaker: Breaker;
  readonly #log: StoreLog;
  #away = false;
  #gathered: Asking[] = [];

  private constructor(redis: Redis, { monotonic_ms, log }: RedisStoreOptions) {
    this.#redis = redis;
    this.#breaker = new Breaker(monotonic_ms);
    this.#log = log;
  }

  /** Opens the store. A Redis that is away keeps nothing from starting: its policies say what happens meanwhile. */
  static async open(url: string, options: RedisStoreOptions): Promise<RedisLimitStore> {
    const redis = new Redis(url, {
      connectTimeout: FIRST_CONNECTION_MS,
      // A command that cannot go out now is of no use later, and one whose answer was lost must not be counted twice.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // Behind our own deadline, for what the client itself asks: a connection on which that hangs is made anew.
      commandTimeout: FIRST_CONNECTION_MS,
      // Measured slower than single commands.
      enableAutoPipelining: false,
      disableClientInfo: true,
      retryStrategy: (times) => Math.min(RECONNECT_PAUSES_MS.first * times, RECONNECT_PAUSES_MS.longest),
    });
    const store = new RedisLimitStore(redis, options);
    redis.on('error', (error) => store.#noteAway(error));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_CONNECTION_MS);
      for (const event of ['ready', 'error'] as const)
        redis.once(event, () => {
          clearTimeout(timer);
          resolve();
        });
    });
    return store;
  }

  take(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times = 1): Promise<Taken> {
    return this.#ask(tenant_id, buckets, now_ms, times, true);
  }

  peek(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times = 1): Promise<Taken> {
    return this.#ask(tenant_id, buckets, now_ms, times, false);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  #ask(
    tenant_id: string,
    buckets: readonly Bucket[],
    now_ms: number,
    times: number,
    take: boolean,
  ): Promise<Taken> {
    if (!this.#breaker.mayAsk())
      return Promise.reject(new LimitStoreUnavailableError('Redis does not answer'));
    return new Promise((resolve, reject) => {
      const length = this.#gathered.push({ tenant_id, buckets, now_ms, times, take, resolve, reject });
      if (length === 1) setImmediate(this.#send);
      else if (length === BATCH_CALLS_MAX) this.#send();
    });
  }

  readonly #send = (): void => {
    const asked = this.#gathered;
    this.#gathered = [];
    if (asked.length > 0) void this.#answer(asked);
  };

  async #answer(asked: readonly Asking[]): Promise<void> {
    const keys: string[] = [];
    const values: (string | number)[] = [];
    for (const { tenant_id, buckets, now_ms, times, take } of asked) {
      values.push(now_ms, take ? buckets.length : -buckets.length);
      for (const { key, limit, window_ms, cost } of buckets) {
        keys.push(`tallystick:{${tenant_id}}:limit:${key}`);
        values.push(`${limit} ${window_ms} ${cost * times}`);
      }
    }
    try {
      const answer = await inTime(this.#run(keys, values));
      this.#breaker.succeeded();
      this.#noteBack();
      tell(asked, answer as number[]);
    } catch (cause) {
      // A connection that went silent is given up when the breaker opens: TCP alone would keep it for minutes.
      if (this.#breaker.failed() && this.#redis.status === 'ready') this.#redis.disconnect(true);
      this.#noteAway(cause);
      for (const { reject } of asked)
        reject(new LimitStoreUnavailableError('Redis does not answer', { cause }));
    }
  }

  async #run(keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.evalsha(limitScriptSha1, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await this.#redis.eval(limitScript, keys.length, ...keys, ...values);
    }
  }

  #noteAway(error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    this.#log.warn({ err: error }, 'Redis is away: rate limits go by on_store_failure of their policies');
  }

  #noteBack(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#log.info({}, 'Redis is back: rate limits are shared again');
  }
}

/** Hands the answer of the script out to the calls that it decided. */
function tell(asked: readonly Asking[], answer: readonly number[]): void {
  let at = 0;
  const next = () => answer[at++] as number;
  for (const { buckets, resolve, reject } of asked) {
    const verdict = next();
    const states: BucketState[] = [];
    for (let left = buckets.length; left > 0; left -= 1) states.push({ level: next(), at_ms: next() });
    if (verdict >= 0) resolve({ admitted: verdict === 1, states });
    else reject(new LimitStoreUnavailableError('a key of Redis holds something that is no bucket'));
  }
}

/** The promise, or an error after the deadline. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${REDIS_DEADLINE_MS} ms`));
    // Where it was this process that stood still, the answer is there already: what has arrived is read first.
    timer = setTimeout(() => setImmediate(late), REDIS_DEADLINE_MS);
  });
  // What comes after the deadline, an error too, is nobody's any more.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
