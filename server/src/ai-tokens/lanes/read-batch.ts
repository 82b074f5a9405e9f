import { type RawBuilder, sql } from 'kysely';
import type { SqlText } from '../../db/index.ts';
import type { Json } from '../../json/index.ts';
import type { KeyName } from '../../request-keys/index.ts';
import { type BookRow, balanceColumns, grantOfJson, type JsonGrant, toBook } from '../book-row.ts';
import { type HoldRow, holdColumns } from '../hold-row.ts';
import { type UsageRow, usageColumns } from '../usage-row.ts';
import { GRANTS_MAX, type KnownBook } from './book-cache.ts';
import { rowTable, timeOf } from './row-table.ts';

/** Runs one statement as the batch writer: in a transaction of its own, or in one that is open. */
export type Run = <Row>(statement: RawBuilder<Row> | SqlText<Row>) => Promise<Row[]>;

/** A row that is asked for by its id. */
export interface RowName {
  tenant_id: string;
  id: string;
}

/** What is stored under a key. */
export interface StoredKey extends KeyName {
  body_hash: Uint8Array;
  /** Null while an intent holds the key. */
  status_code: number | null;
  response: Json;
  ref_id: string | null;
  expires_at: Date | null;
}

// Each look-up is LATERAL with a LIMIT: one descent of an index for each row, whatever the planner believes of unnest().

/** Those of the keys that are stored. */
export async function readKeys(run: Run, names: readonly KeyName[]): Promise<StoredKey[]> {
  if (names.length === 0) return [];
  return run(sql<StoredKey>`
    select asked.*, k.body_hash, k.status_code, k.response, k.ref_id, k.expires_at from ${storedKeys(names)}`);
}

/** What stands after FROM to look keys up: `asked` has the names, `k` the rows of those that are stored. */
export function storedKeys(names: readonly KeyName[]): RawBuilder<unknown> {
  const asked = rowTable('asked', names, {
    tenant_id: ['uuid', (name) => name.tenant_id],
    namespace: ['text', (name) => name.namespace],
    key: ['text', (name) => name.key],
  });
  return sql`${asked} cross join lateral (
    select * from request_keys known where known.tenant_id = asked.tenant_id
      and known.namespace = asked.namespace and known.key = asked.key limit 1) k`;
}

/** Those of the holds that are there. */
export async function readHolds(
  run: Run,
  names: readonly RowName[],
): Promise<(HoldRow & { tenant_id: string })[]> {
  if (names.length === 0) return [];
  return run(sql<HoldRow & { tenant_id: string }>`
    select tenant_id, ${holdColumns} from ${namesTable(names)}
    cross join lateral (
      select ${holdColumns} from ai_token_holds known where known.tenant_id = asked.tenant_id
        and known.hold_id = asked.id limit 1) h`);
}

/** Those of the uses that are there. The id of each carries the time of its row. */
export async function readUses(
  run: Run,
  names: readonly (RowName & { occurred_at: Date })[],
): Promise<(UsageRow & { tenant_id: string })[]> {
  if (names.length === 0) return [];
  const asked = rowTable('asked', names, {
    tenant_id: ['uuid', (name) => name.tenant_id],
    id: ['uuid', (name) => name.id],
    at: ['time', (name) => name.occurred_at],
  });
  return run(sql<UsageRow & { tenant_id: string }>`
    select tenant_id, ${usageColumns} from ${asked}
    cross join lateral (
      select ${usageColumns} from ai_token_usage known where known.tenant_id = asked.tenant_id
        and known.occurred_at = ${sql.raw(timeOf('asked.at'))} and known.usage_id = asked.id limit 1) u`);
}

/** The books of tenants with their open grants. A tenant that has none yet is left out. */
export async function readBooks(run: Run, tenant_ids: readonly string[]): Promise<KnownBook[]> {
  if (tenant_ids.length === 0) return [];
  const rows = await run(sql<BookRow & { tenant_id: string; grants: JsonGrant[] }>`
    select b.tenant_id, ${balanceColumns}, 0::bigint as shortfall_cap_tokens,
      (select t.currency from tenants t where t.tenant_id = b.tenant_id) as currency,
      (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from (
        select * from ai_token_grants g where g.tenant_id = b.tenant_id and g.closed_at is null
        limit ${GRANTS_MAX + 1}) g) as grants
    from ai_token_balances b where b.tenant_id = any(${tenant_ids}::uuid[])`);
  return rows.map(({ tenant_id, grants, ...row }) => {
    const too_large = grants.length > GRANTS_MAX;
    // Nothing is planned on a book that is too large, so it needs no grants; its head may not be among those read.
    const stored = too_large ? { ...row, head_grant_id: null } : row;
    const open = too_large ? [] : grants.map(grantOfJson);
    return { book: toBook(tenant_id, stored, open), fresh: true, too_large };
  });
}

/** Locks the balances of tenants, in the order of their ids, so that nobody else changes their books meanwhile. */
export async function lockBalances(run: Run, tenant_ids: readonly string[]): Promise<void> {
  await run(sql`
    select from ai_token_balances where tenant_id = any(${tenant_ids}::uuid[]) order by tenant_id for update`);
}

function namesTable(names: readonly RowName[]) {
  return rowTable('asked', names, {
    tenant_id: ['uuid', (name) => name.tenant_id],
    id: ['uuid', (name) => name.id],
  });
}
