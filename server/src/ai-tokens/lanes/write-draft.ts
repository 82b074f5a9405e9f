import type { Draft } from './draft.ts';
import { endParts, grantPart, holdParts, keyPart } from './draft-parts.ts';
import type { Run } from './read-batch.ts';
import { StatementParameters, timeOf } from './row-table.ts';
import { useParts } from './use-parts.ts';
import { toWrittenBook, type WrittenBook } from './written-book.ts';

/**
 * Writes a draft in one statement, and answers the tenants whose part of it was written: those whose balance row still
 * had the version that was planned on. Of the others nothing is written. Throws a unique violation where one of its keys is
 * stored, and an error where a planned balance is negative.
 */
export async function writeDraft(run: Run, draft: Draft): Promise<Set<string>> {
  const books = [...draft.books.values()].map(toWrittenBook);
  // Rows name their tenant by its number in the batch, from 1: that is a tenth of an id, twice for each use.
  const numbers = new Map(books.map(({ book }, index) => [book.tenant_id, index + 1]));
  const numberOf = ({ tenant_id }: { tenant_id: string }) => numbers.get(tenant_id);
  const { uses, holds, ends, keys } = draft;
  const grants = books.flatMap(({ flushed, book }) =>
    flushed.map((grant) => ({ tenant_id: book.tenant_id, at: book.balance.last_entry_at, grant })),
  );
  const parameters = new StatementParameters();
  const parts = [
    batchPart(books, parameters),
    bookPart(books, parameters),
    ...(grants.length > 0 ? [grantPart(grants, numberOf, parameters)] : []),
    ...(uses.length > 0 ? useParts(uses, numberOf, parameters) : []),
    ...(holds.length > 0 ? holdParts(holds, numberOf, parameters) : []),
    ...(ends.length > 0 ? endParts(ends, numberOf, parameters) : []),
    ...(keys.length > 0 ? [keyPart(keys, numberOf, parameters)] : []),
  ];
  // One row of all numbers: the client reads it in a fraction of the time that rows take it.
  const rows = await run<{ written: number[] }>({
    sql: `with ${parts.join(', ')} select array(select n from written_book) as written`,
    parameters: parameters.values,
  });
  return new Set(rows[0]?.written.map((n) => books[n - 1]?.book.tenant_id ?? ''));
}

/** The tenants of the batch by their numbers, each with its currency and the time of its entries, which is one. */
function batchPart(books: readonly WrittenBook[], parameters: StatementParameters): string {
  const tenant_ids = parameters.array(books, 'uuid', ({ book }) => book.tenant_id);
  const times = parameters.array(books, 'time', ({ book }) => book.balance.last_entry_at);
  const currencies = parameters.array(books, 'text', ({ book }) => book.currency);
  return `batch as materialized (
    select ${tenant_ids} as tenant_ids, ${currencies} as currencies,
      array(select ${timeOf('at')} from unnest(${times}) with ordinality as entry (at, n) order by n) as times)`;
}

/** The balances, each only where its version is the planned one: everything else is joined to what this returns. */
function bookPart(books: readonly WrittenBook[], parameters: StatementParameters): string {
  const part = parameters.table(books, {
    n: ['int', (_book, index) => index + 1],
    tenant_id: ['uuid', ({ book }) => book.tenant_id],
    planned_version: ['bigint', ({ planned_version }) => planned_version],
    book_version: ['bigint', ({ book }) => book.balance.book_version],
    tokens_used: ['bigint', ({ book }) => book.balance.tokens_used],
    tokens_held: ['bigint', ({ book }) => book.balance.tokens_held],
    last_usage_at: ['time', ({ book }) => book.balance.last_usage_at],
    last_entry_at: ['time', ({ book }) => book.balance.last_entry_at],
    head_grant_id: ['uuid', ({ head }) => head?.grant_id],
    head_tokens: ['bigint', ({ head }) => head && head.tokens - head.tokens_refunded - head.tokens_expired],
    head_tokens_used: ['bigint', ({ head }) => head?.tokens_used],
    head_tokens_held: ['bigint', ({ head }) => head?.tokens_held],
    head_price_cents: [
      'bigint',
      ({ head }) => head && head.price_cents - head.breakage_cents - head.refunded_cents,
    ],
    head_recognised_cents: ['bigint', ({ head }) => head?.recognised_cents],
  });
  return `written_book as (
    update ai_token_balances b set book_version = part.book_version, tokens_used = part.tokens_used,
      tokens_held = part.tokens_held, last_usage_at = ${timeOf('part.last_usage_at')},
      last_entry_at = ${timeOf('part.last_entry_at')},
      head_grant_id = part.head_grant_id, head_tokens = part.head_tokens, head_tokens_used = part.head_tokens_used,
      head_tokens_held = part.head_tokens_held, head_price_cents = part.head_price_cents,
      head_recognised_cents = part.head_recognised_cents
    from ${part}
    where b.tenant_id = part.tenant_id and b.book_version = part.planned_version
    returning part.n)`;
}
