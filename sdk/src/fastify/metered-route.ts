import type { FastifyContextConfig, FastifyRequest } from 'fastify';

/** What `config.tallystick` of a route says. False: its calls are neither recorded nor decided. */
export type TallystickRouteConfig =
  | false
  | {
      /** What its calls are recorded as, in place of the route's pattern. */
      endpoint?: string;
      /** How much a call weighs against the limits; 1. */
      cost?: number;
    };

declare module 'fastify' {
  interface FastifyContextConfig {
    tallystick?: TallystickRouteConfig;
  }
}

/** A route whose calls count. */
export interface MeteredRoute {
  endpoint: string;
  cost: number | undefined;
}

/** Addresses that exist nowhere would otherwise be an endpoint each. */
const UNKNOWN: MeteredRoute = { endpoint: 'other', cost: undefined };

const servicePath = /^\/(health|healthz|readyz|livez|metrics|docs|openapi\.json|favicon\.ico)(\/|\?|$)/;
const uncountedMethods = new Set(['HEAD', 'OPTIONS']);

/** By the `config` of the route, which Fastify keeps as long as the route; null where it is not counted. */
const routes = new WeakMap<object, MeteredRoute | null>();

/**
 * Which route a request is counted for; undefined where it is not: health, metrics, docs, static files, HEAD and
 * OPTIONS, and what `config: { tallystick: false }` says. A path or a file that says anything else there is counted.
 */
export function meteredRoute({ method, url, routeOptions }: FastifyRequest): MeteredRoute | undefined {
  if (uncountedMethods.has(method)) return undefined;
  const { config } = routeOptions;
  // Without a route there is no pattern: Fastify answers 404.
  if (config.url === undefined) return servicePath.test(url) ? undefined : UNKNOWN;
  let route = routes.get(config);
  if (route === undefined) {
    route = routeOf(config);
    routes.set(config, route);
  }
  return route ?? undefined;
}

function routeOf(config: FastifyContextConfig & { url: string }): MeteredRoute | null {
  const { url, tallystick } = config;
  if (tallystick === false) return null;
  if (tallystick === undefined && (servicePath.test(url) || isFile(url, config))) return null;
  return { endpoint: tallystick?.endpoint ?? url, cost: tallystick?.cost };
}

/** Whether a route serves files: it is a wildcard, or one of those that @fastify/static makes for each file. */
function isFile(url: string, config: object): boolean {
  return url.endsWith('*') || ('rootPath' in config && 'file' in config);
}
