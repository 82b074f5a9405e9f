import pg from 'pg';
import type { BenchContext, Side } from '../row.ts';
import { openSqlClients } from './sql-clients.ts';

const TENANTS = 1000;
const RESERVE_TOKENS = 1_000_000_000;

/** The hash of a body and an answer of the usual length: what a stored replay needs. */
const DEBIT = `
  with asked as materialized (
    select t.tenant_id, gen_random_uuid() as usage_id, gen_random_uuid()::text as request_id
    from peer.tenants t where t.n = :tenant
  ), keyed as (
    insert into peer.request_keys (tenant_id, namespace, key, body_hash, status_code, response, created_at)
    select tenant_id, 'usage', request_id, sha256(request_id::bytea), 201,
      jsonb_build_object('usage_id', usage_id, 'tokens_used', :tokens::int, 'feature_type', 'content_generation'), now()
    from asked on conflict do nothing returning tenant_id
  ), paid as (
    update peer.ai_token_balances b
    set tokens_used = b.tokens_used + :tokens::int, book_version = b.book_version + 1, last_usage_at = now(),
      last_entry_at = now()
    from keyed
    where b.tenant_id = keyed.tenant_id and b.tokens_purchased + b.tokens_granted - b.tokens_refunded - b.tokens_used
      - b.tokens_held - b.tokens_expired >= :tokens::int
    returning b.tenant_id, b.book_version, b.tokens_granted - b.tokens_used as balance_after
  )
  insert into peer.ai_token_usage (tenant_id, occurred_at, usage_id, book_version, feature_type, tokens_used,
    balance_before, balance_after, request_id, currency, recognised_cents, grant_ids, grant_tokens, grant_left_before,
    grant_deferred_before_cents, grant_recognised_cents)
  select paid.tenant_id, now(), usage_id, book_version, 'content_generation', :tokens::int,
    balance_after + :tokens::int, balance_after, request_id, 'USD', 0, array[paid.tenant_id], array[:tokens::bigint],
    array[balance_after + :tokens::int], array[0::bigint], array[0::bigint]
  from paid join asked on asked.tenant_id = paid.tenant_id`;

/**
 * A debit as one statement: claims its key, takes the tokens where there are enough, writes the usage row. Its tables
 * have the columns, checks and indexes of ours, and neither partitions, foreign keys nor row security. No lots, no
 * repeats and no refusals.
 */
export async function openSingleStatement({ database_url = '', folder }: BenchContext): Promise<Side> {
  await execute(
    database_url,
    `
    create schema peer;
    create table peer.tenants (n int primary key, tenant_id uuid not null);
    insert into peer.tenants select n, gen_random_uuid() from generate_series(1, ${TENANTS}) as n;
    create table peer.request_keys (like tallystick.request_keys including all);
    create table peer.ai_token_usage (like tallystick.ai_token_usage including all);
    create table peer.ai_token_balances (like tallystick.ai_token_balances including all) with (fillfactor = 50);
    insert into peer.ai_token_balances (tenant_id, book_version, tokens_purchased, tokens_granted, tokens_refunded,
      tokens_used, tokens_held, tokens_expired, tokens_shortfall, last_entry_at)
    select tenant_id, 0, 0, ${RESERVE_TOKENS}, 0, 0, 0, 0, 0, now() from peer.tenants;
    analyze peer.tenants; analyze peer.ai_token_balances;`,
  );
  return await openSqlClients({
    name: 'one statement a debit',
    database_url,
    folder,
    statement: { text: DEBIT, variables: { tenant: { from: 1, to: TENANTS }, tokens: { from: 1, to: 20 } } },
    check: async (committed) => {
      const [row] = await execute(
        database_url,
        `select (select count(*) from peer.ai_token_usage) as uses, (select count(*) from peer.request_keys) as keys,
          (select sum(tokens_used) from peer.ai_token_usage) - (select sum(tokens_used) from peer.ai_token_balances) as off`,
      );
      if (Number(row?.uses) !== committed || Number(row?.keys) !== committed || Number(row?.off) !== 0)
        throw new Error(`of ${committed} debits there are ${JSON.stringify(row)}`);
    },
  });
}

async function execute(database_url: string, statements: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  try {
    return (await client.query(statements)).rows ?? [];
  } finally {
    await client.end();
  }
}
