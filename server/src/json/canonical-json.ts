import { hash } from 'node:crypto';
import { type Json, toJson } from './to-json.ts';

/**
 * JSON text with the members of every object sorted by code unit, so that equal values have equal
 * text whatever order a client wrote them in. Takes what toJson takes.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(toJson(value)));
}

/** SHA-256 over the canonical JSON of a request: two requests are the same if these 32 bytes are. */
export function bodyHash(value: unknown): Buffer {
  // As text and back: half of what a hash object for each costs.
  return Buffer.from(hash('sha256', canonicalJson(value), 'base64'), 'base64');
}

/** A copy with sorted members. Input depth is bounded by HTTP (32), so recursion is safe. */
function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.keys(value)
    .sort()
    .map((field): [string, Json] => [field, sorted(value[field] as Json)]);
  return Object.fromEntries(entries);
}
