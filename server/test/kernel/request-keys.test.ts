import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Tx } from '../../src/db/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { bodyHash } from '../../src/json/index.ts';
import {
  claimKey,
  completeKey,
  isRequestKey,
  type KeyClaim,
  onceOnly,
  purgeExpiredKeys,
  releaseKey,
} from '../../src/request-keys/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';

const now = new Date('2026-01-01T00:00:00.000Z');
const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);

describeOnEachDatabase('request keys', (getDb, suite) => {
  const tenant_id = ROOT_TENANT_ID;
  const claim = (key: string, more: Partial<KeyClaim> = {}): KeyClaim => ({
    tenant_id,
    namespace: 'usage',
    key,
    body_hash: bodyHash({ key }),
    now,
    reused_code: 'request_id_reused',
    ...more,
  });
  const inRoot = <T>(work: (tx: Tx) => Promise<T>) => getDb().inTenant(tenant_id, work);
  const answer = async () => ({ status: 201, body: { total: 2n ** 53n - 1n, at: now, gone: undefined } });
  const asJson = { total: Number.MAX_SAFE_INTEGER, at: '2026-01-01T00:00:00.000Z' };

  it('runs once, and replays what JSON keeps of the answer', async () => {
    const first = await inRoot((tx) => onceOnly(tx, claim('once'), answer));
    const again = await inRoot((tx) =>
      onceOnly(tx, claim('once'), () => Promise.reject(new Error('ran twice'))),
    );
    expect(first).toEqual({ replayed: false, status: 201, body: asJson });
    expect(again).toEqual({ replayed: true, status: 201, body: asJson });
  });

  it('refuses another body, and tells namespaces and tenants apart', async () => {
    await inRoot((tx) => onceOnly(tx, claim('bound'), answer));
    const other = claim('bound', { body_hash: bodyHash('other') });
    await expect(inRoot((tx) => onceOnly(tx, other, answer))).rejects.toMatchObject({
      code: 'request_id_reused',
    });
    const elsewhere = await inRoot((tx) => onceOnly(tx, { ...other, namespace: 'holds' }, answer));
    expect(elsewhere.replayed).toBe(false);
  });

  it('forgets what was rolled back', async () => {
    const refusal = inRoot((tx) => onceOnly(tx, claim('refused'), () => Promise.reject(new Error('no'))));
    await expect(refusal).rejects.toThrow('no');
    const taken = claim('refused', { body_hash: bodyHash('another') });
    expect((await inRoot((tx) => onceOnly(tx, taken, answer))).replayed).toBe(false);
  });

  it('keeps an open claim as the record of what is in flight', async () => {
    const ref_id = newId(now);
    const intent = claim('intent', { ref_id, expires_at: later(24) });
    expect(await inRoot((tx) => claimKey(tx, intent))).toEqual({ state: 'claimed' });
    const joined = await inRoot((tx) => claimKey(tx, { ...intent, now: later(48) }));
    expect(joined).toEqual({ state: 'in_flight', ref_id, created_at: now });
    await expect(inRoot((tx) => onceOnly(tx, intent, answer))).rejects.toMatchObject({
      code: 'request_in_flight',
    });
    const done = { status: 201, response_text: '{"paid":true}', expires_at: later(72) };
    await inRoot((tx) => completeKey(tx, intent, done));
    const completed = await inRoot((tx) => claimKey(tx, { ...intent, now: later(71) }));
    expect(completed).toEqual({ state: 'completed', status: 201, body: { paid: true }, ref_id });
    await inRoot((tx) => releaseKey(tx, intent));
    expect((await inRoot((tx) => claimKey(tx, intent))).state).toBe('completed');
  });

  it('frees a released claim for another body', async () => {
    await inRoot((tx) => claimKey(tx, claim('declined')));
    await inRoot((tx) => releaseKey(tx, claim('declined')));
    const retried = claim('declined', { body_hash: bodyHash('other card') });
    expect(await inRoot((tx) => claimKey(tx, retried))).toEqual({ state: 'claimed' });
    await expect(
      inRoot((tx) => completeKey(tx, claim('unknown'), { status: 200, response_text: '{}' })),
    ).rejects.toThrow('nobody had claimed');
  });

  it('purges answered keys whose time is over, a few at a time, and nothing else', async () => {
    await inRoot((tx) => sql`DELETE FROM request_keys WHERE tenant_id = ${tenant_id}`.execute(tx));
    const expires_at = later(24);
    for (const key of ['p1', 'p2', 'p3'])
      await inRoot((tx) => onceOnly(tx, claim(key, { expires_at }), answer));
    await inRoot((tx) => onceOnly(tx, claim('for ever'), answer));
    await inRoot((tx) => claimKey(tx, claim('open', { expires_at })));
    const purge = (at: Date) => getDb().asJob((tx) => purgeExpiredKeys(tx, at, 2));
    expect(await purge(later(23))).toBe(0);
    expect([await purge(later(24)), await purge(later(24)), await purge(later(24))]).toEqual([2, 1, 0]);
    const left = await inRoot((tx) =>
      sql<{ key: string }>`SELECT key FROM request_keys ORDER BY key`.execute(tx),
    );
    expect(left.rows.map((row) => row.key)).toEqual(['for ever', 'open']);
  });

  it('knows a key when it sees one', () => {
    for (const good of ['a', 'x'.repeat(255), '\u{1f600}'.repeat(255), 'a b', 'ключ'])
      expect(isRequestKey(good)).toBe(true);
    const bad = [
      '',
      'x'.repeat(256),
      'a\0',
      'a\n',
      '\u00ad',
      '\u200b',
      '\ud800',
      '\ue000',
      '\u{1f600}'.repeat(256),
    ];
    for (const key of bad) expect(isRequestKey(key)).toBe(false);
  });

  if (suite.engine === 'postgres')
    it('lets a twin in another process wait for the first answer', async () => {
      const second = await suite.get().open();
      let began = () => {};
      let finish = () => {};
      const hasBegun = new Promise<void>((resolve) => {
        began = resolve;
      });
      const mayFinish = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const first = inRoot((tx) =>
        onceOnly(tx, claim('race'), async () => {
          began();
          await mayFinish;
          return answer();
        }),
      );
      await hasBegun;
      const twin = second.inTenant(tenant_id, (tx) => onceOnly(tx, claim('race'), answer));
      await expect
        .poll(async () => {
          const waiting = sql<{ n: number }>`SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
          return (await getDb().asOwner((tx) => waiting.execute(tx))).rows[0]?.n;
        })
        .toBe(1);
      finish();
      expect((await first).replayed).toBe(false);
      expect(await twin).toEqual({ replayed: true, status: 201, body: asJson });
    });
});
