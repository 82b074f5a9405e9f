import { TallystickError } from '../errors.ts';
import type { Tallystick } from '../tallystick.ts';
import { nodeFetch } from './node-fetch.ts';
import type { DeliveryFailure, RecorderOptions } from './recorder-options.ts';
import type { Delivered, UsageEvent } from './usage-event.ts';

/** Statuses of a body that will be refused however often it comes. */
const batchStatuses = new Set([400, 413, 415, 422]);

/**
 * How a recorder delivers over HTTP, as options of it. A delivery is one attempt with the client's timeout, because
 * the recorder repeats it. It goes by node:http unless the client was given a `fetch`:
 *
 *     new UsageRecorder({ ...deliverThrough(tallystick), spool_folder: 'spool' })
 */
export function deliverThrough(
  client: Tallystick,
): Required<Pick<RecorderOptions<UsageEvent>, 'deliver' | 'judgeFailure'>> {
  // biome-ignore lint/complexity/useLiteralKeys: it is protected, and this is part of the client.
  const sender = client['withFetch'](nodeFetch);
  return {
    // Not by the operation's method, which would make JSON of every event once more. And without a key, because each
    // event counts once by its own id, and to keep answers under keys would cost the server as much again.
    deliver: (_events, signal, toJson) =>
      // biome-ignore lint/complexity/useLiteralKeys: `call` is protected, and this is part of the client.
      sender['call']<Delivered>('POST', path, toJson(), {
        signal,
        retries: 0,
        idempotency_key: null,
      }),
    judgeFailure,
  };
}

const path = '/api/v1/monetization/api-usage/events';

/** What an error of the client means for what waits. Anything that is no refusal of Tallystick's passes. */
function judgeFailure(error: unknown): DeliveryFailure {
  if (!(error instanceof TallystickError)) return { kind: 'passing' };
  const { status = 0, retry_after_seconds } = error;
  if (status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status)) {
    const is_batch = batchStatuses.has(status) && error.code !== 'answer_unreadable';
    return { kind: is_batch ? 'batch_refused' : 'refused' };
  }
  return retry_after_seconds === undefined
    ? { kind: 'passing' }
    : { kind: 'passing', retry_after_ms: retry_after_seconds * 1000 };
}
