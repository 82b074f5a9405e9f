import type { Clock } from '../clock/index.ts';
import { ConfigError } from '../config/index.ts';
import type { Database } from '../db/index.ts';
import { makePassword, ROOT_TENANT_ID } from '../id/index.ts';
import { listUsers } from './list-users.ts';
import { hasHash, readPasswordHash } from './password.ts';
import { renewSignIn } from './renew-sign-in.ts';
import { findUserByEmail, type User } from './user.ts';

/** The first operator's address where TALLYSTICK_OPERATOR_EMAIL says none. No mail ever goes there. */
export const OPERATOR_EMAIL = 'operator@tallystick.localhost';

/** A sign-in that was just made, to be shown once. */
export interface OperatorSignIn {
  email: string;
  password: string;
}

/**
 * Sees to it at start that an operator can sign in. `configured` is what TALLYSTICK_OPERATOR_EMAIL and
 * TALLYSTICK_OPERATOR_PASSWORD hold: that user is there afterwards, with that password. Where a password had to be
 * made, the sign-in is answered, to be printed once; else the answer is undefined. Throws a ConfigError for the address
 * of a tenant's user.
 */
export async function ensureOperatorUser(
  db: Pick<Database, 'inTenant' | 'withoutTenant'>,
  clock: Clock,
  configured: { email?: string | undefined; password?: string | undefined },
): Promise<OperatorSignIn | undefined> {
  const { email = OPERATOR_EMAIL, password: given } = configured;
  const found = await readOperator(db, email);
  if (configured.email === undefined && given === undefined && found.operators > 0) return undefined;
  if (found.user !== undefined && given === undefined) return refuseForeign(found.user);
  if (found.user !== undefined && (await hasHash(given ?? '', found.hash ?? '')))
    return refuseForeign(found.user);
  const password = given ?? makePassword();
  const renewed = await renewSignIn(db, clock, {
    tenant_id: ROOT_TENANT_ID,
    email,
    name: 'Operator',
    password,
  });
  if (!renewed) throw heldByTenant();
  return given === undefined ? { email, password } : undefined;
}

interface FoundOperator {
  user: User | undefined;
  hash: string | undefined;
  /** 0 or 1: whether the root has a user at all. */
  operators: number;
}

async function readOperator(
  db: Pick<Database, 'inTenant' | 'withoutTenant'>,
  email: string,
): Promise<FoundOperator> {
  const operators = await db.inTenant(ROOT_TENANT_ID, (tx) => listUsers(tx, ROOT_TENANT_ID, { limit: 1 }));
  return await db.withoutTenant(async (tx) => {
    const user = await findUserByEmail(tx, email);
    const hash = user === undefined ? undefined : await readPasswordHash(tx, user.user_id);
    return { user, hash, operators: operators.length };
  });
}

function refuseForeign(user: User): undefined {
  if (user.tenant_id !== ROOT_TENANT_ID) throw heldByTenant();
}

function heldByTenant(): ConfigError {
  return new ConfigError(
    'TALLYSTICK_OPERATOR_EMAIL holds the address of a user of a tenant; it takes that of an operator',
  );
}
