import { z } from 'zod';
import { isCountry } from '../billing-details/index.ts';
import { requestKeyPattern } from '../request-keys/index.ts';
import { decodeCursor } from './pagination.ts';

/** An id. Any UUID is taken (an unknown one is 404); upper case is lowered, as PostgreSQL does. */
export const uuid = z.guid('must be a UUID').toLowerCase().meta({ format: 'uuid' });

/** An amount of tokens in one use, hold or settlement: 1 to 2^31-1. */
export const tokensInUse = z.int().min(1).max(2_147_483_647);

/** An amount of tokens bought or granted: 1 to 2^53-1. */
export const tokens = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** A total of tokens or cents in an answer: zero or more, exact. */
export const total = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A total in an answer that may be below zero. */
export const signedTotal = z.int();

/** Text of 1 to `longest` characters (UTF-16 units). NUL and lone surrogates are refused before. */
export function text(longest: number): z.ZodString {
  return z.string().min(1).max(longest);
}

/** A request_id or transaction_id: 1 to 255 characters, none of Unicode category C. */
export const requestKey = z
  .string()
  .regex(requestKeyPattern, 'must have 1 to 255 characters, none of them a control or format character')
  .meta({ pattern: undefined, minLength: 1, maxLength: 255 });

/** A percent of 0 to 100 with at most 4 digits after the point, as its columns keep it. */
export const percent = z
  .number()
  .min(0)
  .max(100)
  .refine((value) => /^\d+(\.\d{1,4})?$/.test(String(value)), 'must have at most 4 digits after the point')
  .meta({ examples: [19] });

/** A country by its ISO 3166 code of two letters. */
export const country = z
  .string()
  .refine(isCountry, 'must be the code of a country of ISO 3166, such as DE')
  .meta({ pattern: '^[A-Z]{2}$', examples: ['DE'] });

/** A currency by its ISO 4217 code. */
export const currency = z.string().regex(/^[A-Z]{3}$/);

/** How many bytes of JSON a metadata object may have. */
const metadataBytes = 16 * 1024;

/** A caller's own JSON object, at most 16 KiB as JSON. */
export const metadata = z
  .record(z.string(), z.json())
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= metadataBytes,
    'must be at most 16 KiB of JSON',
  )
  .meta({ type: 'object', additionalProperties: true, propertyNames: undefined });

/** A caller's metadata in an answer. */
export const metadataOut = z
  .json()
  .nullable()
  .meta({ anyOf: undefined, type: ['object', 'null'], additionalProperties: true });

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const earliest = Date.UTC(1970, 0, 1);
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The time an RFC 3339 text names, cut to milliseconds; undefined where it names none in 1970-9999. */
export function parseTime(value: string): Date | undefined {
  const match = rfc3339.exec(value);
  if (match === null) return undefined;
  const day = Number(match[3]);
  // Date would roll 30 February over into March; a day that rolls over is not a date.
  const lastDay = () => new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
  if (day < 1 || (day > 28 && day > lastDay())) return undefined;
  const time = new Date(value.toUpperCase());
  const milliseconds = time.getTime();
  return milliseconds >= earliest && milliseconds <= latest ? time : undefined;
}

/** A time of a request: RFC 3339 with any offset, a Date for the handler. */
export const time = z
  .string()
  .transform((value, context) => {
    const parsed = parseTime(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time, such as 2026-01-31T12:00:00Z' });
    return z.NEVER;
  })
  .meta({ type: 'string', format: 'date-time' });

/** A time of an answer: RFC 3339 in UTC with milliseconds. */
export const timeOut = z.iso.datetime({ precision: 3 }).meta({ format: 'date-time', pattern: undefined });

/** A whole number of a query string, from `least` to `most`. */
export function queryInteger(least: number, most: number) {
  return z
    .string()
    .regex(/^-?\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined });
}

/**
 * The query of a list whose rows have ids of this shape; spread into a strictObject beside a list's own filters. A
 * cursor with an id of another shape is not of this list.
 */
export const listQueryOf = (id: z.ZodType<string>) => ({
  limit: queryInteger(1, 200).default(50).meta({ description: 'How many to answer at most.' }),
  cursor: z
    .string()
    .transform((value, context) => {
      const cursor = decodeCursor(value);
      if (cursor !== undefined && id.safeParse(cursor.id).success) return cursor;
      context.addIssue({ code: 'custom', message: 'must be the next_cursor of an earlier page' });
      return z.NEVER;
    })
    .optional()
    .meta({ type: 'string', description: 'next_cursor of the previous page.' }),
});

/** The query of every list whose rows have a UUID. */
export const listQuery = listQueryOf(z.guid());

/** The query of what may be asked about a stretch of time: `from` is included, `to` excluded. */
export const timeRange = {
  from: time.optional().meta({ description: 'From this time on.' }),
  to: time.optional().meta({ description: 'Before this time.' }),
};

/** The query of a list over time. */
export const timedListQuery = { ...listQuery, ...timeRange };

/** The answer of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ data: z.array(item), next_cursor: z.string().nullable() });
}
