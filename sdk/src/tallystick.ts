import { TallystickError } from './errors.ts';
import { Operations } from './operations.generated.ts';
import { type CallOptions, systemTiming, type TallystickOptions } from './options.ts';
import { attemptRequest, type PreparedRequest, prepareRequest } from './request.ts';
import { pauseBeforeRetry } from './retry.ts';

const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 60_000;
const RETRIES = 4;

/**
 * A client of the API: a method for each operation, which takes its fields (path, query and body alike) as one object
 * and answers the body. What can pass is tried again, a write always under one Idempotency-Key, so it is never done
 * twice. What goes wrong is a TallystickError. Throws a TypeError where base_url is no address or api_key no key.
 */
export class Tallystick extends Operations {
  // Private to the language, so that logging a client does not log its key.
  readonly #options: TallystickOptions;

  constructor(options: TallystickOptions) {
    super();
    if ((options.api_key === undefined) !== (options.session === true))
      throw new TypeError('a client goes by an api_key, or by the session of a page');
    if (options.api_key !== undefined && !/^[\x21-\x7e]+$/.test(options.api_key))
      throw new TypeError('api_key is empty or holds a character no key has');
    if (!/^https?:$/.test(new URL(options.base_url).protocol))
      throw new TypeError('base_url begins with http:// or https://');
    this.#options = options;
  }

  /** The same client for another tenant. */
  forTenant(tenant_id: string): Tallystick {
    return new Tallystick({ ...this.#options, tenant_id });
  }

  /** The same client with another fetch, unless it was given one of its own. */
  protected withFetch(fetch: typeof globalThis.fetch): Tallystick {
    return new Tallystick({ fetch, ...this.#options });
  }

  protected async call<Answer>(
    method: string,
    path: string,
    input: object | string,
    options: CallOptions,
  ): Promise<Answer> {
    const request = prepareRequest(this.#options, { method, path, input }, options);
    // What the server answers is taken to be what its OpenAPI document says.
    return (await this.#send(request, options)) as Answer;
  }

  async #send(request: PreparedRequest, options: CallOptions): Promise<unknown> {
    const { fetch = globalThis.fetch, timing = systemTiming, ...ours } = this.#options;
    const { signal } = options;
    const timeout_ms = options.timeout_ms ?? ours.timeout_ms ?? TIMEOUT_MS;
    const retries = options.retries ?? ours.retries ?? RETRIES;
    const deadline = timing.now() + (options.deadline_ms ?? ours.deadline_ms ?? DEADLINE_MS);
    for (let attempt = 1; ; attempt += 1) {
      const left_ms = deadline - timing.now();
      try {
        return await attemptRequest(request, {
          fetch,
          timing,
          timeout_ms: Math.min(timeout_ms, left_ms),
          signal,
        });
      } catch (error) {
        if (error instanceof TallystickError) {
          error.attempts = attempt;
          error.idempotency_key = request.idempotency_key;
        }
        const pause = pauseBeforeRetry(error, attempt, timing.random);
        if (pause === undefined || attempt > retries || timing.now() + pause >= deadline) throw error;
        await timing.sleep(pause, signal);
      }
    }
  }
}
