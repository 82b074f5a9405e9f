import type { FastifyRequest } from 'fastify';
import { fail } from '../errors/index.ts';

/**
 * Fails with `origin_refused` where a request was not made by a page of this server, as the browser tells it: an Origin
 * with our own host, or that of PUBLIC_URL. The scheme is left to the proxy before us, which may speak https for us.
 */
export function requireOwnOrigin(request: FastifyRequest, public_url: string | undefined): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin === undefined && site === 'same-origin') return;
  const from = origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
  if (from === undefined || !isOwn(from, request.host, public_url)) {
    fail('origin_refused', 'The request did not come from a page of this server.');
  }
}

function isOwn(from: URL, host: string, public_url: string | undefined): boolean {
  if (public_url !== undefined && from.host === new URL(public_url).host) return true;
  // Parsed alike, so that a port which the scheme implies makes no difference.
  const own = `${from.protocol}//${host}`;
  return URL.canParse(own) && from.host === new URL(own).host;
}
