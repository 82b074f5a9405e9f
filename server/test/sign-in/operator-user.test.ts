import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/index.ts';
import type { Database } from '../../src/db/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import {
  createUser,
  ensureOperatorUser,
  hashOf,
  listUsers,
  OPERATOR_EMAIL,
  renewSignIn,
  SignIn,
} from '../../src/sign-in/index.ts';
import { createTenant } from '../../src/tenants/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';

const email = 'ann@operator.example';

describeOnEachDatabase('the first operator', (getDb, { engine, get }) => {
  const clock = fixedClock();
  let people: SignIn;
  let attempts = 0;
  beforeEach(async () => {
    people = new SignIn({ db: getDb(), clock, secretKey: () => 'k'.repeat(40), public_url: undefined });
    await getDb().asOwner((tx) => sql`delete from sign_in_users`.execute(tx));
  });

  const start = (configured: { email?: string; password?: string } = {}, db: Database = getDb()) =>
    ensureOperatorUser(db, clock, configured);
  const users = () => getDb().inTenant(ROOT_TENANT_ID, (tx) => listUsers(tx, ROOT_TENANT_ID, { limit: 50 }));
  /** The cookie of a session, undefined where the two do not fit. */
  const cookieOf = async (who: { email: string; password: string }) => {
    attempts += 1;
    const attempt = { ...who, address: `10.1.${engine.length}.${attempts}`, user_agent: undefined };
    const cookies = await people.signIn(attempt).catch(() => undefined);
    return cookies?.[0]?.split(';')[0];
  };
  const isOperator = async (cookie: string | undefined) => (await people.session(cookie))?.operator;

  it('is made at the first start with a password to be shown, and only then', async () => {
    const made = await start();
    expect(made?.email).toBe(OPERATOR_EMAIL);
    expect(await isOperator(await cookieOf(made ?? { email, password: '' }))).toBe(true);
    expect(await start()).toBeUndefined();
    expect(await users()).toHaveLength(1);
  });

  it('is made once where two processes start at once', async () => {
    const other = engine === 'postgres' ? await get().open() : getDb();
    await Promise.all([start(), start({}, other), start()]);
    expect(await users()).toHaveLength(1);
  });

  it('is who the variables name, and nothing is printed', async () => {
    expect(await start({ email, password: 'first password' })).toBeUndefined();
    expect(await cookieOf({ email, password: 'first password' })).toBeDefined();
    expect(await users()).toMatchObject([{ email }]);
  });

  it('signs in with what the variable holds now, and former sessions end with the former password', async () => {
    await start({ email, password: 'first password' });
    const cookie = await cookieOf({ email, password: 'first password' });
    expect(await start({ email, password: 'first password' })).toBeUndefined();
    expect(await isOperator(cookie)).toBe(true);
    await start({ email, password: 'second password' });
    expect(await isOperator(cookie)).toBeUndefined();
    expect(await cookieOf({ email, password: 'first password' })).toBeUndefined();
    expect(await cookieOf({ email, password: 'second password' })).toBeDefined();
  });

  it('gets a password to be shown where the variables name an address alone', async () => {
    const made = await start({ email });
    expect(made?.email).toBe(email);
    expect(await cookieOf({ email, password: made?.password ?? '' })).toBeDefined();
    expect(await start({ email })).toBeUndefined();
  });

  it('is no user of a tenant', async () => {
    const now = clock.now();
    const { tenant_id } = await getDb().inTenant(ROOT_TENANT_ID, (tx) => {
      const seller = { seller_id: ROOT_TENANT_ID, operator: true, now, newId };
      return createTenant(tx, seller, { name: 'Studio', currency: 'USD', tier_name: 'free' });
    });
    const hash = await hashOf('a password');
    await getDb().inTenant(tenant_id, (tx) => createUser(tx, { tenant_id, now, newId }, { email, hash }));
    await expect(start({ email })).rejects.toThrow(ConfigError);
    await expect(start({ email, password: 'a password' })).rejects.toThrow(ConfigError);
    await expect(start({ email, password: 'another password' })).rejects.toThrow(ConfigError);
    expect(await users()).toEqual([]);
  });

  it('is renewed by the demo, whose former password ends', async () => {
    const renew = (password: string) =>
      renewSignIn(getDb(), clock, { tenant_id: ROOT_TENANT_ID, email, name: 'Ann', password });
    expect(await renew('first password')).toBe(true);
    const cookie = await cookieOf({ email, password: 'first password' });
    expect(await renew('second password')).toBe(true);
    expect(await isOperator(cookie)).toBeUndefined();
    expect(await cookieOf({ email, password: 'second password' })).toBeDefined();
    expect(await users()).toHaveLength(1);
  });
});
