/** A part of a JSON Schema, as jsonSchemaOf gives it. */
export interface SchemaNode {
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  examples?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  minItems?: number;
  maxItems?: number;
  anyOf?: SchemaNode[];
}

/** A value that a field must refuse. */
export interface BadValue {
  /** What is bad about it, for the test's message. */
  name: string;
  /** JSON text, because not every bad value (1e400) survives JSON.stringify. */
  json: string;
}

/** A field of a body: its steps from the root, and its schema. */
export interface FieldPlace {
  path: string[];
  node: SchemaNode;
}

const unknownId = '01900000-0000-7fff-bfff-ffffffffffff';

/** A value that fits a schema as far as types and bounds tell; patterns need an `examples` in the schema. */
export function sampleOf(node: SchemaNode): unknown {
  if (node.examples !== undefined) return node.examples[0];
  if (node.const !== undefined) return node.const;
  if (node.enum !== undefined) return node.enum[0];
  if (node.anyOf !== undefined) return sampleOf(node.anyOf[0] ?? {});
  switch (node.type) {
    case 'integer':
    case 'number':
      return Math.max(node.minimum ?? 1, Math.min(1, node.maximum ?? 1));
    case 'boolean':
      return true;
    case 'array':
      return Array.from({ length: node.minItems ?? 0 }, () => sampleOf(node.items ?? {}));
    case 'object':
      return Object.fromEntries(
        (node.required ?? []).map((name) => [name, sampleOf(node.properties?.[name] ?? {})]),
      );
    default:
      return sampleText(node);
  }
}

function sampleText(node: SchemaNode): string {
  if (node.format === 'uuid') return unknownId;
  if (node.format === 'date-time') return '2026-01-01T00:00:00Z';
  if (node.format === 'email') return 'somebody@example.com';
  if (node.format === 'uri') return 'https://example.com/';
  return 'x'.repeat(node.minLength ?? 1);
}

/** Every field of an object schema, those of nested objects included. */
export function fieldsOf(node: SchemaNode, path: string[] = []): FieldPlace[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, member]) => {
    const place = [...path, name];
    return [{ path: place, node: member }, ...fieldsOf(member, place)];
  });
}

const bad = (name: string, value: unknown): BadValue => ({ name, json: JSON.stringify(value) });

const badTexts: readonly BadValue[] = [
  bad('a NUL byte', 'a\u0000b'),
  { name: 'half of a surrogate pair', json: '"a\\ud800b"' },
];

/** JSON values that a body's field must refuse with 422, walked from its type and bounds. */
export function badValuesOf(node: SchemaNode): BadValue[] {
  const nullable = node.anyOf?.some((branch) => branch.type === 'null') === true;
  const always = [...(nullable ? [] : [bad('null', null)]), ...badTexts];
  const real = node.anyOf?.find((branch) => branch.type !== 'null') ?? node;
  return [...always, ...byType(real)];
}

function byType(node: SchemaNode): BadValue[] {
  switch (node.type) {
    case 'integer':
      return [...badNumbers(node), bad('a fraction', (node.minimum ?? 0) + 0.5)];
    case 'number':
      return badNumbers(node);
    case 'boolean':
      return [bad('text for a boolean', 'true'), bad('a number for a boolean', 1)];
    case 'array':
      return [
        bad('an object for an array', {}),
        bad('text for an array', 'x'),
        ...(node.items === undefined ? [] : [bad('null in an array', [null])]),
      ];
    case 'object':
      return [
        bad('an array for an object', []),
        bad('text for an object', 'x'),
        bad('a number for an object', 1),
      ];
    case 'string':
      return badStrings(node);
    default:
      return [];
  }
}

function badNumbers(node: SchemaNode): BadValue[] {
  return [
    bad('text for a number', '1'),
    bad('"NaN"', 'NaN'),
    bad('a boolean for a number', true),
    bad('an array for a number', [1]),
    bad('an object for a number', {}),
    { name: '1e400', json: '1e400' },
    { name: 'a number of 400 digits', json: '9'.repeat(400) },
    { name: '2^53', json: '9007199254740993' },
    ...(node.minimum === undefined ? [] : [bad('below the minimum', node.minimum - 1)]),
    ...(node.minimum === undefined || node.minimum < 0 ? [] : [bad('negative', -(2 ** 40))]),
    ...(node.maximum === undefined || node.maximum > 2 ** 52
      ? []
      : [bad('above the maximum', node.maximum + 1)]),
  ];
}

function badStrings(node: SchemaNode): BadValue[] {
  return [
    bad('a number for text', 1),
    bad('a boolean for text', true),
    bad('an array for text', ['x']),
    bad('an object for text', {}),
    ...((node.minLength ?? 0) > 0 || node.format !== undefined ? [bad('empty', '')] : []),
    ...(node.maxLength === undefined ? [] : [bad('too long', 'x'.repeat(node.maxLength + 1))]),
    ...(node.enum === undefined ? [] : [bad('no such choice', 'no_such_choice')]),
    ...(node.format === undefined ? [] : [bad(`no ${node.format}`, 'not-that')]),
    ...(node.format === 'date-time' ? [bad('a day that does not exist', '2026-02-30T00:00:00Z')] : []),
  ];
}

/** Texts that a query parameter must refuse. A text parameter without bounds refuses only what none may hold. */
export function badQueryTextsOf(node: SchemaNode): string[] {
  const real = node.anyOf?.find((branch) => branch.type !== 'null') ?? node;
  const texts = ['a\u0000b'];
  if (real.type === 'integer') texts.push('', 'x', '1.5', '1e1', '0x10', 'NaN', '9'.repeat(30), ' 1');
  if (real.type === 'integer' && real.minimum !== undefined) texts.push(String(real.minimum - 1));
  if (real.type === 'integer' && real.maximum !== undefined) texts.push(String(real.maximum + 1));
  if (real.format === 'date-time')
    texts.push('', 'yesterday', '2026-02-30T00:00:00Z', '2026-01-01', '1767225600');
  if (real.format === 'uuid') texts.push('', 'x');
  if (real.enum !== undefined) texts.push('', 'no_such_choice');
  if (real.maxLength !== undefined) texts.push('x'.repeat(real.maxLength + 1));
  return texts;
}

/** Values at the bounds of a schema, which it takes: what lies behind it must take them too. */
export function extremesOf(node: SchemaNode): unknown[] {
  const real = node.anyOf?.find((branch) => branch.type !== 'null') ?? node;
  if (real.format === 'date-time') return ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'];
  if (real.enum !== undefined || real.const !== undefined) return real.enum ?? [real.const];
  if (real.type === 'integer' || real.type === 'number') return [real.minimum, real.maximum];
  if (real.type !== 'string') return real.type === 'object' ? [{}, { '\u202e"\\': [[[-1e300, '😀']]] }] : [];
  // As long as may be, and in characters that take four bytes or end a string somewhere.
  const longest = Math.min(real.maxLength ?? 1000, 1000);
  return ['x'.repeat(longest), '😀'.repeat(Math.floor(longest / 2)), `'"\\;--\u202e%s$1`.slice(0, longest)];
}

/** The JSON text of a sample with one field replaced by JSON text, or left out where `json` is undefined. */
export function withField(sample: unknown, path: readonly string[], json: string | undefined): string {
  const [name, ...rest] = path;
  if (name === undefined) return json ?? 'null';
  const members = { ...(typeof sample === 'object' && sample !== null ? sample : {}) } as Record<
    string,
    unknown
  >;
  const inner = rest.length === 0 ? json : withField(members[name], rest, json);
  delete members[name];
  const texts = Object.entries(members).map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  );
  if (inner !== undefined) texts.push(`${JSON.stringify(name)}:${inner}`);
  return `{${texts.join(',')}}`;
}
