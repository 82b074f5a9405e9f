import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inject } from 'vitest';
import { readConfig } from '../../src/config/index.ts';
import type { Database } from '../../src/db/index.ts';
import type { Mailer } from '../../src/email/index.ts';
import { createServer, type DashboardFiles, type Route } from '../../src/http/index.ts';
import { composeServices } from '../../src/main.ts';
import type { PaymentProvider } from '../../src/payments/index.ts';
import { ensureOperatorKey } from '../../src/tenants/index.ts';
import { type FixedClock, fixedClock } from './fixed-clock.ts';

const api = '/api/v1/monetization';
const TALLYSTICK_SECRET_KEY = 'a-secret-key-of-the-tests-0123456789';

/** A request as tests write it down. */
export interface TestRequest {
  /** The API key; the operator's where it is left out. */
  key?: string;
  body?: object;
  headers?: Record<string, string>;
  /** Whom the connection comes from; 127.0.0.1 where it is left out. */
  remote_address?: string;
}

/** A server over a database, with real keys and a clock that stands still. */
export interface TestApp {
  /** What main.ts put together for it. */
  composition: Awaited<ReturnType<typeof composeServices>>;
  server: Awaited<ReturnType<typeof createServer>>;
  db: Database;
  clock: FixedClock;
  operator_key: string;
  /** The lines of the log so far. */
  log_lines: string[];
  /** Sends `GET /path`, say; the prefix is added. */
  call(
    request: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`,
    more?: TestRequest,
  ): Promise<Awaited<ReturnType<TestApp['server']['inject']>>>;
}

/** What a test may want otherwise. */
export interface TestAppOptions {
  /** Those of the product where they are left out. */
  routes?: readonly Route[];
  clock?: FixedClock;
  /** What TALLYSTICK_OPERATOR_KEY would hold; without it a key is made. */
  operator_key?: string;
  /** Who takes the money; the sandbox where it is left out, nobody where it is null. */
  payments?: PaymentProvider | null;
  /** Who takes e-mails; as SMTP_URL says where it is left out. */
  mailer?: Mailer;
  /** None where it is left out. */
  dashboard?: DashboardFiles;
  /** More variables of the environment. */
  env?: Record<string, string>;
}

/** Serves the product over a migrated database, which stays the caller's to close, as does `server`. */
export async function testApp(db: Database, options: TestAppOptions = {}): Promise<TestApp> {
  const { clock = fixedClock(), operator_key: given, payments, mailer, env } = options;
  const config = readConfig({
    ENABLE_MONETIZATION: 'true',
    PAYMENTS: 'sandbox',
    TALLYSTICK_LANES: process.env.TALLYSTICK_LANES,
    TALLYSTICK_SECRET_KEY,
    TALLYSTICK_DATA: join(inject('test_databases').run_folder, `app-${randomBytes(6).toString('hex')}`),
    ...env,
  });
  const paid_by = payments === undefined ? {} : { payments };
  const mailed_by = mailer === undefined ? {} : { mailer };
  const composition = await composeServices(config, { db, clock, ...paid_by, ...mailed_by });
  const { services, routes } = composition;
  const operator_key = (await ensureOperatorKey(db, clock, given)) ?? given;
  if (operator_key === undefined)
    throw new Error('this database has an operator key that only its maker knows');
  const log_lines: string[] = [];
  const server = await createServer({
    services,
    routes: options.routes ?? routes,
    config: {
      enableMonetization: config.enableMonetization,
      version: '0.0.0',
      publicUrl: config.publicUrl,
    },
    dashboard: options.dashboard,
    trustProxy: config.trustProxy,
    logLevel: 'trace',
    logDestination: { write: (line) => log_lines.push(line) },
  });
  const call: TestApp['call'] = (request, { key = operator_key, body, headers, remote_address } = {}) => {
    const [method, path] = request.split(' ', 2) as ['GET', string];
    return server.inject({
      method,
      url: api + path,
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { payload: body }),
      ...(remote_address === undefined ? {} : { remoteAddress: remote_address }),
    });
  };
  return { composition, server, db, clock, operator_key, log_lines, call };
}
