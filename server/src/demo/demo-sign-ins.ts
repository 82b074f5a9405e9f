import type { TokenServices } from '../ai-tokens/index.ts';
import { makePassword, ROOT_TENANT_ID } from '../id/index.ts';
import { OPERATOR_EMAIL, renewSignIn } from '../sign-in/index.ts';

/** An address and a password for the dashboard. */
export interface DemoSignIn {
  email: string;
  password: string;
}

/** How to sign in to the demo: as the operator, and as a user of the example studio. */
export interface DemoSignIns {
  operator: DemoSignIn;
  example: DemoSignIn;
}

const EXAMPLE_EMAIL = 'studio@larkspur-audio.example';

/**
 * New passwords for both, because only hashes are kept and former ones cannot be shown again. What the environment says
 * of the operator stands: the start sees to it.
 */
export async function renewDemoSignIns(
  services: TokenServices,
  tenant_id: string,
  configured: { email?: string | undefined; password?: string | undefined },
): Promise<DemoSignIns> {
  const { db, clock } = services;
  const operator = {
    email: configured.email ?? OPERATOR_EMAIL,
    password: configured.password ?? makePassword(),
  };
  if (configured.password === undefined) {
    await renewSignIn(db, clock, { tenant_id: ROOT_TENANT_ID, name: 'Operator', ...operator });
  }
  const example = { email: EXAMPLE_EMAIL, password: makePassword() };
  await renewSignIn(db, clock, { tenant_id, name: 'Larkspur Audio', ...example });
  return { operator, example };
}
