import type { IncomingMessage } from 'node:http';
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  RouteOptions,
} from 'fastify';
import type { Registry } from 'prom-client';
import { systemRandom } from '../id/index.ts';
import { authorize, identify } from './authorize.ts';
import { type DashboardFiles, registerDashboard } from './dashboard-routes.ts';
import type { Route } from './define-route.ts';
import { bodyLimit, takeJsonAs, takeJsonOnly } from './json-body.ts';
import { limitRequest } from './limit-request.ts';
import { type HttpMetrics, httpMetrics } from './metrics.ts';
import { apiPrefix, openApiDocument } from './openapi.ts';
import { paymentPages } from './payment-pages.ts';
import { paymentWebhook } from './payment-webhook.ts';
import { problemHandler } from './problem.ts';
import { recordOwnCalls } from './record-own-calls.ts';
import { routeHandler } from './route-handler.ts';
import { registerDocsRoutes, registerHealthRoutes } from './service-routes.ts';
import type { Services } from './services.ts';
import { registerSignInRoutes } from './sign-in-routes.ts';
import { refuseUnknownPaths, type Surface } from './unknown-paths.ts';

/** What the plugin takes, from main.ts or from a host that mounts it in its own server. */
export interface TallystickPluginOptions {
  services: Services;
  routes: readonly Route[];
  config: {
    /** ENABLE_MONETIZATION: off, every API route answers 404 and only health, metrics and docs are served. */
    enableMonetization: boolean;
    /** The version that /openapi.json tells. */
    version: string;
    /** Where the outside world reaches the server, and so where the dashboard's requests may come from. */
    publicUrl?: string | undefined;
  };
  /** The dashboard as it was built; without it there is none. */
  dashboard?: DashboardFiles | undefined;
  /** The host's metrics registry, to be scraped with it. */
  registry?: Registry;
  /** Whether the server is ours alone, so that unknown paths outside the API are ours to answer too. */
  standalone?: boolean;
}

/** On every answer; pages that need more replace the policy. */
const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** A request id that may be taken over from a proxy: short, and harmless in a log line. */
const saneRequestId = /^[\w.:-]{1,128}$/;

function requestId(request: IncomingMessage): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && saneRequestId.test(sent) ? sent : systemRandom(15).toString('base64url');
}

function prepareReply(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('x-request-id', request.id).headers(securityHeaders);
  done();
}

/**
 * The whole HTTP surface as one Fastify plugin. It is encapsulated: its error handler, parsers and hooks do
 * not touch a host's own routes. The database is the host's to close, after the server is closed.
 */
export const tallystickPlugin: FastifyPluginAsync<TallystickPluginOptions> = async (scope, options) => {
  const base = scope.prefix;
  const metrics = httpMetrics(options.registry, options.services.metrics);
  scope.setGenReqId(requestId);
  scope.setErrorHandler(problemHandler(base));
  takeJsonOnly(scope);
  scope.decorateRequest('caller', null);
  scope.decorateRequest('authority', null);
  scope.addHook('onRequest', prepareReply);
  scope.addHook('onResponse', reportRequest(metrics));
  registerHealthRoutes(scope, options.services, metrics);
  await registerDocsRoutes(scope, openApiDocument(options.routes, options.config.version), base);
  registerSignInRoutes(scope, options.services, options.config.publicUrl);
  await scope.register(paymentWebhook(options.services));
  if (options.config.enableMonetization) await scope.register(paymentPages(options.services));
  if (options.dashboard !== undefined)
    registerDashboard(scope, options.dashboard, options.standalone === true);
  const surface = { base, enableMonetization: options.config.enableMonetization };
  if (options.standalone === true) refuseUnknownPaths(scope, surface);
  await scope.register(apiScope(options, surface), { prefix: apiPrefix });
};

/** Counts and logs a finished request: one line, by pattern and without query, headers or body. */
function reportRequest(metrics: HttpMetrics) {
  return function report(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.observe(request, reply, route);
    request.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
        tenant_id: request.authority?.tenant_id,
        api_key_id: request.caller?.api_key_id,
        user_id: request.caller?.user_id,
      },
      'request',
    );
    done();
  };
}

/** The routes of the API. With the feature off none exists, so that nothing can be told from an answer. */
function apiScope(
  { services, routes, config }: TallystickPluginOptions,
  surface: Surface,
): FastifyPluginAsync {
  return async (scope) => {
    refuseUnknownPaths(scope, surface);
    if (!surface.enableMonetization) return;
    await recordOwnCalls(scope, services.calls, routes);
    for (const route of routes) addRoute(scope, route, services, config.publicUrl);
    addOptionsRoutes(scope, routes);
  };
}

function addRoute(
  scope: FastifyInstance,
  route: Route,
  services: Services,
  publicUrl: string | undefined,
): void {
  const definition: RouteOptions = {
    method: route.method,
    url: route.path,
    bodyLimit,
    // Calls are recorded, and limited, under the path without the prefix.
    config: { tallystick: { endpoint: route.path } },
    onRequest: async (request, reply) => {
      const identified = identify(services, request, publicUrl);
      const caller = identified instanceof Promise ? await identified : identified;
      request.caller = caller;
      // Before anything is refused to a known caller, so that refusals count as well.
      const limited = limitRequest(services, route, caller, reply);
      if (limited instanceof Promise) await limited;
      const authority = authorize(services, route, request, caller);
      request.authority = authority instanceof Promise ? await authority : authority;
    },
    handler: routeHandler(route, services),
  };
  const media_types = Object.keys(route.also_takes ?? {});
  if (media_types.length === 0) scope.route(definition);
  // In a scope of its own, so that no other route takes what this one does.
  else
    scope.register(async (own) => {
      for (const media_type of media_types) takeJsonAs(own, media_type);
      own.route(definition);
    });
}

/** OPTIONS says which methods a path takes; there is no CORS, because a key does not belong in a browser. */
function addOptionsRoutes(scope: FastifyInstance, routes: readonly Route[]): void {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const known = methods.get(route.path) ?? ['OPTIONS'];
    methods.set(route.path, [...known, ...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])]);
  }
  for (const [path, allowed] of methods) {
    const allow = allowed.toSorted().join(', ');
    scope.options(path, (_request, reply) => reply.code(204).header('allow', allow).send());
  }
}
