import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { OwnHandler } from '../due-work/index.ts';

/** Invoices numbered in one transaction, so that none is long. */
const CHUNK = 500;
/** How often what nobody numbered at once gets its number, in milliseconds. */
const EVERY_MS = 5000;

/** Gives numbers to what was finalized and has none, of every seller, in the order of finalizing. */
export function invoiceNumbering(db: Database): OwnHandler {
  return {
    kind: 'invoice_numbering',
    recurring: true,
    runOwn: async (_item, now) => {
      await numberInvoices(db);
      return new Date(now.getTime() + EVERY_MS);
    },
  };
}

/**
 * Numbers what has none, of one seller or of all. A number is given under the lock of its seller's row and in the
 * transaction that writes it, so there is never a gap and never a twin; and in batches, so that a billing run does not
 * wait for it.
 */
export async function numberInvoices(db: Pick<Database, 'asJob'>, seller_id?: string): Promise<void> {
  let numbered = CHUNK;
  while (numbered >= CHUNK) numbered = await db.asJob((tx) => numberChunk(tx, seller_id ?? null));
}

async function numberChunk(tx: Tx, seller_id: string | null): Promise<number> {
  const waiting = await sql<{ seller_id: string; kind: 'invoice' | 'credit_note' }>`
    select seller_id, kind from invoices
    where number is null and finalized_at is not null and (${seller_id}::uuid is null or seller_id = ${seller_id}::uuid)
    order by seller_id, finalized_at, invoice_id limit ${CHUNK}`.execute(tx);
  const series = new Map(waiting.rows.map((row) => [`${row.seller_id} ${row.kind}`, row]));
  let numbered = 0;
  for (const one of [...series.values()].sort((a, b) =>
    `${a.seller_id} ${a.kind}` < `${b.seller_id} ${b.kind}` ? -1 : 1,
  ))
    numbered += await numberSeries(tx, one.seller_id, one.kind);
  return numbered;
}

/** The row of the series is locked first; what is without a number is read after that. */
async function numberSeries(tx: Tx, seller_id: string, kind: 'invoice' | 'credit_note'): Promise<number> {
  const locked = await sql<{ prefix: string; next_number: bigint }>`
    insert into invoice_numbers as n (tenant_id, series, prefix, next_number)
    values (${seller_id}, ${kind}, ${kind === 'invoice' ? 'INV-' : 'CN-'}, 1)
    on conflict (tenant_id, series) do update set next_number = n.next_number
    returning prefix, next_number`.execute(tx);
  const { prefix, next_number } = locked.rows[0] ?? { prefix: '', next_number: 1n };
  const numbered = await sql`
    update invoices i set number = ${prefix} || lpad((${next_number}::bigint + place - 1)::text, 6, '0')
    from (select tenant_id, invoice_id, row_number() over (order by finalized_at, invoice_id) as place
      from invoices where seller_id = ${seller_id} and kind = ${kind} and number is null and finalized_at is not null
      order by finalized_at, invoice_id limit ${CHUNK}) as waiting
    where i.tenant_id = waiting.tenant_id and i.invoice_id = waiting.invoice_id returning 1`.execute(tx);
  await sql`
    update invoice_numbers set next_number = ${next_number + BigInt(numbered.rows.length)}
    where tenant_id = ${seller_id} and series = ${kind}`.execute(tx);
  return numbered.rows.length;
}
