import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { customersOf } from './customers.ts';
import { type Month, monthEnd, monthStart } from './month.ts';

/** How many entries a month has, and their checksum: it changes with any part of any of them. */
export interface EntrySum {
  entries: bigint;
  checksum: string;
}

/** Versions of a book whose entries make one hash, so that no text grows with a busy tenant. */
const VERSIONS_PER_HASH = 1000;

/**
 * Sums up the entries of a month in the books of a seller's tenants, tokens included: SHA-256 over the hashes of blocks of
 * entries, in the order of tenants and versions. Reads a group of tenants in a transaction, so it is of one moment only for
 * a month to which nothing is added any more.
 */
export async function sumEntries(
  db: Pick<Database, 'asJob'>,
  tenant_id: string,
  month: Month,
): Promise<EntrySum> {
  const hash = createHash('sha256');
  let entries = 0n;
  for await (const tenant_ids of customersOf(db, tenant_id)) {
    for (const block of await blocksOf(db, tenant_ids, month)) {
      hash.update(`${block.tenant_id} ${block.block} ${block.hash}\n`);
      entries += block.entries;
    }
  }
  return { entries, checksum: hash.digest('hex') };
}

interface Block {
  tenant_id: string;
  block: bigint;
  entries: bigint;
  hash: string;
}

async function blocksOf(db: Pick<Database, 'asJob'>, tenant_ids: string[], month: Month): Promise<Block[]> {
  const [from, to] = [monthStart(month), monthEnd(month)];
  const found = await db.asJob((tx) =>
    sql<Block>`
      select tenant_id, book_version / ${VERSIONS_PER_HASH}::bigint as block, count(*) as entries,
        encode(sha256(convert_to(string_agg(concat_ws('|', book_version, extract(epoch from created_at),
          extract(epoch from dated_at), coalesce(transaction_id, usage_id), debit_account, credit_account, asset, amount,
          coalesce(stream, '-'), line_id, line_no), E'\n' order by book_version, line_id, line_no), 'UTF8')), 'hex') as hash
      from ledger_entries
      where tenant_id = any(${tenant_ids}::uuid[]) and created_at >= ${from} and dated_at >= ${from} and dated_at < ${to}
      group by 1, 2 order by 1, 2`.execute(tx),
  );
  return found.rows;
}
