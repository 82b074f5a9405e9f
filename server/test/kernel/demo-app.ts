import { sql } from 'kysely';
import type { Database } from '../../src/db/index.ts';
import {
  type Caller,
  createServer,
  type KernelServices,
  type Scope,
  type ServerOptions,
  type Services,
} from '../../src/http/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { FailedSignIns, RateLimits } from '../../src/rate-limits/index.ts';
import { SignIn } from '../../src/sign-in/index.ts';
import type { KeyCaller } from '../../src/tenants/index.ts';
import { type FixedClock, fixedClock } from '../harness/index.ts';
import { demoRoutes } from './demo-routes.ts';

/** A server with the demo routes, the tenants root > seller > customer, and a stranger beside them. */
export interface DemoApp {
  server: Awaited<ReturnType<typeof createServer>>;
  db: Database;
  tenants: { seller: string; customer: string; stranger: string };
  /** The operator's, the seller's (by its one scope), and the two other tenants' (admin). */
  keys: Record<(typeof keyNames)[number], string>;
  clock: FixedClock;
  services: Services;
  config: ServerOptions['config'];
  logLines: string[];
}

const keyNames = ['operator', 'read', 'write', 'admin', 'customer', 'stranger'] as const;

/** In the form of a real key, so that the log's own rule for keys is tried. */
const keyOf = (name: string) => `tally_live_demo${name}_000000`;

/** Makes the demo server over a migrated database, which stays the caller's to close; requests use `served`. */
export async function demoApp(
  db: Database,
  overrides: Partial<ServerOptions> = {},
  served: Database = db,
): Promise<DemoApp> {
  const clock = fixedClock();
  const now = clock.now();
  const [seller, customer, stranger] = [newId(now), newId(now), newId(now)];
  await db.asOwner(async (tx) => {
    for (const [tenant_id, parent] of [
      [seller, ROOT_TENANT_ID],
      [customer, seller],
      [stranger, ROOT_TENANT_ID],
    ]) {
      await sql`INSERT INTO tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
        VALUES (${tenant_id}, ${parent}, 'Demo', 'USD', 'free', ${now})`.execute(tx);
    }
  });
  const caller = (tenant_id: string, scopes: Scope[], operator = false): KeyCaller => ({
    tenant_id,
    api_key_id: newId(now),
    operator,
    scopes,
  });
  const callers = new Map<string, KeyCaller>([
    [keyOf('operator'), caller(ROOT_TENANT_ID, ['admin'], true)],
    [keyOf('read'), caller(seller, ['read'])],
    [keyOf('write'), caller(seller, ['write'])],
    [keyOf('admin'), caller(seller, ['admin'])],
    [keyOf('customer'), caller(customer, ['admin'])],
    [keyOf('stranger'), caller(stranger, ['admin'])],
  ]);
  const parents = new Map([
    [customer, seller],
    [seller, ROOT_TENANT_ID],
    [stranger, ROOT_TENANT_ID],
  ]);
  // The demo routes touch nothing but what the kernel itself needs.
  const kernel: KernelServices = {
    db: served,
    clock,
    authenticate: (key: string) => callers.get(key),
    resolveTenant: (who: Caller, tenant_id: string) =>
      tenant_id === who.tenant_id ||
      (who.operator ? parents.has(tenant_id) : parents.get(tenant_id) === who.tenant_id),
    sign_in: new SignIn({
      db: served,
      clock,
      secretKey: () => 'a-secret-key-of-the-demo-app-0001',
      public_url: undefined,
    }),
    readiness: async () => ({ ready: true, checks: { database: 'ok' } }),
    metrics: [],
    limits: new RateLimits({ db: served, clock, monotonic_ms: () => 0, shared: undefined }),
    failed_sign_ins: new FailedSignIns(clock),
    calls: { record: () => undefined, close: async () => undefined },
  };
  const services = kernel as Services;
  const config = { enableMonetization: true, version: '0.0.0' };
  const logLines: string[] = [];
  const server = await createServer({
    services,
    routes: demoRoutes,
    config,
    logLevel: 'info',
    logDestination: { write: (line) => logLines.push(line) },
    ...overrides,
  });
  const keys = Object.fromEntries(keyNames.map((name) => [name, keyOf(name)])) as DemoApp['keys'];
  return { server, db, tenants: { seller, customer, stranger }, keys, clock, services, config, logLines };
}
