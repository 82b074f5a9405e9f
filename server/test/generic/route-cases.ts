import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../src/db/index.ts';
import { errorRegistry } from '../../src/errors/index.ts';
import {
  apiPrefix,
  codesOf,
  type createServer,
  jsonSchemaOf,
  type Route,
  takesBody,
} from '../../src/http/index.ts';
import { makeApiKey } from '../../src/id/index.ts';
import {
  badQueryTextsOf,
  badValuesOf,
  extremesOf,
  fieldsOf,
  type SchemaNode,
  sampleOf,
  withField,
} from './bad-values.ts';

/** What the cases run against. */
export interface RouteCaseTarget {
  server: Awaited<ReturnType<typeof createServer>>;
  db: Database;
  /** The tenant of the tenant keys. */
  tenant_id: string;
  /** A tenant that exists and that the tenant keys may not see. */
  foreign_tenant_id: string;
  keys: {
    /** An operator key with the scope admin. */
    operator: string;
    /** Keys of tenant_id, each with the one scope it is named after. */
    read: string;
    write: string;
    admin: string;
  };
}

const problemShape = z.object({
  type: z.string(),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  code: z.string(),
  request_id: z.string().min(1),
  errors: z
    .array(z.strictObject({ in: z.string().optional(), pointer: z.string(), detail: z.string() }))
    .optional(),
});

type Headers = Record<string, string>;
interface Sent {
  headers?: Headers;
  url?: string;
  payload?: string | Buffer;
}
interface Refusal {
  status: number;
  code: string;
  errors: NonNullable<z.output<typeof problemShape>['errors']>;
}

const malformed = 'not-a-uuid';
const unknownTenant = '01900000-0000-7fff-bfff-fffffffffffe';

/**
 * Every table's rows as one hash per table, but for when a key was last used and for the record of calls: that a call
 * was made is no change of what it asked for.
 */
async function fingerprint(db: Database): Promise<Record<string, string>> {
  return await db.asOwner(async (tx) => {
    const tables = await sql<{ name: string }>`
      SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'tallystick' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname NOT LIKE 'api_usage%' ORDER BY 1`.execute(tx);
    const prints: Record<string, string> = {};
    for (const { name } of tables.rows) {
      const rows = await sql<{ rows: string | null }>`
        SELECT string_agg(row_text, E'\n' ORDER BY row_text) AS rows
        FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS row_text FROM ${sql.table(name)} t) texts`.execute(
        tx,
      );
      prints[name] = createHash('sha256')
        .update(rows.rows[0]?.rows ?? '')
        .digest('hex');
    }
    return prints;
  });
}

/** Runs bad requests against one route and checks what every refusal must have. */
class RouteProbe {
  readonly target: RouteCaseTarget;
  readonly route: Route;
  readonly params: Record<string, SchemaNode>;
  readonly body: SchemaNode;
  readonly sample: unknown;

  constructor(target: RouteCaseTarget, route: Route) {
    this.target = target;
    this.route = route;
    this.params = (jsonSchemaOf(route.params, 'input') as SchemaNode).properties ?? {};
    this.body = jsonSchemaOf(route.body, 'input') as SchemaNode;
    this.sample = sampleOf(this.body);
  }

  /** The path with every parameter filled in: the tenant's own id, unknown ids, or what is given. */
  url(given: Headers = {}): string {
    return (
      apiPrefix +
      this.route.path.replace(/:(\w+)/g, (_found, name: string) => {
        const own =
          name === this.route.path_tenant ? this.target.tenant_id : sampleOf(this.params[name] ?? {});
        return encodeURIComponent(given[name] ?? String(own));
      })
    );
  }

  /** A key that may call the route. */
  get key(): string {
    return this.route.operator_only === true ? this.target.keys.operator : this.target.keys.admin;
  }

  /** Sends a request that must be refused with one of `statuses`, and checks the problem document. */
  async refused(what: string, sent: Sent, ...statuses: number[]): Promise<Refusal> {
    const hasBody = this.route.method !== 'GET';
    const answer = await this.target.server.inject({
      method: this.route.method,
      url: sent.url ?? this.url(),
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...sent.headers,
      },
      ...(hasBody ? { payload: sent.payload ?? JSON.stringify(this.sample) } : {}),
    });
    const label = `${this.route.operation_id}, ${what}: ${answer.statusCode} ${answer.body.slice(0, 300)}`;
    expect(statuses, label).toContain(answer.statusCode);
    expect(answer.headers['content-type'], label).toBe('application/problem+json');
    expect(answer.headers['x-request-id'], label).toBeTruthy();
    const problem = problemShape.parse(answer.json());
    expect(problem.status, label).toBe(answer.statusCode);
    expect(problem.type, label).toBe(`/docs/errors/${problem.code}`);
    expect(Object.keys(errorRegistry), label).toContain(problem.code);
    expect(codesOf(this.route), `${label}: not in the OpenAPI document`).toContain(problem.code);
    await this.#pageIsServed(problem.type);
    return { status: problem.status, code: problem.code, errors: problem.errors ?? [] };
  }

  /** Sends a request that may succeed or be refused, but not fail. */
  async survives(url: string, payload?: string): Promise<void> {
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' };
    const { method } = this.route;
    const body = method === 'GET' ? {} : { payload: payload ?? JSON.stringify(this.sample) };
    const answer = await this.target.server.inject({ method, url, headers, ...body });
    expect(answer.statusCode, `${method} ${url} ${payload}: ${answer.body}`).toSatisfy(
      (status: number) => status < 500 || answer.json().code === 'payments_unavailable',
    );
  }

  static readonly #served = new Set<string>();

  async #pageIsServed(type: string): Promise<void> {
    if (RouteProbe.#served.has(type)) return;
    const page = await this.target.server.inject({ url: type });
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    RouteProbe.#served.add(type);
  }
}

async function checkAuthentication(probe: RouteProbe): Promise<void> {
  const good = makeApiKey();
  const wrongChecksum = good.slice(0, -1) + (good.endsWith('0') ? '1' : '0');
  const bad = { 'no scheme': good, 'another scheme': 'Basic eA==', 'an unknown key': `Bearer ${good}` };
  for (const [what, authorization] of Object.entries({
    ...bad,
    'a bad checksum': `Bearer ${wrongChecksum}`,
  })) {
    await probe.refused(what, { headers: { authorization } }, 401);
  }
  await probe.refused('no key', { headers: { authorization: '' } }, 401);
  // Before anything about the body is told.
  await probe.refused('no key and a bad body', { headers: { authorization: '' }, payload: '{' }, 401);
}

async function checkTenants(probe: RouteProbe): Promise<void> {
  const { keys, foreign_tenant_id } = probe.target;
  // With the weakest key, so that a 403 would show if scopes were looked at first.
  const weakest = { authorization: `Bearer ${keys.read}` };
  for (const foreign of [foreign_tenant_id, unknownTenant, malformed, '']) {
    await probe.refused(
      `tenant key for ${foreign}`,
      { headers: { ...weakest, 'tallystick-tenant': foreign } },
      404,
    );
  }
  const operator = { authorization: `Bearer ${keys.operator}` };
  await probe.refused(
    'unknown tenant',
    { headers: { ...operator, 'tallystick-tenant': unknownTenant } },
    404,
  );
  await probe.refused('malformed tenant', { headers: { ...operator, 'tallystick-tenant': malformed } }, 422);
  const { path_tenant } = probe.route;
  if (path_tenant === undefined) return;
  for (const foreign of [foreign_tenant_id, unknownTenant, malformed]) {
    await probe.refused(
      `path of ${foreign}`,
      { headers: weakest, url: probe.url({ [path_tenant]: foreign }) },
      404,
    );
  }
  const unknown = probe.url({ [path_tenant]: unknownTenant });
  await probe.refused('unknown tenant in the path', { headers: operator, url: unknown }, 404);
}

async function checkScopes(probe: RouteProbe): Promise<void> {
  const { keys } = probe.target;
  const lacking = { read: [], write: [keys.read], admin: [keys.read, keys.write] }[probe.route.scope];
  for (const key of lacking)
    await probe.refused('scope', { headers: { authorization: `Bearer ${key}` } }, 403);
  if (probe.route.operator_only !== true) return;
  await probe.refused('a tenant key', { headers: { authorization: `Bearer ${keys.admin}` } }, 403);
}

async function checkPath(probe: RouteProbe): Promise<void> {
  for (const [name, node] of Object.entries(probe.params)) {
    for (const value of ['a\0b', 'x'.repeat(5000)]) {
      await probe.refused(`bad text in ${name}`, { url: probe.url({ [name]: value }) }, 422, 404);
    }
    if (node.format !== 'uuid') continue;
    const headers = { authorization: `Bearer ${probe.target.keys.operator}` };
    await probe.refused(`malformed ${name}`, { url: probe.url({ [name]: malformed }), headers }, 422);
    if (name === probe.route.path_tenant) continue;
    // The sample may miss a pattern, and then the body is refused before the id is looked up.
    await probe.refused(`unknown ${name}`, {}, ...(takesBody(probe.route) ? [404, 422] : [404]));
  }
}

async function checkQuery(probe: RouteProbe): Promise<void> {
  const query = (jsonSchemaOf(probe.route.query, 'input') as SchemaNode).properties ?? {};
  const url = (name: string, value: string) => `${probe.url()}?${name}=${encodeURIComponent(value)}`;
  await probe.refused('unknown parameter', { url: url('no_such_parameter', '1') }, 422);
  for (const [name, node] of Object.entries(query)) {
    if (name === 'cursor') {
      for (const value of ['', 'x', 'e30', '%%%', Buffer.from('{"t":1e99,"i":"x"}').toString('base64url')]) {
        const { code } = await probe.refused(`cursor ${value}`, { url: url('cursor', value) }, 400);
        expect(code).toBe('cursor_invalid');
      }
      continue;
    }
    for (const value of badQueryTextsOf(node)) {
      const { errors } = await probe.refused(
        `${name}=${JSON.stringify(value)}`,
        { url: url(name, value) },
        422,
      );
      expect(errors.map((error) => error.pointer)).toContain(`/${name}`);
    }
    await probe.refused(`${name} twice`, { url: `${url(name, '1')}&${name}=2` }, 422);
  }
}

async function checkBodyForm(probe: RouteProbe): Promise<void> {
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
    await probe.refused(type, { headers: { 'content-type': type }, payload: 'x' }, 415);
  }
  for (const payload of ['{', '{"a":}', 'NaN', '{"a":1}x', Buffer.from([0x7b, 0xff, 0x7d]), '{"a":"\0"}']) {
    await probe.refused(`broken JSON ${payload}`, { payload }, 400);
  }
  await probe.refused('10 MB', { payload: `{"a":"${'x'.repeat(10_000_000)}"}` }, 413);
  const rows = probe.body.type === 'array';
  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
  for (const payload of ['null', '[]', '"x"', '1', deep, rows ? '{}' : '[{}]']) {
    await probe.refused(`another type: ${payload.slice(0, 20)}`, { payload }, 422);
  }
  if (rows) return checkBatch(probe);
  for (const name of ['no_such_field', '__proto__', 'constructor', '\u0000', '\ud800']) {
    const payload = withField(probe.sample, [name], '1');
    const { errors } = await probe.refused(`field ${JSON.stringify(name)}`, { payload }, 422);
    expect(errors.some((error) => error.in === 'body')).toBe(true);
  }
}

/** A batch is refused whole only for how many rows it has: each row is taken or rejected by itself. */
async function checkBatch(probe: RouteProbe): Promise<void> {
  const rows = Array.from({ length: (probe.body.maxItems ?? 0) + 1 }, () => 1);
  await probe.refused('too many rows', { payload: JSON.stringify(rows) }, 422);
}

async function checkBodyFields(probe: RouteProbe): Promise<void> {
  for (const { path, node } of fieldsOf(probe.body)) {
    const pointer = `/${path.join('/')}`;
    for (const { name, json } of badValuesOf(node)) {
      const payload = withField(probe.sample, path, json);
      const { errors } = await probe.refused(`${pointer} is ${name}`, { payload }, 422);
      expect(
        errors.some((error) => error.pointer.startsWith(pointer)),
        `${pointer} is ${name}`,
      ).toBe(true);
    }
  }
  for (const name of probe.body.required ?? []) {
    await probe.refused(`without ${name}`, { payload: withField(probe.sample, [name], undefined) }, 422);
  }
}

async function checkIdempotencyKeys(probe: RouteProbe): Promise<void> {
  const takes = takesBody(probe.route);
  for (const key of ['', 'x'.repeat(256), '\u00ad', '\u0085']) {
    // A sample that misses a pattern is refused first; both are 422.
    const { code } = await probe.refused('bad key', { headers: { 'idempotency-key': key } }, 422);
    if (!takes) expect(code).toBe('idempotency_key_invalid');
  }
}

/**
 * Declares the tests that follow from the definition of each route: who is refused, which input is refused, that
 * every refusal is a documented problem whose page is served, that none is a 500, and that nothing changed.
 * `getTarget` is called inside the tests only.
 */
export function describeRouteCases(routes: readonly Route[], getTarget: () => RouteCaseTarget): void {
  describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s',
    (_name, route) => {
      const cases: [string, (probe: RouteProbe) => Promise<void>][] = [
        ['wants a valid key', checkAuthentication],
        ['hides other tenants', checkTenants],
        ['wants its scope', checkScopes],
        ['checks its path', checkPath],
        ['checks its query', checkQuery],
      ];
      if (route.method !== 'GET') {
        cases.push(['checks the form of its body', checkBodyForm], ['checks every field', checkBodyFields]);
        cases.push(['checks the Idempotency-Key', checkIdempotencyKeys]);
      }
      it.each(cases)('%s', async (_case, check) => {
        const target = getTarget();
        const before = await fingerprint(target.db);
        await check(new RouteProbe(target, route));
        expect(await fingerprint(target.db)).toEqual(before);
      });
    },
  );
}

/**
 * Declares one test per route that sends what its schema takes at its bounds: whatever the answer is, it is none that
 * blames the server. Unlike the cases above it changes data, so it comes last.
 */
export function describeBoundCases(routes: readonly Route[], getTarget: () => RouteCaseTarget): void {
  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s takes the bounds of its schema',
    async (_name, route) => {
      const probe = new RouteProbe(getTarget(), route);
      const query = (jsonSchemaOf(route.query, 'input') as SchemaNode).properties ?? {};
      for (const [name, node] of Object.entries(query)) {
        if (name === 'cursor') continue;
        for (const value of extremesOf(node)) {
          await probe.survives(`${probe.url()}?${name}=${encodeURIComponent(String(value))}`);
        }
      }
      for (const { path, node } of fieldsOf(probe.body)) {
        for (const value of extremesOf(node)) {
          await probe.survives(probe.url(), withField(probe.sample, path, JSON.stringify(value)));
        }
      }
    },
  );
}
