import { z } from 'zod';
import { PLAIN_SOURCE, RESPONSE_TIME_MS_MAX } from '../../../api-usage/index.ts';
import { metadata, requestKey, text, time, uuid } from '../../index.ts';

const methodPattern = /^[A-Za-z-]{1,20}$/;

/** Whether a text is an HTTP method, in any case. */
export function isMethod(text: string): boolean {
  return methodPattern.test(text);
}

const call = {
  endpoint: text(255).meta({ description: "The route's pattern, not the path: /episodes/:episode_id." }),
  method: z
    .string()
    .regex(methodPattern, 'must be an HTTP method')
    .transform((method) => method.toUpperCase())
    .meta({ type: 'string', minLength: 1, maxLength: 20, examples: ['GET'], pattern: undefined }),
  status_code: z.int().min(100).max(599),
  response_time_ms: z.number().min(0).max(RESPONSE_TIME_MS_MAX),
  api_key_id: uuid.optional(),
  tenant_id: uuid
    .optional()
    .meta({ description: 'For operator keys only; the tenant acted for without it.' }),
  metadata: metadata.optional(),
};

/** An event as a host sends it. */
export const usageEvent = z
  .strictObject({ id: requestKey, ...call, occurred_at: time.optional() })
  .transform((event) => ({ ...event, source: PLAIN_SOURCE }));

/** The same as a CloudEvent 1.0; what it has beyond is an extension, and ignored. */
export const cloudEvent = z
  .object({
    specversion: z.literal('1.0'),
    id: requestKey,
    source: text(255),
    type: text(255),
    time: time.optional(),
    data: z.strictObject(call),
  })
  .transform(({ id, source, time: occurred_at, data }) => ({ ...data, id, source, occurred_at }));

/** What both are read as. */
export type SentEvent = z.output<typeof usageEvent> | z.output<typeof cloudEvent>;
