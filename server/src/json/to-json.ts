/** A JSON value as it goes over the wire or into jsonb. */
export type Json = null | boolean | number | string | Json[] | { [field: string]: Json };

/** What T becomes in JSON: bigint is a number, Date a string, the rest keeps its shape. */
export type AsJson<T> = T extends bigint
  ? number
  : T extends Date
    ? string
    : T extends readonly (infer Item)[]
      ? AsJson<Item>[]
      : T extends object
        ? { [Field in keyof T]: AsJson<T[Field]> }
        : T;

/** What may stand where JSON of type T is wanted: a bigint for a number, a Date for a string. */
export type JsonSource<T> = unknown extends T
  ? T
  : T extends number
    ? number extends T
      ? number | bigint
      : T
    : T extends string
      ? string extends T
        ? string | Date
        : T
      : T extends readonly (infer Item)[]
        ? readonly JsonSource<Item>[]
        : T extends object
          ? { readonly [Field in keyof T]: JsonSource<T[Field]> }
          : T;

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * The plain JSON value of `value`: bigint becomes a number, Date an RFC 3339 time in UTC with
 * milliseconds, undefined members disappear. Throws a RangeError for what JSON cannot carry exactly
 * (a bigint beyond 2^53-1, NaN, an infinite number): sending something else would be a lie about money.
 */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
      return value;
    case 'bigint':
      if (value > largest || value < -largest) throw new RangeError(`${value} is beyond 2^53-1`);
      return Number(value);
    case 'undefined':
      return null;
    case 'object':
      return objectToJson(value);
    default:
      throw new TypeError(`a ${typeof value} has no JSON form`);
  }
}

/** The object half of toJson, apart so that scalars stay on a short path. */
function objectToJson(value: object | null): Json {
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  const result: { [field: string]: Json } = {};
  for (const field of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[field];
    if (member !== undefined) result[field] = toJson(member);
  }
  return result;
}
