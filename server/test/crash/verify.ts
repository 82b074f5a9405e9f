import { expect } from 'vitest';
import { read, readAll, type Target, tryToSend } from './api-client.ts';
import { type JsonAnswer, type Known, learn, type Write } from './write.ts';

type Row = JsonAnswer['body'];

/** What was counted, for the line that a test prints. */
export interface Verified {
  acknowledged: number;
  repeated: number;
  /** Of the repeated, those that had been done before the crash although nobody was told. */
  done_unheard: number;
}

/**
 * After a crash: repeats every write that nobody answered until it has one effect or a refusal, and then compares all
 * that was ever answered with what can be read. Throws at the first difference. Writes before `since` (their place in
 * `known.writes`) are not replayed again.
 */
export async function verifyAll(address: string, key: string, known: Known, since = 0): Promise<Verified> {
  const targetOf = (write: Write): Target => ({ address, key, tenant_id: write.tenant_id });
  const acknowledged = known.writes.filter((write) => write.answer !== undefined);
  const fresh = known.writes.slice(since).filter((write) => write.answer !== undefined).length;
  const open = known.writes.filter((write) => write.answer === undefined && write.refusal === undefined);
  // First of all what was acknowledged before anything is repeated: nothing of it may need a repeat to be there.
  await inChunks(known.tenant_ids, (tenant_id) =>
    expectAcknowledged({ address, key, tenant_id }, of(acknowledged, tenant_id)),
  );
  let done_unheard = 0;
  await inChunks(open, async (write) => {
    const answer = await tryToSend(targetOf(write), write);
    if (answer === undefined || answer.status >= 500)
      throw new Error(`${write.path}: ${JSON.stringify(answer)}`);
    learn(known, write, answer);
    if (answer.replayed) done_unheard += 1;
  });
  // A repeat of what has an answer, whoever got it, gives that answer.
  await inChunks(
    known.writes.slice(since).filter((write) => write.answer !== undefined),
    (write) => expectReplay(targetOf(write), write),
  );
  for (const tenant_id of known.tenant_ids) {
    const done = of(known.writes, tenant_id).filter((write) => write.answer !== undefined);
    await expectExactlyOnce({ address, key, tenant_id }, done);
  }
  return { acknowledged: fresh, repeated: open.length, done_unheard };
}

function of(writes: readonly Write[], tenant_id: string): Write[] {
  return writes.filter((write) => write.tenant_id === tenant_id);
}

/** Every answer that was given is true: the ids are there, with the figures of the answer. */
async function expectAcknowledged(target: Target, writes: readonly Write[]): Promise<void> {
  const [usage, transactions, holds] = await readRecord(target);
  const { total_calls } = await read(target, '/api-usage/summary');
  expect(total_calls).toBeGreaterThanOrEqual(callsOf(writes));
  for (const { kind, body, answer } of writes.filter((write) => write.kind !== 'calls')) {
    const told = answer?.body ?? {};
    const where = `${kind} ${JSON.stringify(body)} was answered ${JSON.stringify(told)}`;
    if (kind === 'use' || kind === 'settle') {
      expect(usage.get(String(told.usage_id)), where).toMatchObject({ tokens_used: told.tokens_used });
    } else if (kind === 'hold') {
      const { expires_at, tokens_held: tokens } = told;
      expect(holds.get(String(told.hold_id)), where).toMatchObject({ tokens, expires_at });
    } else if (kind === 'release') {
      expect(holds.get(String(told.hold_id)), where).toMatchObject({
        status: 'released',
        released_by: 'owner',
      });
    } else {
      const { amount_cents, balance: balance_after } = told;
      expect(transactions.get(String(told.transaction_id)), where).toMatchObject({
        status: 'settled',
        amount_cents,
        balance_after,
        tokens: kind === 'refund' ? told.tokens_refunded : told.tokens_purchased,
      });
    }
  }
  // The receipt of the last use tells the balance that was answered.
  const last = writes.filter(({ kind }) => kind === 'use' || kind === 'settle').at(-1)?.answer?.body;
  if (last === undefined) return;
  const { tokens_used, balance_after } = last;
  expect(await read(target, `/ai-tokens/receipts/${last.usage_id}`)).toMatchObject({
    tokens_used,
    balance_after,
    replays: true,
  });
}

/** A repeat of a write that was answered gives that answer. */
export async function expectReplay(target: Target, write: Write): Promise<void> {
  const again = await tryToSend(target, write);
  const where = `${write.kind} ${JSON.stringify(write.body)}`;
  if (write.kind === 'calls' && write.idempotency_key === undefined) {
    expect(again?.body, where).toEqual({ accepted: 0, duplicates: callsOf([write]), rejected: [] });
    return;
  }
  expect(again?.replayed, `${where}: ${JSON.stringify(again)}`).toBe(true);
  expect(again?.body, where).toEqual(write.answer?.body);
}

/** As many rows as there are writes with an effect, and sums that agree. */
async function expectExactlyOnce(target: Target, done: readonly Write[]): Promise<void> {
  const [usage, transactions, holds] = await readRecord(target);
  const count = (...kinds: Write['kind'][]) => done.filter(({ kind }) => kinds.includes(kind)).length;
  const rows = (type: string) => [...transactions.values()].filter((row) => row.type === type);
  expect({
    uses: usage.size,
    holds: holds.size,
    purchases: rows('token_purchase').length,
    refunds: rows('refund').length,
    unsettled: [...transactions.values()].filter((row) => row.status !== 'settled').length,
  }).toEqual({
    uses: count('use', 'settle'),
    holds: count('hold'),
    purchases: count('buy', 'assert'),
    refunds: count('refund'),
    unsettled: 0,
  });
  expect(await read(target, '/api-usage/summary')).toMatchObject({ total_calls: callsOf(done) });
  const balance = await read(target, '/ai-tokens/balance');
  const used = sum([...usage.values()], 'tokens_used');
  expect(Number(balance.tokens_used) + Number(balance.tokens_shortfall)).toBe(used);
  expect(balance.tokens_purchased).toBe(sum(rows('token_purchase'), 'tokens'));
  expect(balance.tokens_remaining).toBeGreaterThanOrEqual(0);
  const held = [...holds.values()].filter((row) => row.status === 'held' || row.status === 'expired');
  expect(balance.tokens_held).toBe(sum(held, 'tokens'));
}

/** How many API calls the writes recorded: every event has an id of its own. */
function callsOf(writes: readonly Write[]): number {
  return writes.reduce((total, { body }) => total + (Array.isArray(body) ? body.length : 0), 0);
}

async function readRecord(target: Target): Promise<[Map<string, Row>, Map<string, Row>, Map<string, Row>]> {
  const [usage, transactions, holds] = await Promise.all([
    readAll(target, '/ai-tokens/usage'),
    readAll(target, '/transactions'),
    readAll(target, '/ai-tokens/holds'),
  ]);
  return [byId(usage, 'usage_id'), byId(transactions, 'transaction_id'), byId(holds, 'hold_id')];
}

function byId(rows: Row[], field: string): Map<string, Row> {
  return new Map(rows.map((row) => [String(row[field]), row]));
}

function sum(rows: Row[], field: string): number {
  return rows.reduce((total, row) => total + Number(row[field]), 0);
}

/** Several at a time, as clients would. */
async function inChunks<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += 16)
    await Promise.all(items.slice(from, from + 16).map(work));
}
