/** What every call of a client goes by. Times are milliseconds. */
export interface TallystickOptions {
  /** Where the server is, such as `http://127.0.0.1:4600`; a path before /api is kept. */
  base_url: string;
  /** An API key. It is a secret: keep it on a server, and out of web pages. Either this or `session` is given. */
  api_key?: string;
  /**
   * True in a page that the server itself serves to somebody who has signed in: the browser sends the session's cookie,
   * and no key is needed.
   */
  session?: boolean;
  /** The tenant that an operator key acts for, or that a tenant sells to; the key's own without it. */
  tenant_id?: string;
  /** How long one attempt may take, its answer included; 10,000. */
  timeout_ms?: number;
  /** How long a call may take with all its attempts and the pauses between them; 60,000. */
  deadline_ms?: number;
  /** How many further attempts follow a failed one that is worth repeating; 4. */
  retries?: number;
  /** Used in place of the global fetch: to log, to go through a proxy, to test. */
  fetch?: typeof globalThis.fetch;
  /** Used in place of the system's clock and chance, by tests. */
  timing?: Timing;
}

/** What one call may want otherwise than its client. */
export interface CallOptions {
  tenant_id?: string;
  /**
   * Under which a write is done once: without it each call gets a key of its own, for all its attempts. Null for none,
   * where what is sent counts once however often it comes.
   */
  idempotency_key?: string | null;
  /** Ends the call, which then rejects with the signal's reason. A write may have taken effect by then. */
  signal?: AbortSignal;
  timeout_ms?: number;
  deadline_ms?: number;
  retries?: number;
}

/** Time and chance. */
export interface Timing {
  /** Milliseconds from some fixed point; never goes back. */
  now(): number;
  /** Resolves after so many milliseconds, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
}

/** The system's. */
export const systemTiming: Timing = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, milliseconds);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    }),
};
