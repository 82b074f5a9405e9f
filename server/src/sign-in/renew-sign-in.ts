import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { newId } from '../id/index.ts';
import { lockTenant } from '../tenants/index.ts';
import { createUser } from './create-user.ts';
import { hashOf, replacePassword } from './password.ts';
import { findUserByEmail, outsideTenants } from './user.ts';

/** How somebody signs in, and to whose tenant. */
export interface SignInToRenew {
  tenant_id: string;
  email: string;
  name?: string;
  password: string;
}

/**
 * Makes a user sign in with this password from now on, and makes the user where there is none; former sessions end.
 * False, and nothing done, where the address is that of another tenant's user.
 */
export async function renewSignIn(
  db: Pick<Database, 'inTenant'>,
  clock: Clock,
  { tenant_id, email, name, password }: SignInToRenew,
): Promise<boolean> {
  const hash = await hashOf(password);
  const now = clock.now(tenant_id);
  return await db.inTenant(tenant_id, async (tx) => {
    // A twin that starts beside us waits here, and then finds the user.
    await lockTenant(tx, tenant_id);
    const user = await outsideTenants(tx, tenant_id, () => findUserByEmail(tx, email));
    if (user === undefined) {
      await createUser(tx, { tenant_id, now, newId }, { email, name, hash });
      return true;
    }
    if (user.tenant_id !== tenant_id) return false;
    await outsideTenants(tx, tenant_id, () => replacePassword(tx, user.user_id, hash, now));
    return true;
  });
}
