import { expect } from 'vitest';
import type { Model } from './model.ts';
import { type Answer, deferredOf, freeOf, type ModelBook, sum } from './model-book.ts';

type Read = (path: string) => Promise<Answer>;

/** Compares everything that can be read of a tenant with its model: balance, history, journal, holds, accounts. */
export async function expectTheRecordToAgree(read: Read, model: Model, tenant: number): Promise<void> {
  const book = model.book(tenant);
  expect(await read('/ai-tokens/balance')).toMatchObject(model.balance(tenant));
  await expectUsage(read, book);
  const holds = await readAll(read, '/ai-tokens/holds');
  expect(sorted(holds.map((row) => [row.request_id, row.status, row.tokens, row.released_by]))).toEqual(
    sorted(book.holds.map((row) => [row.request_id, row.status, row.tokens, row.released_by ?? null])),
  );
  await expectTransactions(read, book);
  await expectAccounts(read, book);
}

async function expectUsage(read: Read, book: ModelBook): Promise<void> {
  const usage = await readAll(read, '/ai-tokens/usage');
  const rows = usage.map((row) => [row.tokens_used, row.feature_type, row.request_id]);
  expect(sorted(rows)).toEqual(
    sorted(book.uses.map(({ tokens, feature_type, request_id }) => [tokens, feature_type, request_id])),
  );
  const tokens_used = sum(book.uses, (use) => use.tokens);
  // What was used is what grants paid for, and what is still owed.
  expect(tokens_used).toBe(sum(book.grants, (grant) => grant.used) + book.shortfall);
  for (const group_by of ['feature_type', 'day', 'user_id']) {
    const summary = await read(`/ai-tokens/usage/summary?group_by=${group_by}`);
    expect(summary).toMatchObject({ tokens_used, uses: book.uses.length });
    expect(sum(summary.groups as { tokens_used: number }[], (group) => group.tokens_used)).toBe(tokens_used);
  }
  const newest = usage[0];
  if (newest === undefined) return;
  const receipt = await read(`/ai-tokens/receipts/${newest.usage_id}`);
  expect(receipt).toMatchObject({ tokens_used: newest.tokens_used, replays: true });
}

async function expectTransactions(read: Read, book: ModelBook): Promise<void> {
  const rows = await readAll(read, '/transactions');
  const settled = book.entries.map(({ type, cents, tokens }) => [type, 'settled', cents, tokens]);
  const others = book.payments
    .filter((payment) => payment.status !== 'settled')
    .map(({ type, status, cents, tokens }) => [type, status, cents, tokens]);
  expect(sorted(rows.map((row) => [row.type, row.status, row.amount_cents, row.tokens]))).toEqual(
    sorted([...settled, ...others]),
  );
}

/** The accounts, and the statement of the tokens, which is what was booked: lazily expired tokens are still there. */
async function expectAccounts(read: Read, book: ModelBook): Promise<void> {
  const { accounts, identity } = (await read('/ledger/accounts')) as {
    accounts: Answer[];
    identity: Answer[];
  };
  const of = (account: string) => accounts.find((row) => row.account === account)?.balance ?? 0;
  const total = (pick: (grant: ModelBook['grants'][number]) => number) => sum(book.grants, pick);
  const tokens_used = sum(book.uses, (use) => use.tokens);
  expect({
    cash: of('cash'),
    deferred: of('deferred_revenue'),
    recognised: of('recognised_revenue'),
    breakage: of('breakage_revenue'),
    available: of('tokens_available'),
    consumed: of('tokens_consumed'),
    shortfall: of('tokens_shortfall'),
    expired: of('tokens_expired'),
    refunded: of('tokens_refunded'),
  }).toEqual({
    cash: total((grant) => grant.price - grant.paid_back),
    deferred: total(deferredOf),
    recognised: total((grant) => grant.recognised),
    breakage: total((grant) => grant.breakage),
    available: total((grant) => freeOf(grant) + grant.held),
    consumed: tokens_used,
    shortfall: book.shortfall,
    expired: total((grant) => grant.expired),
    refunded: total((grant) => grant.refunded),
  });
  expect(identity.every((row) => row.holds === true)).toBe(true);
  const lines = await readAll(read, '/ledger/accounts/tokens_available/statement');
  let balance = 0;
  for (const line of lines.reverse()) {
    balance += Number(line.credit) - Number(line.debit);
    expect(line.balance_after).toBe(balance);
  }
  expect(balance).toBe(of('tokens_available'));
}

async function readAll(read: Read, path: string): Promise<Answer[]> {
  const rows: Answer[] = [];
  let cursor: unknown = null;
  do {
    const query = cursor === null ? '' : `&cursor=${encodeURIComponent(String(cursor))}`;
    const page = await read(`${path}?limit=20${query}`);
    rows.push(...(page.data as Answer[]));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
}

function sorted(rows: unknown[][]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
