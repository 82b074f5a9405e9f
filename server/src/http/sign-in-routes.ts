import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { requireOwnOrigin } from './own-origin.ts';
import { readBody } from './read-input.ts';
import type { KernelServices } from './services.ts';

/** A password is at most as long as better-auth hashes it. */
const credentials = z.strictObject({
  email: z.string().min(1).max(254),
  password: z.string().min(1).max(128),
});

/**
 * Registers the sign-in of people under /auth: three operations, answered in words of ours. They are for the dashboard
 * and no part of the API, so they stand in no OpenAPI document. They are up with the feature flag off, too.
 */
export function registerSignInRoutes(
  scope: FastifyInstance,
  { sign_in }: Pick<KernelServices, 'sign_in'>,
  public_url: string | undefined,
): void {
  scope.post('/auth/sign-in/email', async (request, reply) => {
    refuseOtherSites(request, public_url);
    const { email, password } = readBody(credentials, request);
    const { ip: address, headers } = request;
    const cookies = await sign_in.signIn({ email, password, address, user_agent: headers['user-agent'] });
    return await answer(reply, sign_in, cookies);
  });
  scope.post('/auth/sign-out', async (request, reply) => {
    refuseOtherSites(request, public_url);
    const { cookie } = request.headers;
    if (cookie !== undefined) reply.header('set-cookie', await sign_in.signOut(cookie));
    return reply.code(204).send();
  });
  scope.get('/auth/get-session', async (request, reply) => {
    const session = await sign_in.session(request.headers.cookie);
    return reply.send({ session: session ?? null });
  });
}

/** Sets the cookies of a session that has just begun, and tells whose it is. Its token is told to nobody. */
async function answer(
  reply: FastifyReply,
  sign_in: KernelServices['sign_in'],
  cookies: readonly string[],
): Promise<FastifyReply> {
  const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ');
  const session = await sign_in.session(cookie);
  if (session === undefined) fail('credentials_refused', 'The user was removed while signing in.');
  return reply.header('set-cookie', [...cookies]).send({ session });
}

/** A program without a browser sends no Origin, and has no cookie that another site could borrow. */
function refuseOtherSites(request: FastifyRequest, public_url: string | undefined): void {
  const { origin, cookie, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined || cookie !== undefined || site !== undefined)
    requireOwnOrigin(request, public_url);
}
