import type { FieldError } from '../errors/index.ts';

/** How deep a body may nest: enough for any real metadata, and safe for recursive code further on. */
const deepest = 32;

interface Place {
  value: unknown;
  pointer: string;
  depth: number;
}

/** A member name as one step of a JSON pointer (RFC 6901). */
export function pointerStep(name: PropertyKey): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What is wrong with a string that PostgreSQL or JSON could not carry; undefined if nothing is. */
function badString(value: string): string | undefined {
  if (value.includes('\0')) return 'must not contain NUL';
  if (!value.isWellFormed()) return 'must not contain half of a surrogate pair';
  return undefined;
}

/**
 * The first thing anywhere in a parsed value that no field may hold: NUL, a lone surrogate (in names
 * too), the name __proto__, nesting deeper than 32. Iterative, so that a hostile depth cannot overflow
 * the stack; scalars cost no allocation.
 */
export function badText(root: unknown): FieldError | undefined {
  if (typeof root === 'string') return refusal(badString(root), '');
  if (typeof root !== 'object' || root === null) return undefined;
  const open: Place[] = [{ value: root, pointer: '', depth: 1 }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (place.depth > deepest)
      return { pointer: place.pointer, detail: `must not nest deeper than ${deepest}` };
    const found = badMember(place, open);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Looks at the members of one object or array, and queues those that have members themselves. */
function badMember(place: Place, open: Place[]): FieldError | undefined {
  const holder = place.value as Record<string, unknown>;
  const isArray = Array.isArray(holder);
  for (const name of Object.keys(holder)) {
    if (!isArray) {
      const detail = name === '__proto__' ? 'is not a field' : badString(name);
      if (detail !== undefined) return refusal(detail, place.pointer + pointerStep(name.toWellFormed()));
    }
    const member = holder[name];
    if (typeof member === 'string') {
      const detail = badString(member);
      if (detail !== undefined) return refusal(detail, place.pointer + pointerStep(name));
    } else if (typeof member === 'object' && member !== null) {
      open.push({ value: member, pointer: place.pointer + pointerStep(name), depth: place.depth + 1 });
    }
  }
  return undefined;
}

function refusal(detail: string | undefined, pointer: string): FieldError | undefined {
  return detail === undefined ? undefined : { pointer, detail };
}
