/**
 * Values on their way in and out. Both engines speak PostgreSQL's text format and both use exactly these
 * functions, so a value cannot come back as one type from one engine and as another from the other.
 */

type Parser = (text: string) => unknown;

const asText: Parser = (text) => text;

function parseTimestamp(text: string): Date {
  // Every session runs in UTC with ISO dates: '2026-01-02 03:04:05.678+00'.
  const date = new Date(`${text.slice(0, 10)}T${text.slice(11)}:00`);
  if (Number.isNaN(date.getTime())) {
    throw new RangeError(`the time ${text} does not fit a Date`);
  }
  return date;
}

const parseBytes: Parser = (text) => Buffer.from(text.slice(2), 'hex');
const parseBoolean: Parser = (text) => text === 't';

// oid -> [oid of its array, parser]. What is not here (date, interval, numeric, uuid, enums) stays text.
const SCALARS: readonly (readonly [oid: number, arrayOid: number, parser: Parser])[] = [
  [16, 1000, parseBoolean],
  [17, 1001, parseBytes],
  [20, 1016, BigInt], // int8
  [21, 1005, Number],
  [23, 1007, Number],
  [25, 1009, asText],
  [26, 1028, Number], // oid
  [114, 199, JSON.parse],
  [700, 1021, Number],
  [701, 1022, Number],
  [1043, 1015, asText],
  [1082, 1182, asText], // date
  [1184, 1185, parseTimestamp],
  [1186, 1187, asText], // interval
  [1700, 1231, asText], // numeric
  [2950, 2951, asText], // uuid
  [3802, 3807, JSON.parse],
];

const PARSERS = new Map<number, Parser>(
  SCALARS.flatMap(([oid, arrayOid, parser]): [number, Parser][] => [
    // A wrapper because JSON.parse takes a second argument that callers of a parser may pass by accident.
    [oid, (text) => parser(text)],
    [arrayOid, (text) => parseArray(text, parser)],
  ]),
);

/** The function that reads a column of this type from its text; unknown types stay text. */
export function columnParser(oid: number): Parser {
  return PARSERS.get(oid) ?? asText;
}

/** Reads an array literal such as `{1,NULL,"a \" b",{2}}`; nested arrays become nested arrays. */
export function parseArray(text: string, parser: Parser): unknown[] {
  // '[0:1]={1,2}' states its bounds first; a JavaScript array has none.
  let position = text.startsWith('[') ? text.indexOf('=') + 1 : 0;

  function readElement(): unknown {
    if (text[position] === '{') {
      return readArray();
    }
    if (text[position] === '"') {
      return parser(readQuoted());
    }
    const start = position;
    while (text[position] !== ',' && text[position] !== '}') {
      position++;
    }
    const word = text.slice(start, position);
    return word === 'NULL' ? null : parser(word);
  }

  function readQuoted(): string {
    let value = '';
    for (position++; text[position] !== '"'; position++) {
      if (text[position] === '\\') {
        position++;
      }
      value += text[position];
    }
    position++;
    return value;
  }

  function readArray(): unknown[] {
    const elements: unknown[] = [];
    for (position++; text[position] !== '}'; ) {
      elements.push(readElement());
      if (text[position] === ',') {
        position++;
      }
    }
    position++;
    return elements;
  }

  return readArray();
}

/**
 * A value as the text PostgreSQL reads, or null. Times go in UTC with millisecond precision, an array as an
 * SQL array, any other object as JSON. For a JSON array pass JSON.stringify(value).
 */
export function toParameter(value: unknown): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (value instanceof Uint8Array) {
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  }
  if (Array.isArray(value)) {
    return toArrayText(value);
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A batch writer sends arrays of thousands, so those of one kind are joined as they are: a fifth of the time. */
function toArrayText(values: readonly unknown[]): string {
  if (values.every(isPlain)) return `{${values.join(',')}}`;
  if (values.every((value) => typeof value === 'string')) {
    const all = values.join('');
    if (!all.includes('"') && !all.includes('\\')) return `{"${values.join('","')}"}`;
  }
  return `{${values.map(toArrayElement).join(',')}}`;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function toArrayElement(value: unknown): string {
  if (Array.isArray(value)) {
    return toParameter(value) ?? '{}';
  }
  const text = toParameter(value);
  return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
