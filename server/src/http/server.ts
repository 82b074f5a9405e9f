import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { bodyLimit } from './json-body.ts';
import { type LogDestination, logOptions } from './log-options.ts';
import { type TallystickPluginOptions, tallystickPlugin } from './plugin.ts';
import { problemHandler } from './problem.ts';
import { unknownPathError } from './unknown-paths.ts';

/** What createServer takes beyond what it hands to the plugin. */
export interface ServerOptions extends Omit<TallystickPluginOptions, 'standalone'> {
  /** A pino level; `silent` logs nothing. */
  logLevel: string;
  logDestination?: LogDestination;
  /** Whose X-Forwarded-For is believed: a number is how many proxies stand before us. */
  trustProxy?: boolean | number | string[];
}

/** How long a client may take to send a request, in milliseconds. */
const requestTimeout = 30_000;
/** How long a connection may say nothing while a request is open: longer than any lock or statement waits. */
const connectionTimeout = 65_000;

/**
 * Makes a server of our own around the plugin, ready to listen. Close it with closeServer, and the
 * database after that.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { logLevel, logDestination, trustProxy = false, ...pluginOptions } = options;
  const server = Fastify({
    logger: logOptions(logLevel, logDestination),
    // The plugin writes one line a request itself.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    bodyLimit,
    requestTimeout,
    connectionTimeout,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    // Requests that come over an open connection while we close are still answered, with Connection: close.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Above what a request line can hold, so that a long parameter is the schema's to refuse.
    routerOptions: { maxParamLength: 20_000 },
    frameworkErrors: (error, request, reply) => {
      const { enableMonetization } = options.config;
      problemHandler('')(
        unknownPathError(request.url, { base: '', enableMonetization }, error),
        request,
        reply,
      );
    },
  });
  // Not encapsulated: on a server of our own the error handler and hooks hold for every path.
  const unencapsulated = fastifyPlugin((scope: FastifyInstance) =>
    tallystickPlugin(scope, { ...pluginOptions, standalone: true }),
  );
  await server.register(unencapsulated);
  trackConnections(server.server);
  return server;
}

/** The open connections of each server, so that closing can tell those that never said anything. */
const openConnections = new WeakMap<Server, Set<Socket>>();

function trackConnections(server: Server): void {
  const open = new Set<Socket>();
  openConnections.set(server, open);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
}

/** Closes what is open without a request under way. */
function closeQuietConnections(server: Server): void {
  server.closeIdleConnections();
  // Node counts a connection as busy until its first request is through, so a silent one would hold us up.
  for (const socket of openConnections.get(server) ?? []) if (socket.bytesRead === 0) socket.destroy();
}

/**
 * Stops accepting, lets what is under way finish, and resolves true when all of it did. After
 * `deadline_ms` the remaining connections are cut and the answer is false.
 */
export async function closeServer(server: FastifyInstance, deadline_ms = 8000): Promise<boolean> {
  let finished = true;
  const deadline = setTimeout(() => {
    finished = false;
    server.server.closeAllConnections();
  }, deadline_ms);
  // A connection that was busy when we began goes idle later, and would stay open for its keep-alive time.
  const sweep = setInterval(() => closeQuietConnections(server.server), 50);
  try {
    await server.close();
  } finally {
    clearTimeout(deadline);
    clearInterval(sweep);
  }
  return finished;
}
