import { sql } from 'kysely';
import { bookContext, giveGrant } from '../../server/src/ai-tokens/index.ts';
import { runAudit } from '../../server/src/audit/index.ts';
import type { Composition } from '../../server/src/cli/index.ts';
import { readConfig } from '../../server/src/config/index.ts';
import type { Database } from '../../server/src/db/index.ts';
import { composeServices } from '../../server/src/main.ts';
import { makeTenants } from '../run/make-tenants.ts';

const SECRET_KEY = 'a-secret-key-of-the-benchmarks-0001';
/** What a tenant has beyond its lots: never used up, and less than what an insufficient request asks for. */
const RESERVE_TOKENS = 1_000_000_000;
/** Lots burn before the reserve. */
const LOT_PRIORITY = 50;

/** Puts a Tallystick together as `tallystick serve` does, on PostgreSQL or in a folder. */
export async function composeForBench(
  at: { database_url?: string | undefined; folder: string },
  db?: Database,
): Promise<Composition> {
  const env: Record<string, string> = {
    ENABLE_MONETIZATION: 'true',
    TALLYSTICK_DATA: at.folder,
    TALLYSTICK_SECRET_KEY: SECRET_KEY,
    TALLYSTICK_LANES: process.env.TALLYSTICK_LANES ?? '',
  };
  if (at.database_url !== undefined) env.DATABASE_URL = at.database_url;
  return await composeServices(readConfig(env), db === undefined ? {} : { db });
}

/** Makes tenants with a reserve of tokens each; answers their ids. */
export async function makeBooks({ db, services }: Composition, count: number): Promise<string[]> {
  const tenant_ids = await makeTenants(db, count);
  await Promise.all(
    tenant_ids.map((tenant_id) =>
      db.inTenant(tenant_id, (tx) =>
        giveGrant(tx, bookContext(services, tenant_id), { tokens: RESERVE_TOKENS, reason: 'reserve' }),
      ),
    ),
  );
  return tenant_ids;
}

/** Gives every tenant some more lots, which burn first: so that there are crossings in every run. */
export async function giveLots(
  { db, services }: Composition,
  tenant_ids: readonly string[],
  lots: { count: number; tokens: number },
): Promise<void> {
  await Promise.all(
    tenant_ids.map((tenant_id) =>
      db.inTenant(tenant_id, async (tx) => {
        for (let lot = 0; lot < lots.count; lot += 1)
          await giveGrant(tx, bookContext(services, tenant_id), {
            tokens: lots.tokens,
            reason: 'a lot',
            priority: LOT_PRIORITY,
          });
      }),
    ),
  );
}

/** What a tenant should have used by the answers that were given. */
export interface Expected {
  tokens_used: number;
  uses: number;
}

/** Throws where a tenant's balance or its uses are not exactly what was answered. */
export async function expectBooks(db: Database, expected: ReadonlyMap<string, Expected>): Promise<void> {
  const { rows } = await db.asOwner((tx) =>
    sql<{ tenant_id: string; balance_used: bigint; tokens_used: bigint; uses: bigint }>`
      select b.tenant_id, b.tokens_used as balance_used, coalesce(u.tokens_used, 0)::bigint as tokens_used,
        coalesce(u.uses, 0) as uses
      from ai_token_balances b left join (
        select tenant_id, sum(tokens_used) as tokens_used, count(*) as uses from ai_token_usage group by tenant_id
      ) u on u.tenant_id = b.tenant_id`.execute(tx),
  );
  const found = new Map(rows.map((row) => [row.tenant_id, row]));
  for (const [tenant_id, { tokens_used, uses }] of expected) {
    const { balance_used, ...used } = found.get(tenant_id) ?? { balance_used: 0n, tokens_used: 0n, uses: 0n };
    const exact = [balance_used, used.tokens_used].every((tokens) => tokens === BigInt(tokens_used));
    if (!exact || used.uses !== BigInt(uses))
      throw new Error(
        `tenant ${tenant_id} should have used ${tokens_used} tokens in ${uses} uses, but has ${balance_used} on its balance and ${used.tokens_used} in ${used.uses} uses`,
      );
  }
}

/** Throws where `tallystick audit` would find a difference. */
export async function expectCleanAudit(db: Database): Promise<void> {
  const { checks } = await runAudit(db);
  const difference = checks.find((check) => check.difference);
  if (difference) throw new Error(`the audit differs: ${JSON.stringify(difference)}`);
}
