import type { FastifyInstance } from 'fastify';
import { TallystickError } from '../errors/index.ts';
import { apiPrefix } from './openapi.ts';
import { problemHandler } from './problem.ts';

/** Where a server is mounted, and whether its API is on. */
export interface Surface {
  /** The prefix of the mount, empty as a rule. */
  base: string;
  enableMonetization: boolean;
}

/** Whether a URL lies under the API's prefix. */
function isOfApi(url: string, base: string): boolean {
  const prefix = base + apiPrefix;
  if (!url.startsWith(prefix)) return false;
  const next = url.charAt(prefix.length);
  return next === '' || next === '/' || next === '?';
}

/** What a path gets that no route has, or `otherwise` where it is the path itself that is at fault. */
export function unknownPathError(url: string, surface: Surface, otherwise?: Error): Error {
  if (!surface.enableMonetization && isOfApi(url, surface.base)) {
    return new TallystickError('monetization_disabled', 'ENABLE_MONETIZATION is off.');
  }
  return otherwise ?? new TallystickError('route_not_found', 'No route has this method and path.');
}

/**
 * Answers unknown paths below a scope's prefix in a first hook: Fastify would parse the body before its
 * not-found handler runs, and answer 415 for a route that does not exist.
 */
export function refuseUnknownPaths(scope: FastifyInstance, surface: Surface): void {
  const refuse = problemHandler(surface.base);
  scope.addHook('onRequest', (request, reply, done) => {
    if (request.is404) refuse(unknownPathError(request.url, surface), request, reply);
    else done();
  });
  // The hook has answered by then; this only claims the paths for this scope.
  scope.setNotFoundHandler((request, reply) =>
    refuse(unknownPathError(request.url, surface), request, reply),
  );
}
