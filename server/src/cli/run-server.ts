import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/index.ts';
import { makeMonthPartitions } from '../db/index.ts';
import { scheduleRecurring } from '../due-work/index.ts';
import { closeServer, createServer } from '../http/index.ts';
import { ensureOperatorUser, ensureSecretKey } from '../sign-in/index.ts';
import { ensureOperatorKey } from '../tenants/index.ts';
import { builtDashboard } from './built-dashboard.ts';
import { collectStartUp } from './collect-start-up.ts';
import { CommandError, type Shell } from './command.ts';
import type { Composition } from './composition.ts';
import { controlPath } from './control-path.ts';
import { type ControlServer, openControlSocket } from './control-server.ts';
import { performForClient } from './perform-for-client.ts';
import { untilStopped } from './until-stopped.ts';

/** What a command adds to serving. */
export interface ServerSteps {
  /** Before anything listens. */
  before?(composition: Composition): Promise<void>;
  /** Once it listens; the dashboard's address, where there is one. */
  ready?(address: string, dashboard: string | undefined): void;
}

/** How long requests under way may take at the end, in milliseconds; with the rest it stays within 10 s. */
const FINISH_MS = 6000;
/** The whole shutdown. What was acknowledged is on disk long before, so nothing is lost by ending here. */
const SHUTDOWN_MS = 9500;
const CLOCK_REFRESH_MS = 1000;

/** Serves until a signal (exit code 0) or an error that nobody caught (1). Throws where it cannot start. */
export async function runServer(shell: Shell, config: Config, steps: ServerSteps = {}): Promise<number> {
  const stopped = untilStopped();
  const composition = await shell.compose(config);
  const parts: ServerParts = { composition };
  try {
    await start(shell, config, composition, parts, steps);
    const reason = await stopped;
    if ('signal' in reason) return 0;
    process.exitCode = 1;
    parts.server?.log.fatal({ err: reason.error }, 'an error that nobody caught: shutting down');
    return 1;
  } finally {
    await shutDown(parts);
  }
}

/** What has been started so far, and so has to be ended. */
interface ServerParts {
  composition: Composition;
  server?: FastifyInstance;
  control?: ControlServer;
  refreshing?: NodeJS.Timeout;
}

async function start(
  shell: Shell,
  config: Config,
  composition: Composition,
  parts: ServerParts,
  steps: ServerSteps,
): Promise<void> {
  const { db, clock, services, routes, runner } = composition;
  // A start without it would fail later, at the first sign-in.
  ensureSecretKey(config);
  // Before the steps before, which may write a lot.
  if (config.enableMonetization) await makeMonthPartitions(db, clock.now());
  // After the steps before: the demo brings an operator key of its own, and then there is none to make.
  await steps.before?.(composition);
  const operator_key = await ensureOperatorKey(db, clock, config.tallystickOperatorKey);
  // At once: should the server not start now, nobody would see it again.
  if (operator_key !== undefined) {
    const now = clock.now().toISOString();
    shell.stdout(`operator key, made ${now} and shown only now: ${operator_key}\n`);
  }
  await ensureOperator(shell, config, composition);
  const dashboard = await builtDashboard(shell);
  const server = await createServer({
    services,
    routes,
    config: {
      enableMonetization: config.enableMonetization,
      version: shell.version,
      publicUrl: config.publicUrl,
    },
    dashboard,
    logLevel: config.logLevel,
    trustProxy: config.trustProxy,
  });
  parts.server = server;
  composition.useLog(server.log);
  collectStartUp();
  const address = await listen(server, config);
  const control = db.engine === 'pglite' ? await openControl(shell, config, composition) : undefined;
  if (control !== undefined) parts.control = control;
  if (config.tallystickTestClock)
    parts.refreshing = setInterval(() => void refresh(composition, server), CLOCK_REFRESH_MS);
  // With the feature off nothing runs; what fell due meanwhile is caught up when it is on again.
  if (config.enableMonetization) {
    await scheduleRecurring(db, clock, runner.kinds.recurring);
    runner.start();
    services.calls.start();
  }
  shell.stdout(`listening on ${address}\n`);
  const page = dashboard === undefined ? undefined : `${config.publicUrl ?? address}/dashboard/`;
  if (steps.ready !== undefined) steps.ready(address, page);
  else if (page !== undefined) shell.stdout(`dashboard at ${page}\n`);
}

/** Sees to it that an operator can sign in to the dashboard, and prints a password that had to be made. */
async function ensureOperator(shell: Shell, config: Config, { db, clock }: Composition): Promise<void> {
  const made = await ensureOperatorUser(db, clock, {
    email: config.tallystickOperatorEmail,
    password: config.tallystickOperatorPassword,
  });
  if (made === undefined) return;
  shell.stdout(`operator sign-in, its password shown only now: ${made.email} ${made.password}\n`);
}

/** Listens, and answers the address as HOST and PORT name it (the port that was taken, for PORT 0). */
async function listen(server: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw new CommandError(cannotListen(error, host, port));
  }
  const bound = server.server.address();
  const taken = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}

function cannotListen(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `PORT ${port} on ${host} is in use by another program; set PORT to another one`;
  if (code === 'EACCES') return `PORT ${port} may not be used by this user; set PORT to 1024 or more`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST ${host} is no address of this machine`;
  return `cannot listen on ${host} port ${port}: ${error instanceof Error ? error.message : error}`;
}

async function openControl(
  shell: Shell,
  config: Config,
  composition: Composition,
): Promise<ControlServer | undefined> {
  const path = controlPath(config.tallystickData);
  if (path !== undefined) return await openControlSocket(path, performForClient(composition));
  if (process.platform !== 'win32') {
    shell.stderr(
      'TALLYSTICK_DATA is too long a path for a socket: other commands work only while no server runs\n',
    );
  }
  return undefined;
}

async function refresh(composition: Composition, server: FastifyInstance): Promise<void> {
  try {
    await composition.refreshClock();
  } catch (error) {
    server.log.warn({ err: error }, 'the test clock cannot be read');
  }
}

/** Stops accepting, lets what is under way finish, and closes the database last. */
async function shutDown({ composition, server, control, refreshing }: ServerParts): Promise<void> {
  const guard = setTimeout(() => {
    server?.log.error({}, 'the shutdown took too long and was cut; what was acknowledged is safe');
    process.exit(process.exitCode ?? 0);
  }, SHUTDOWN_MS);
  try {
    clearInterval(refreshing);
    // First of all, so that an advance of the test clock under way ends early and says how far it came.
    const quiet = composition.runner.stop(FINISH_MS);
    const finished = server === undefined || (await closeServer(server, FINISH_MS));
    if (!finished) server?.log.warn({}, 'some requests were cut after their time to finish');
    await control?.close();
    await quiet;
    await composition.close();
  } finally {
    clearTimeout(guard);
  }
}
