import { z } from 'zod';
import { makePassword } from '../../../id/index.ts';
import { httpKeyLifetimeMs, type KeyClaim, onceOnly } from '../../../request-keys/index.ts';
import { createUser, deleteUser, hashOf, listUsers } from '../../../sign-in/index.ts';
import {
  defineRoute,
  type IdempotencyClaim,
  listOf,
  listQuery,
  pageOf,
  text,
  timeOut,
  uuid,
} from '../../index.ts';

const tag = 'Tenants';

const user = z.strictObject({
  user_id: uuid,
  tenant_id: uuid,
  name: z.string(),
  email: z.string(),
  created_at: timeOut,
});

const newUser = user.extend({
  password: z
    .string()
    .optional()
    .meta({ description: 'The password, this once: a replay under an Idempotency-Key leaves it out.' }),
});

const emailIn = z
  .email('must be an e-mail address')
  .max(254)
  .meta({ format: 'email', pattern: undefined, examples: ['ann@larkspur.example'] });

const params = z.strictObject({ tenant_id: uuid });

export const createUserRoute = defineRoute({
  method: 'POST',
  path: '/tenants/:tenant_id/users',
  operation_id: 'create_user',
  summary: 'Make a user of a tenant, who may sign in to its dashboard',
  description:
    'The answer is the only place where the password appears. A user belongs to one tenant; those of the root are operators.',
  tag,
  scope: 'admin',
  mode: 'own',
  path_tenant: 'tenant_id',
  params,
  body: z.strictObject({
    email: emailIn,
    name: text(200)
      .optional()
      .meta({ description: 'The part of the address before the @ where it is left out.' }),
  }),
  responses: { 201: newUser },
  errors: ['email_taken', 'users_too_many'],
  secret_fields: ['password'],
  handler: async ({ services: { db, newId }, tenant_id, body, now, idempotency }) => {
    // Before the transaction: hashing takes its time on purpose.
    const password = makePassword();
    const hash = await hashOf(password);
    const answer = await db.inTenant(tenant_id, (tx) =>
      onceOnly(tx, claimOf(idempotency, tenant_id, now), async () => ({
        status: 201,
        body: await createUser(tx, { tenant_id, now, newId }, { ...body, hash }),
      })),
    );
    const { replayed } = answer;
    return { status: 201, body: replayed ? answer.body : { ...answer.body, password }, replayed };
  },
});

function claimOf(
  idempotency: IdempotencyClaim | undefined,
  tenant_id: string,
  now: Date,
): KeyClaim | undefined {
  if (idempotency === undefined) return undefined;
  const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
  return { ...idempotency, tenant_id, now, expires_at, reused_code: 'idempotency_key_reused' };
}

export const listUsersRoute = defineRoute({
  method: 'GET',
  path: '/tenants/:tenant_id/users',
  operation_id: 'list_users',
  summary: 'The users of a tenant, newest first',
  tag,
  scope: 'admin',
  mode: 'read',
  path_tenant: 'tenant_id',
  params,
  query: z.strictObject(listQuery),
  responses: { 200: listOf(user) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await listUsers(tx, tenant_id, { after, limit: limit + 1 });
    return {
      status: 200,
      body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.user_id })),
    };
  },
});

export const deleteUserRoute = defineRoute({
  method: 'DELETE',
  path: '/tenants/:tenant_id/users/:user_id',
  operation_id: 'delete_user',
  summary: 'Remove a user',
  description: 'The sessions of the user end with their next request, and the address is free again.',
  tag,
  scope: 'admin',
  mode: 'write',
  path_tenant: 'tenant_id',
  params: params.extend({ user_id: uuid }),
  responses: { 204: z.undefined() },
  handler: async ({ tx, tenant_id, params: { user_id } }) => {
    await deleteUser(tx, tenant_id, user_id);
    return { status: 204, body: undefined };
  },
});
