import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageEvent } from './event-schemas.ts';
import { readPlainly } from './read-event.ts';

const uuid = '01900000-0000-7000-8000-00000000000a';
/** A good event, of which each case changes something. */
const good = { id: 'call-1', endpoint: '/a', method: 'GET', status_code: 200, response_time_ms: 1.5 };

/** Texts about the bounds, with what a regular expression or a length may see differently. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    'GET',
    'get',
    'M-SEARCH',
    'G T',
    uuid,
    uuid.toUpperCase(),
    `${uuid}0`,
    'a\u0000b',
    'a\nb',
  ),
  fc.constantFrom(
    '\u{1f600}'.repeat(127),
    '\u{1f600}'.repeat(128),
    '\u{1f600}'.repeat(255),
    'x'.repeat(255),
    'x'.repeat(256),
  ),
  fc.constantFrom(
    '2026-01-31T12:00:00Z',
    '2026-02-30T12:00:00Z',
    '2026-02-29T00:00:00Z',
    '2024-02-29t23:59:59.999+05:30',
    '1969-12-31T23:59:59Z',
    '2026-01-31',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-04-31T00:00:00Z',
  ),
);
const number = fc.oneof(
  fc.integer({ min: 95, max: 605 }),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    99,
    100,
    599,
    600,
    86_400_000,
    86_400_001,
    200.5,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ),
);
const anything = fc.oneof(
  text,
  number,
  fc.constantFrom(null, true, [], {}, [1], { a: { b: [null] } }),
  fc.anything(),
);
const field = fc.constantFrom(
  'id',
  'endpoint',
  'method',
  'status_code',
  'response_time_ms',
  'api_key_id',
  'tenant_id',
  'occurred_at',
  'metadata',
  'colour',
  '__proto__',
  'constructor',
);
const changes = fc.array(fc.tuple(field, fc.oneof({ weight: 2, arbitrary: text }, number, anything)), {
  maxLength: 3,
});
const removed = fc.array(field, { maxLength: 1 });
const row = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(changes, removed).map(([set, unset]) => changed(set, unset)) },
  { weight: 1, arbitrary: anything },
);

/** As JSON.parse() would make it: a name is an own one, whatever it is. */
function changed(set: readonly [string, unknown][], unset: readonly string[]): object {
  const fields = new Map<string, unknown>([...Object.entries(good), ...set]);
  for (const name of unset) fields.delete(name);
  return Object.fromEntries(fields);
}

describe('an event that is read plainly', () => {
  it('is what zod reads, and what zod refuses is never read plainly', () => {
    fc.assert(
      fc.property(row, (sent) => {
        const plain = readPlainly(sent);
        if (plain === undefined) return;
        expect(usageEvent.safeParse(sent)).toEqual({ success: true, data: plain });
      }),
      { numRuns: 3000 },
    );
  });

  it('is every good one without metadata and characters beyond the basic plane', () => {
    fc.assert(
      fc.property(row, (sent) => {
        const read = usageEvent.safeParse(sent);
        if (!read.success || read.data.metadata !== undefined || /[\ud800-\udfff]/.test(JSON.stringify(sent)))
          return;
        expect(readPlainly(sent)).toEqual(read.data);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    [
      'with every field',
      { ...good, api_key_id: uuid.toUpperCase(), tenant_id: uuid, occurred_at: '2026-01-31T12:00:00.123Z' },
    ],
    ['with a method in small letters', { ...good, method: 'patch' }],
  ])('%s', (_name, sent) => {
    expect(readPlainly(sent)).toEqual(usageEvent.parse(sent));
  });

  it.each([
    ['255 characters that are 510 units', { ...good, endpoint: '\u{1f600}'.repeat(255) }],
    ['a control character in its id', { ...good, id: 'a\u0007' }],
    ['a day that is none', { ...good, occurred_at: '2026-02-30T12:00:00Z' }],
    ['metadata, which zod measures', { ...good, metadata: { a: 1 } }],
  ])('is not one with %s', (_name, sent) => {
    expect(readPlainly(sent)).toBeUndefined();
  });
});
