import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { TokenWrite } from '../../src/ai-tokens/index.ts';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, seededRandom } from '../harness/index.ts';
import { testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { troubledDatabase, writesBatch } from './troubled-database.ts';

const feature_type = 'content_generation';
const CALLERS = 80;
const WRITES = 4000;
const SEED = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);

describeOnEachDatabase('lanes in a storm', (getDb) => {
  it(`are exact while statements fail, lose their answers and are overtaken (seed ${SEED})`, async () => {
    const draw = seededRandom(SEED);
    let storm = false;
    const db = troubledDatabase(getDb(), {
      before: (text) => {
        const luck = draw();
        if (!storm || !writesBatch(text)) return;
        if (luck < 0.05) throw new Error('refused by a test');
        if (luck < 0.1) throw Object.assign(new Error('a conflict by a test'), { code: '40001' });
      },
      losesAnswer: (text) => storm && writesBatch(text) && draw() < 0.05,
    });
    const app = await testApp(db);
    const studios: Studio[] = [await makeStudio(app), await makeStudio(app), await makeStudio(app)];
    for (const studio of studios) await studio.buy(10_000);
    const { token_writer } = app.composition.services;
    const used = new Map(studios.map(({ tenant_id }) => [tenant_id, 0n]));
    const holds: { tenant_id: string; hold_id: string }[] = [];

    /** One write, repeated under its key until somebody answers for good. */
    const insist = async (tenant_id: string, write: TokenWrite): Promise<void> => {
      for (let tries = 0; tries < 50; tries += 1) {
        try {
          const { body, replayed } = await token_writer.write(tenant_id, write);
          if ('hold_id' in body && 'tokens_held' in body && !replayed)
            holds.push({ tenant_id, hold_id: body.hold_id });
          if ('usage_id' in body) used.set(tenant_id, (used.get(tenant_id) ?? 0n) + BigInt(body.tokens_used));
          return;
        } catch (error) {
          const code = (error as { code?: string }).code;
          if (code === 'tokens_insufficient' || code === 'hold_settled' || code === 'hold_released') return;
          if (code === 'settlement_differs') return;
          expect(code).toBe('database_unavailable');
        }
      }
      throw new Error('nobody answered for good');
    };

    let asked = 0;
    const next = (): [string, TokenWrite] => {
      asked += 1;
      const { tenant_id } = studios[Math.floor(draw() * studios.length)] as Studio;
      const request_id = `storm-${asked}`;
      const hold = holds[Math.floor(draw() * holds.length)];
      const luck = draw();
      if (luck < 0.6 || hold === undefined) {
        const tokens_used = 1 + Math.floor(draw() * 20);
        return [tenant_id, { kind: 'use', use: { tokens_used, feature_type, request_id } }];
      }
      if (luck < 0.75) return [tenant_id, { kind: 'hold', hold: { tokens: 10, feature_type, request_id } }];
      holds.splice(holds.indexOf(hold), 1);
      if (luck < 0.9) return [hold.tenant_id, { kind: 'settle', hold_id: hold.hold_id, tokens_used: 7 }];
      return [hold.tenant_id, { kind: 'release', hold_id: hold.hold_id }];
    };
    // The first hold is there before the storm, so that each kind of write has its turn.
    await insist(studios[0]?.tenant_id ?? '', {
      kind: 'hold',
      hold: { tokens: 10, feature_type, request_id: 'calm' },
    });
    storm = true;
    const overtake = async (): Promise<void> => {
      for (let grant = 0; grant < 40; grant += 1) {
        const given = { tokens: 100, reason: 'goodwill', priority: grant };
        await studios[grant % studios.length]?.operate('POST /ai-tokens/grants', given);
      }
    };
    const caller = async (): Promise<void> => {
      while (asked < WRITES) await insist(...next());
    };
    await Promise.all([...Array.from({ length: CALLERS }, caller), overtake()]);
    storm = false;

    const { rows } = await getDb().asOwner((tx) =>
      sql<{ tenant_id: string; tokens_used: bigint; twice: bigint }>`
        select tenant_id, sum(tokens_used)::bigint as tokens_used, count(*) - count(distinct request_id) as twice
        from ai_token_usage where tenant_id = any(${studios.map((studio) => studio.tenant_id)}::uuid[])
        group by tenant_id`.execute(tx),
    );
    expect(rows.map((row) => row.twice)).toEqual(rows.map(() => 0n));
    for (const { tenant_id, tokens_used } of rows) expect(tokens_used).toBe(used.get(tenant_id));
    const audit = await runAudit(getDb());
    expect(audit.checks.filter((check) => check.difference)).toEqual([]);
  });
});
