import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fail, TallystickError } from '../errors/index.ts';
import type { Route } from './define-route.ts';
import { requireOwnOrigin } from './own-origin.ts';
import type { Caller, KernelServices, Scope } from './services.ts';

/** For whom a caller acts in a request; made once per request by authorize. */
export interface RequestAuthority {
  /** The tenant acted for. */
  tenant_id: string;
  /** Whether the header Tallystick-Tenant was given. */
  tenant_named: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on the routes of the API, whatever becomes of the request; null elsewhere and before. */
    caller: Caller | null;
    /** Set once it may act; null elsewhere and before. */
    authority: RequestAuthority | null;
  }
}

/** The scopes that open a route of each scope: admin contains write, write contains read. */
const openedBy: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read', 'write', 'admin'],
  write: ['write', 'admin'],
  admin: ['admin'],
};

const uuidShape = z.guid();
const bearer = /^Bearer +(\S{1,512})$/i;

/** Who is calling. Fails with `unauthenticated`, or `rate_limited` where an address had too many of those. */
export function identify(
  services: Pick<KernelServices, 'authenticate' | 'sign_in' | 'failed_sign_ins'>,
  request: FastifyRequest,
  public_url: string | undefined,
): Caller | Promise<Caller> {
  const caller = callerOf(services, request, public_url);
  return caller instanceof Promise
    ? caller.then((known) => known ?? refuseKey(services, request))
    : (caller ?? refuseKey(services, request));
}

/**
 * Decides for which tenant a caller acts, in the order of the contract: 404 for a tenant that is not theirs, then 403
 * for scope. A foreign tenant is never told by a 403.
 */
export function authorize(
  services: Pick<KernelServices, 'resolveTenant'>,
  route: Route,
  request: FastifyRequest,
  caller: Caller,
): RequestAuthority | Promise<RequestAuthority> {
  const tenant_named = request.headers['tallystick-tenant'] !== undefined;
  const actingFor = (tenant_id: string): RequestAuthority => {
    checkScope(route, caller);
    return { tenant_id, tenant_named };
  };
  // Nearly every call is a key's own, for its own tenant: there is nothing to look up, and nothing to wait for.
  if (!tenant_named && route.path_tenant === undefined) return actingFor(caller.tenant_id);
  return actingTenant(services, route, request, caller).then(actingFor);
}

/** Who an API key or, where none is sent, a session stands for; a promise only where that has to be found out. */
function callerOf(
  services: Pick<KernelServices, 'authenticate' | 'sign_in'>,
  request: FastifyRequest,
  public_url: string | undefined,
): Caller | undefined | Promise<Caller | undefined> {
  const { authorization } = request.headers;
  if (authorization === undefined) return callerOfSession(services, request, public_url);
  const key = bearer.exec(authorization)?.[1];
  return key === undefined ? undefined : services.authenticate(key);
}

async function callerOfSession(
  services: Pick<KernelServices, 'sign_in'>,
  request: FastifyRequest,
  public_url: string | undefined,
): Promise<Caller | undefined> {
  const { cookie } = request.headers;
  const caller = await services.sign_in.callerOf(cookie);
  // A browser sends the cookie whoever made the page; only our own pages may change anything.
  if (caller !== undefined && !isSafe(request.method)) requireOwnOrigin(request, public_url);
  return caller;
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Says 401, or 429 to an address that had too many of those: `request.ip` believes trusted proxies only. */
function refuseKey(services: Pick<KernelServices, 'failed_sign_ins'>, request: FastifyRequest): never {
  const retry_after = services.failed_sign_ins.count(request.ip);
  if (retry_after > 0)
    fail('rate_limited', 'Too many requests of this address carried no valid API key.', { retry_after });
  fail('unauthenticated', 'Send "Authorization: Bearer KEY" with a valid API key.');
}

/** The tenant acted for: the path's where the route names one, else the header's, else the key's. */
async function actingTenant(
  services: Pick<KernelServices, 'resolveTenant'>,
  route: Route,
  request: FastifyRequest,
  caller: Caller,
): Promise<string> {
  const header = request.headers['tallystick-tenant'];
  let tenant_id = caller.tenant_id;
  if (header !== undefined) tenant_id = await headerTenant(services, caller, String(header));
  if (route.path_tenant === undefined) return tenant_id;
  const named = (request.params as Record<string, string>)[route.path_tenant] ?? '';
  return pathTenant(services, caller, named, tenant_id);
}

/** A tenant key may repeat its own id in the header and nothing else; an operator may name any tenant. */
async function headerTenant(
  services: Pick<KernelServices, 'resolveTenant'>,
  caller: Caller,
  header: string,
): Promise<string> {
  const named = header.toLowerCase();
  if (named === caller.tenant_id) return named;
  if (!caller.operator) fail('not_found', 'No such tenant.');
  if (!uuidShape.safeParse(named).success) {
    const errors = [{ in: 'header' as const, pointer: '/tallystick-tenant', detail: 'must be a UUID' }];
    throw new TallystickError('request_invalid', 'header/tallystick-tenant: must be a UUID', { errors });
  }
  if (!(await services.resolveTenant(caller, named))) fail('not_found', 'No such tenant.');
  return named;
}

/**
 * The path's tenant must be the caller's own or sold by it (for operators, exist). A malformed id goes
 * on to the schema, which says 422, unless the key is a tenant's: then it is just another foreign id.
 */
async function pathTenant(
  services: Pick<KernelServices, 'resolveTenant'>,
  caller: Caller,
  path: string,
  acting: string,
): Promise<string> {
  const named = path.toLowerCase();
  if (named === caller.tenant_id) return named;
  if (!uuidShape.safeParse(named).success) {
    if (caller.operator) return acting;
    fail('not_found', 'No such tenant.');
  }
  if (!(await services.resolveTenant(caller, named))) fail('not_found', 'No such tenant.');
  return named;
}

function checkScope(route: Route, caller: Caller): void {
  if (route.operator_only === true && !caller.operator) fail('operator_only', 'This takes an operator key.');
  const opening = openedBy[route.scope];
  for (const scope of caller.scopes) if (opening.includes(scope)) return;
  fail('scope_missing', `This takes a key with the scope "${route.scope}".`);
}
