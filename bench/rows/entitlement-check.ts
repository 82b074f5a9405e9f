import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Composition } from '../../server/src/cli/index.ts';
import { type Entitlement, recordFeatureUsage } from '../../server/src/entitlements/index.ts';
import { openCalls } from '../limiters/calls.ts';
import type { BenchRow } from '../row.ts';
import { makeTenants } from '../run/make-tenants.ts';
import { ownProcess, postgresServer, together } from '../run/processor-time.ts';
import { composeForBench } from '../token-debits/books.ts';

const TENANTS = 1000;
const FEATURE = 'episodes_per_month';
/** How many are under way at a time where the database is asked, and over how many connections. */
const CALLERS = 64;
const CONNECTIONS = 8;

/** As hosts do, ours lets the event loop turn now and then: what tells of changes comes that way. */
const CHECKS_A_TURN = 1024;

/** All that the answer follows from, by primary keys. */
const SELECT = `
  select s.features -> $2 as offered, t.currency, coalesce(u.used, 0) as used, p.ends_at
  from tallystick.tenants t
  join tallystick.subscription_tiers s
    on s.tenant_id = t.tier_owner_id and s.tier_name = t.tier_name and s.version = t.tier_version
  join tallystick.billing_periods p on p.tenant_id = t.tenant_id and p.starts_at <= $3 and p.ends_at > $3
  left join tallystick.feature_usage_periods u
    on u.tenant_id = t.tenant_id and u.period_id = p.period_id and u.feature = $2
  where t.tenant_id = $1`;

/** Asking in process whether a tenant may use a metered feature; the goal of 500,000 a second is 50 of 10,000. */
export const entitlementCheck: BenchRow = {
  name: 'entitlement-check',
  work: 'checks of a metered feature of 1,000 tenants, each answered in process by tier, counter and billing period as they are now; against one prepared SELECT of the same by primary keys, 64 in flight over 8 connections, as their owner and so without row security',
  compare: 'throughput',
  goal: 50,
  needs: ['database_url'],
  open: async ({ database_url = '', folder }) => {
    const composition = await composeForBench({ database_url, folder });
    const { entitlements } = composition.services;
    const tenant_ids = await makeTenants(composition.db, TENANTS);
    await useOnce(composition, tenant_ids);
    let checks = 0;
    const ours = await openCalls('Tallystick, in process', tenant_ids, {
      callers: CALLERS,
      clock: ownProcess,
      decide: (tenant_id) => {
        const answer = entitlements.check(tenant_id, FEATURE);
        if (answer instanceof Promise) return answer.then(requireRemaining);
        requireRemaining(answer);
        checks += 1;
        return checks % CHECKS_A_TURN === 0 ? new Promise(setImmediate) : undefined;
      },
      close: () => composition.close(),
    });
    const pool = new pg.Pool({ connectionString: database_url, max: CONNECTIONS });
    const theirs = await openCalls('a prepared SELECT', tenant_ids, {
      callers: CALLERS,
      clock: together(ownProcess, await postgresServer(database_url)),
      decide: async (tenant_id) => {
        const values = [tenant_id, FEATURE, new Date()];
        const { rows } = await pool.query({ name: 'entitlement', text: SELECT, values });
        const limit = Number(rows[0]?.offered.limit);
        requireRemaining({ limit, remaining: limit - Number(rows[0]?.used) });
      },
      close: () => pool.end(),
    });
    return { ours, theirs };
  },
};

/** So that every tenant has a billing period, and a counter in it. */
async function useOnce(composition: Composition, tenant_ids: readonly string[]): Promise<void> {
  const { db, clock, services } = composition;
  await Promise.all(
    tenant_ids.map((tenant_id) => {
      const context = { tenant_id, now: clock.now(tenant_id), newId: services.newId };
      const use = { feature: FEATURE, quantity: 1, request_id: randomUUID() };
      return db.inTenant(tenant_id, (tx) => recordFeatureUsage(tx, context, use));
    }),
  );
}

function requireRemaining({ limit, remaining }: Pick<Entitlement, 'limit' | 'remaining'>): void {
  if (limit === null || remaining !== limit - 1) throw new Error(`${remaining} of ${limit} remain`);
}
