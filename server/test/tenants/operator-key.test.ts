import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { monotonicMs } from '../../src/clock/index.ts';
import { ConfigError } from '../../src/config/index.ts';
import type { Database } from '../../src/db/index.ts';
import { makeApiKey, newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import {
  createApiKey,
  createTenant,
  ensureOperatorKey,
  KnownCallers,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
} from '../../src/tenants/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';

const one = 'the-first-operator-key-of-40-characters';
const two = 'tally_live_the_second_one_made_up_by_hand';
const root = { tenant_id: ROOT_TENANT_ID, newId };

describeOnEachDatabase('the operator key', (getDb, { engine, get }) => {
  const clock = fixedClock();
  beforeEach(async () => {
    await getDb().asOwner(async (tx) => {
      await sql`delete from api_key_directory`.execute(tx);
      await sql`delete from api_keys`.execute(tx);
    });
  });

  // Anew each time, as another process would ask.
  const authenticate = (key: string) =>
    new KnownCallers({ db: getDb(), clock, monotonic_ms: monotonicMs }).authenticate(key);
  const works = async (key: string) => (await authenticate(key)) !== undefined;
  const start = (configured_key?: string, db: Database = getDb()) =>
    ensureOperatorKey(db, clock, configured_key);
  const listed = () =>
    getDb().inTenant(ROOT_TENANT_ID, (tx) => listApiKeys(tx, ROOT_TENANT_ID, { limit: 50 }));
  const environmentKey = async () => {
    const key = (await listed()).find((row) => row.name === 'environment');
    if (key === undefined) throw new Error('there is no environment key');
    return key;
  };

  it('is made at the first start, with every scope, and only then', async () => {
    const key = await start();
    expect(await authenticate(key ?? '')).toEqual({
      tenant_id: ROOT_TENANT_ID,
      api_key_id: expect.any(String),
      operator: true,
      scopes: ['read', 'write', 'admin'],
    });
    expect(await start()).toBeUndefined();
    expect(await listed()).toHaveLength(1);
  });

  it('is made once where two processes start at once', async () => {
    const other = engine === 'postgres' ? await get().open() : getDb();
    const made = await Promise.all([start(), start(undefined, other), start(), start(undefined, other)]);
    expect(made.filter((key) => key !== undefined)).toHaveLength(1);
    expect(await listed()).toHaveLength(1);
  });

  it('is what the variable holds, as given, and nothing is printed', async () => {
    for (const key of [one, two]) {
      expect(await start(key)).toBeUndefined();
      expect((await authenticate(key))?.operator).toBe(true);
    }
    expect(await start(two)).toBeUndefined();
    expect(await listed()).toMatchObject([{ name: 'environment', scopes: ['read', 'write', 'admin'] }]);
  });

  it('stops working when the variable changes, and works again when it changes back', async () => {
    await start(one);
    await start(two);
    expect([await works(one), await works(two)]).toEqual([false, true]);
    await start(one);
    expect([await works(one), await works(two)]).toEqual([true, false]);
    expect(await listed()).toHaveLength(1);
  });

  it('stops working when the variable is gone, and then one is made', async () => {
    await start(one);
    const made = await start();
    expect([await works(one), await works(made ?? '')]).toEqual([false, true]);
    expect((await environmentKey()).revoked_at).not.toBeNull();
    expect(await start(one)).toBeUndefined();
    expect([await works(one), await works(made ?? '')]).toEqual([true, true]);
    expect((await environmentKey()).revoked_at).toBeNull();
  });

  it('stays revoked while the variable holds the same', async () => {
    await start(one);
    const { api_key_id } = await environmentKey();
    await getDb().inTenant(ROOT_TENANT_ID, (tx) => revokeApiKey(tx, ROOT_TENANT_ID, api_key_id, clock.now()));
    const made = await start(one);
    expect([await works(one), await works(made ?? '')]).toEqual([false, true]);
    await start(two);
    expect([await works(one), await works(two)]).toEqual([false, true]);
  });

  it('is not rotated where the variable holds it', async () => {
    await start(one);
    const { api_key_id } = await environmentKey();
    const rotating = getDb().inTenant(ROOT_TENANT_ID, (tx) =>
      rotateApiKey(tx, { ...root, now: clock.now() }, api_key_id, 0),
    );
    await expect(rotating).rejects.toMatchObject({ code: 'api_key_from_environment' });
    expect(await works(one)).toBe(true);
  });

  it('may be one that was made before, which then outlives the variable', async () => {
    const made = (await start()) ?? '';
    expect(await start(made)).toBeUndefined();
    expect(await listed()).toHaveLength(1);
    await start(two);
    expect([await works(made), await works(two)]).toEqual([true, true]);
  });

  it('is made anew where none works any more', async () => {
    const expires_at = new Date(clock.now().getTime() + 1000);
    const context = { ...root, now: clock.now() };
    await getDb().inTenant(ROOT_TENANT_ID, (tx) =>
      createApiKey(tx, context, { name: 'short', scopes: ['admin'], expires_at }),
    );
    expect(await start()).toBeUndefined();
    clock.advance(1000);
    expect(await works((await start()) ?? '')).toBe(true);
  });

  it('is neither a mistyped key nor the key of a tenant', async () => {
    const key = makeApiKey();
    await expect(start(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)).rejects.toThrow(ConfigError);
    const now = clock.now();
    const tenant = await getDb().inTenant(ROOT_TENANT_ID, async (tx) => {
      const seller = { seller_id: ROOT_TENANT_ID, operator: true, now, newId };
      return createTenant(tx, seller, { name: 'Studio', currency: 'USD', tier_name: 'free' });
    });
    const { api_key } = await getDb().inTenant(tenant.tenant_id, (tx) =>
      createApiKey(tx, { tenant_id: tenant.tenant_id, now, newId }, { name: 'studio' }),
    );
    await expect(start(api_key)).rejects.toThrow(ConfigError);
    expect((await authenticate(api_key))?.operator).toBe(false);
    expect(await listed()).toEqual([]);
  });

  it('is made for no tenant that is not there', async () => {
    const tenant_id = newId(clock.now());
    const making = getDb().inTenant(tenant_id, (tx) =>
      createApiKey(tx, { tenant_id, now: clock.now(), newId }, { name: 'nobody' }),
    );
    await expect(making).rejects.toMatchObject({ code: 'not_found' });
  });
});
