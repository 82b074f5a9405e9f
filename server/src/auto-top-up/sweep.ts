import { sql } from 'kysely';
import type { OffsetClock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import type { OwnHandler } from '../due-work/index.ts';
import { AUTO_TOP_UP, BLAMES_CARD } from './store.ts';

const EVERY_MS = 60_000;
/** Tenants in one transaction, so that no request waits long. */
const PAGE = 500;

/** What the sweep works with; `provider` is who would be charged, null for nobody. */
export interface SweepServices {
  db: Database;
  clock: OffsetClock;
  provider: string | null;
}

/**
 * Every minute of the root's time: has whoever is below its threshold looked at, where nobody has seen to it. That is a
 * look which a crash lost, a balance that fell without a use (an expiry, a refund), and a tenant with another card.
 */
export function autoTopUpSweep(services: SweepServices): OwnHandler {
  return {
    kind: 'auto_top_up_sweep',
    recurring: true,
    runOwn: async (_item, now) => {
      let after: string | undefined = '00000000-0000-0000-0000-000000000000';
      while (after !== undefined) after = await sweepPage(services, after);
      return new Date(now.getTime() + EVERY_MS);
    },
  };
}

/** Looks at a page of tenants, and answers the last one; undefined where there are no more. */
async function sweepPage({ db, clock, provider }: SweepServices, after: string): Promise<string | undefined> {
  return await db.asJob(async (tx) => {
    const found = await sql<{ tenant_id: string; neglected: boolean }>`
      select tenant_id, ${neglected(provider)} as neglected
      from (select * from auto_top_ups where enabled and tenant_id > ${after} order by tenant_id limit ${PAGE}) as wanted
        left join ai_token_balances as balance using (tenant_id)
      order by tenant_id`.execute(tx);
    const tenant_ids = found.rows.filter((row) => row.neglected).map(({ tenant_id }) => tenant_id);
    const times = tenant_ids.map((tenant_id) => clock.now(tenant_id));
    if (tenant_ids.length > 0)
      await sql`
        insert into due_work (tenant_id, kind, ref_id, next_due_at)
        select tenant_id, 'auto_top_up', tenant_id, next_due_at
        from unnest(${tenant_ids}::uuid[], ${times}::timestamptz[]) as item (tenant_id, next_due_at)
        on conflict (tenant_id, kind, ref_id) do update
        set next_due_at = least(due_work.next_due_at, excluded.next_due_at)`.execute(tx);
    return found.rows.length < PAGE ? undefined : found.rows.at(-1)?.tenant_id;
  });
}

/** Of `wanted` and its `balance`: low, not being paid, and either off the schedule or paused for a card that is gone. */
function neglected(provider: string | null) {
  return sql`
    (coalesce(tokens_purchased + tokens_granted - tokens_refunded - tokens_used - tokens_held - tokens_expired, 0)
       < threshold_tokens
     and not exists (select from billing_transactions t where t.tenant_id = wanted.tenant_id and t.status = 'pending'
       and t.type = 'token_purchase' and t.reason = ${AUTO_TOP_UP})
     and ((declines < 3 and not exists (select from due_work d where d.tenant_id = wanted.tenant_id
         and d.kind = 'auto_top_up'))
       or (paused_reason = any(${[...BLAMES_CARD]}::text[]) and failed_method is distinct from (
         select m.external_id from payment_methods m
         where m.tenant_id = wanted.tenant_id and m.provider = ${provider} and m.is_default))))`;
}
