import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** What is audited of metered features. */
export const FEATURE_USAGE_CHECK = {
  name: 'feature_usage',
  says: 'every sum of a feature is what its uses say, and is billed as it says',
} as const;

/**
 * Compares a tenant's sums of features with its uses, and what was billed of them with the sums, at one moment: the first
 * difference in words, null for none, undefined where it has used no feature.
 */
export async function auditFeatureUsage(db: Database, tenant_id: string): Promise<string | null | undefined> {
  const found = await db.asJob(
    (tx) =>
      sql<{ name: string; problem: string | null }>`
        with recorded as (
          select period_id, feature, concat_ws(' ', sum(quantity), sum(overage_quantity)) as figures
          from feature_usage where tenant_id = ${tenant_id} group by period_id, feature
        ), stored as (
          select period_id, feature, overage_quantity, concat_ws(' ', used, overage_quantity) as figures,
            overage_quantity = 0 or exists (
              select from feature_usage u where u.tenant_id = ${tenant_id} and u.period_id = s.period_id
                and u.feature = s.feature and u.overage_quantity > 0 and (u.tier_owner_id, u.tier_name, u.tier_version)
                  = (s.tier_owner_id, s.tier_name, s.tier_version)) as rated_by_a_use
          from feature_usage_periods s where tenant_id = ${tenant_id}
        ), billed as (
          select line.source_key, line.quantity from invoice_lines line
          join invoices i on i.tenant_id = line.tenant_id and i.invoice_id = line.invoice_id
          where line.tenant_id = ${tenant_id} and line.kind = 'feature' and i.kind = 'invoice' and i.status <> 'void'
        )
        select case
            when recorded.figures is distinct from stored.figures
              then 'is ' || coalesce(stored.figures, 'missing') || ', the uses say ' || coalesce(recorded.figures, 'nothing')
            when not rated_by_a_use then 'is rated by a tier that no use went beyond'
            when billed.quantity <> overage_quantity
              then 'has ' || overage_quantity || ' beyond its limit, the invoice says ' || billed.quantity
          end as problem, feature || ' of ' || period_id as name
        from recorded full join stored using (period_id, feature)
          left join billed on source_key = 'feature:' || period_id || ':' || feature
        order by problem, name limit 1`.execute(tx),
    { snapshot: true },
  );
  const first = found.rows[0];
  if (first === undefined) return undefined;
  return first.problem === null ? null : `${first.name} ${first.problem}`;
}
