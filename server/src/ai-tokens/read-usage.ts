import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { timeOfId } from '../id/index.ts';
import { type UsageRow, usageColumns } from './usage-row.ts';

/** A usage by its id, or undefined. The id carries the time of its row, so one partition is read. */
export async function findUsage(tx: Tx, tenant_id: string, usage_id: string): Promise<UsageRow | undefined> {
  // Any UUID may be asked for; only one of version 7 has a time, and PostgreSQL reads none beyond the year 9999 of ours.
  const occurred_at = /^.{14}7.{4}[89ab]/.test(usage_id) ? timeOfId(usage_id) : undefined;
  if (occurred_at === undefined || occurred_at.getUTCFullYear() > 9999) return undefined;
  const found = await sql<UsageRow>`
    select ${usageColumns} from ai_token_usage
    where tenant_id = ${tenant_id} and occurred_at = ${occurred_at} and usage_id = ${usage_id}`.execute(tx);
  return found.rows[0];
}

/** Which usage: `from` included, `to` excluded. */
export interface UsageFilter {
  feature_type?: string | undefined;
  user_id?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

function where(tenant_id: string, filter: UsageFilter) {
  const { feature_type = null, user_id = null, from = null, to = null } = filter;
  return sql`tenant_id = ${tenant_id}
    and (${feature_type}::text is null or feature_type = ${feature_type})
    and (${user_id}::text is null or user_id = ${user_id})
    and (${from}::timestamptz is null or occurred_at >= ${from})
    and (${to}::timestamptz is null or occurred_at < ${to})`;
}

/** A page of usage, newest first. */
export async function listUsage(
  tx: Tx,
  tenant_id: string,
  filter: UsageFilter & { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<UsageRow[]> {
  const after = filter.after;
  const page = await sql<UsageRow>`
    select ${usageColumns} from ai_token_usage
    where ${where(tenant_id, filter)}
      and (${after?.id ?? null}::uuid is null or (occurred_at, usage_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by occurred_at desc, usage_id desc limit ${filter.limit}`.execute(tx);
  return page.rows;
}

export type UsageGrouping = 'feature_type' | 'day' | 'user_id';

/** The most groups that a summary lists; where there are more, those with the most tokens are shown. */
export const SUMMARY_GROUPS_MAX = 1000;

export interface UsageSummary {
  tokens_used: bigint;
  uses: bigint;
  groups: { key: string | null; tokens_used: bigint; uses: bigint }[];
}

const groupKeys = {
  feature_type: sql`feature_type`,
  day: sql`to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD')`,
  user_id: sql`user_id`,
};

/** Tokens used in all and by group, shortfall included; days are UTC. */
export async function summarizeUsage(
  tx: Tx,
  tenant_id: string,
  filter: UsageFilter,
  group_by: UsageGrouping,
): Promise<UsageSummary> {
  // One statement, so that the total and its groups are of one moment.
  const rows = await sql<{ total: boolean; key: string | null; tokens_used: bigint; uses: bigint }>`
    select grouping(${groupKeys[group_by]}) = 1 as total, ${groupKeys[group_by]} as key,
      coalesce(sum(tokens_used), 0)::bigint as tokens_used, count(*) as uses
    from ai_token_usage where ${where(tenant_id, filter)}
    group by grouping sets ((${groupKeys[group_by]}), ())
    order by total desc, tokens_used desc, key limit ${SUMMARY_GROUPS_MAX + 1}`.execute(tx);
  const [total, ...groups] = rows.rows;
  return {
    tokens_used: total?.tokens_used ?? 0n,
    uses: total?.uses ?? 0n,
    groups: groups
      .map(({ key, tokens_used, uses }) => ({ key, tokens_used, uses }))
      .sort((a, b) => (group_by === 'day' ? (String(a.key) < String(b.key) ? -1 : 1) : 0)),
  };
}
