import type { z } from 'zod';

/** A JSON Schema for Ajv; `pattern` is a regular expression with its delimiters and flags. */
export type ExactSchema = Record<string, unknown>;

/**
 * What a schema is for: of an `input` what zod makes of it counts, so where a yes would also change the value there is no
 * exact schema; of an `answer` only whether zod takes it.
 */
export type Purpose = 'input' | 'answer';

/** Formats that zod checks by their pattern alone. */
const patternFormats = new Set(['regex', 'guid', 'uuid', 'datetime']);

/**
 * A JSON Schema that says yes only where zod says yes, and in an input leaves the value as it is; undefined where there is
 * none, as for refinements. z.toJSONSchema() tells readers what is likely to pass, and leaves out what it has no words
 * for; this one leaves out optional fields that it has no words for, so that a value which has one is zod's to judge.
 */
export function exactSchema(schema: z.core.$ZodType, purpose: Purpose): ExactSchema | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return stringSchema(def, purpose);
    case 'number':
      return numberSchema(def);
    case 'boolean':
      return def.checks === undefined && def.coerce !== true ? { type: 'boolean' } : undefined;
    case 'literal':
      return enumSchema(def.values);
    case 'enum':
      return enumSchema(Object.values(def.entries));
    case 'nullable':
      return anyOf([{ type: 'null' }, exactSchema(def.innerType, purpose)]);
    case 'union':
      return unionSchema(def.options, purpose);
    case 'array':
      return arraySchema(def, purpose);
    case 'object':
      return objectSchema(def, purpose);
    default:
      return undefined;
  }
}

type Checks = readonly z.core.$ZodCheck<never>[] | undefined;

function checksOf(checks: Checks): z.core.$ZodChecks['_zod']['def'][] {
  return (checks ?? []).map((check) => (check as unknown as z.core.$ZodChecks)._zod.def);
}

function stringSchema(def: z.core.$ZodStringDef, purpose: Purpose): ExactSchema | undefined {
  if (def.coerce === true) return undefined;
  const schema: ExactSchema = { type: 'string' };
  const patterns: RegExp[] = [];
  const own = def as Partial<z.core.$ZodStringFormatDef>;
  if (own.format !== undefined && !addPattern(patterns, own)) return undefined;
  const checks = checksOf(def.checks);
  for (const [index, check] of checks.entries()) {
    if (check.check === 'min_length')
      schema.minLength = Math.max(check.minimum, Number(schema.minLength ?? 0));
    else if (check.check === 'max_length')
      schema.maxLength = Math.min(check.maximum, Number(schema.maxLength ?? Number.POSITIVE_INFINITY));
    else if (check.check === 'string_format') {
      if (!addPattern(patterns, check)) return undefined;
    } else if (check.check !== 'overwrite' || purpose === 'input' || index < checks.length - 1)
      return undefined;
  }
  if (patterns.length > 0) schema.allOf = patterns.map((pattern) => ({ pattern: String(pattern) }));
  return schema;
}

function addPattern(patterns: RegExp[], { format, pattern }: Partial<z.core.$ZodStringFormatDef>): boolean {
  // One with a memory of where it matched last would answer differently each time.
  if (!patternFormats.has(format ?? '') || pattern === undefined || pattern.global || pattern.sticky)
    return false;
  patterns.push(pattern);
  return true;
}

function numberSchema(def: z.core.$ZodNumberDef): ExactSchema | undefined {
  if (def.coerce === true) return undefined;
  const schema: ExactSchema & { allOf: ExactSchema[] } = { type: 'number', allOf: [] };
  const own = def as Partial<z.core.$ZodNumberFormatDef>;
  const isInteger = (format: string | undefined) => {
    schema.type = 'integer';
    schema.allOf.push({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
    return format === 'safeint';
  };
  if (own.format !== undefined && !isInteger(own.format)) return undefined;
  for (const check of checksOf(def.checks)) {
    if (check.check === 'greater_than')
      schema.allOf.push({ [check.inclusive ? 'minimum' : 'exclusiveMinimum']: Number(check.value) });
    else if (check.check === 'less_than')
      schema.allOf.push({ [check.inclusive ? 'maximum' : 'exclusiveMaximum']: Number(check.value) });
    else if (check.check !== 'number_format' || !isInteger(check.format)) return undefined;
  }
  return schema;
}

function enumSchema(values: readonly unknown[]): ExactSchema | undefined {
  const said = values.every(
    (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value),
  );
  return said ? { enum: [...values] } : undefined;
}

function anyOf(options: readonly (ExactSchema | undefined)[]): ExactSchema | undefined {
  const said = options.filter((option) => option !== undefined);
  return said.length === 0 ? undefined : { anyOf: said };
}

/** Of an input, an option without words might come first and change what a later one leaves alone. */
function unionSchema(options: readonly z.core.$ZodType[], purpose: Purpose): ExactSchema | undefined {
  const said = options.map((option) => exactSchema(option, purpose));
  return purpose === 'input' && said.includes(undefined) ? undefined : anyOf(said);
}

function arraySchema(def: z.core.$ZodArrayDef, purpose: Purpose): ExactSchema | undefined {
  const items = exactSchema(def.element, purpose);
  if (items === undefined) return undefined;
  const schema: ExactSchema = { type: 'array', items };
  for (const check of checksOf(def.checks)) {
    if (check.check === 'min_length') schema.minItems = check.minimum;
    else if (check.check === 'max_length') schema.maxItems = check.maximum;
    else return undefined;
  }
  return schema;
}

function objectSchema(def: z.core.$ZodObjectDef, purpose: Purpose): ExactSchema | undefined {
  if ((def.checks ?? []).length > 0) return undefined;
  const required: string[] = [];
  const properties: Record<string, ExactSchema> = {};
  for (const [name, member] of Object.entries(def.shape)) {
    const inner = (member as z.core.$ZodTypes)._zod.def;
    const is_optional = inner.type === 'optional';
    // With a default, zod leaves alone what was sent, and only that is ours to say yes to.
    const said = exactSchema(is_optional || inner.type === 'default' ? inner.innerType : member, purpose);
    if (said !== undefined) properties[name] = said;
    else if (!is_optional) return undefined;
    if (!is_optional) required.push(name);
  }
  // Also where zod would strip what it does not know.
  return { type: 'object', properties, required, additionalProperties: false };
}
