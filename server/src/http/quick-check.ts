import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { z } from 'zod';
import { exactSchema, type Purpose } from './exact-schema.ts';

/** After so many askings a schema counts as hot, and the milliseconds of compiling it are worth it. */
const COMPILED_AFTER = 100;

const ajv = new Ajv2020({
  validateFormats: false,
  // As zod counts: UTF-16 units.
  unicode: false,
  // It is told of nothing but our own schemas, and would only say that `unicode` is an old option.
  logger: false,
  strict: false,
  meta: false,
  validateSchema: false,
  code: { regExp: Object.assign(regExpOf, { code: 'new RegExp' }) },
});

/** The expression as zod has it, flags included; Ajv would give all of them its own. */
function regExpOf(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}

/** The quick check of a schema, undefined where there is none; see exactSchema. */
export function compileQuickCheck(schema: z.ZodType, purpose: Purpose): ValidateFunction | undefined {
  const exact = exactSchema(schema, purpose);
  return exact === undefined ? undefined : ajv.compile(exact);
}

interface Known {
  asked: number;
  check: ValidateFunction | undefined;
}

/**
 * Says yes for zod where that is certain, at a quarter of zod's cost. Where it does not say yes nothing is known: zod
 * judges, and has the words.
 */
export class QuickCheck {
  readonly #purpose: Purpose;
  readonly #known = new WeakMap<z.ZodType, Known>();

  constructor(purpose: Purpose) {
    this.#purpose = purpose;
  }

  saysYes(schema: z.ZodType, value: unknown): boolean {
    let known = this.#known.get(schema);
    if (known === undefined) {
      known = { asked: 0, check: undefined };
      this.#known.set(schema, known);
    }
    if (known.check !== undefined) return known.check(value);
    known.asked += 1;
    if (known.asked === COMPILED_AFTER) known.check = compileQuickCheck(schema, this.#purpose);
    return false;
  }
}
