import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { BenchContext, Side } from '../row.ts';
import { openSqlClients } from './sql-clients.ts';

/** The commit whose pgledger.sql was measured, and the start of that file's SHA-256. */
const MEASURED = { commit: 'c18c7d2', sha256: 'fc41721e718630c5' };
/** What pgledger needs of others, as its repository keeps it. */
const VENDORED = 'vendor/scoville-pgsql-ulid/uuid-to-ulid.sql';
const WALLETS = 1000;
/** Beside the wallets: where tokens come from and where those that were used go. */
const FUNDS = 1_000_000_000;

/**
 * Single transfers of pgledger in the database of a row: each from a wallet that must not go below zero, of 1,000 or
 * always the same one, to an account of its own for what was used.
 */
export async function openPgledger(context: BenchContext, wallets: 'random' | 'hot'): Promise<Side> {
  const { database_url = '', pgledger_sql = '', folder } = context;
  const source = readFileSync(pgledger_sql, 'utf8');
  const vendored = join(dirname(pgledger_sql), VENDORED);
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  try {
    if (existsSync(vendored)) await client.query(readFileSync(vendored, 'utf8'));
    await client.query(source);
    await makeAccounts(client);
  } finally {
    await client.end();
  }
  return await openSqlClients({
    name: `pgledger ${versionOf(source)}`,
    database_url,
    folder,
    statement: {
      text: `select * from pgledger_create_transfer(${idOf('pgla_wallet', ':wallet')}, ${idOf('pgla_used', ':used')}, :tokens)`,
      variables: {
        wallet: wallets === 'hot' ? { from: 1, to: 1 } : { from: 1, to: WALLETS },
        used: { from: 1, to: WALLETS },
        tokens: { from: 1, to: 20 },
      },
    },
    check: (committed) => expectTransfers(database_url, committed),
  });
}

/** An id as long as pgledger's own. */
function idOf(prefix: string, number: string): string {
  return `'${prefix}' || lpad(${number}::text, ${31 - prefix.length}, '0')`;
}

/** Made and filled by its own functions; their ids are changed before anything refers to them, so that a script knows them. */
async function makeAccounts(client: pg.Client): Promise<void> {
  await client.query(`
    select pgledger_create_account('treasury', 'TOKEN');
    select pgledger_create_account('wallet ' || n, 'TOKEN', allow_negative_balance => false)
      from generate_series(1, ${WALLETS}) as n;
    select pgledger_create_account('used ' || n, 'TOKEN') from generate_series(1, ${WALLETS}) as n;
    update pgledger_accounts set id = ${idOf('pgla_wallet', 'substr(name, 8)')} where name like 'wallet %';
    update pgledger_accounts set id = ${idOf('pgla_used', 'substr(name, 6)')} where name like 'used %';
    select pgledger_create_transfer((select id from pgledger_accounts where name = 'treasury'), id, ${FUNDS})
      from pgledger_accounts where name like 'wallet %';
    analyze;`);
}

async function expectTransfers(database_url: string, committed: number): Promise<void> {
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  try {
    const { rows } = await client.query<{ transfers: string; off: string; total: string }>(`
      select (select count(*) from pgledger_transfers) as transfers,
        (select count(*) from pgledger_accounts where name like 'wallet %' and balance < 0) as off,
        (select sum(balance) from pgledger_accounts) as total`);
    const { transfers, off, total } = rows[0] ?? { transfers: '0', off: '', total: '' };
    if (Number(transfers) !== committed + WALLETS || Number(off) !== 0 || Number(total) !== 0)
      throw new Error(
        `pgledger has ${transfers} transfers of ${committed + WALLETS}, ${off} wallets below zero, a sum of ${total}`,
      );
  } finally {
    await client.end();
  }
}

function versionOf(source: string): string {
  const sha256 = createHash('sha256').update(source).digest('hex');
  return sha256.startsWith(MEASURED.sha256) ? MEASURED.commit : `of sha256 ${sha256.slice(0, 12)}`;
}
