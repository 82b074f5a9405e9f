import { setTimeout as wait } from 'node:timers/promises';
import { read, tryToSend } from '../crash/api-client.ts';
import { expectReplay } from '../crash/verify.ts';
import { type Known, learn, nextWrite, type Write } from '../crash/write.ts';

/** Writes that may still be repeated; older ones are forgotten, so that the load's own memory is bounded. */
const REMEMBERED = 500;

const READS = [
  '/ai-tokens/balance',
  '/ai-tokens/usage?limit=50',
  '/ai-tokens/usage/summary?group_by=day',
  '/ai-tokens/holds?limit=50',
  '/ledger/accounts',
  '/transactions?limit=50',
  '/api-usage/summary?group_by=endpoint',
];

/** Where the load goes, for how long and how fast. */
export interface MixedLoad {
  address: string;
  key: string;
  /** A tenant that stands there several times is hotter. */
  tenant_ids: readonly string[];
  /** An API key of each tenant, for decisions. */
  api_keys: ReadonlyMap<string, string>;
  random: () => number;
  clients: number;
  /** How long each client waits after an answer, in milliseconds: the rate is moderate, as the load is long. */
  pause_ms: number;
  milliseconds: number;
}

/** What a tenant's summaries must say in the end, by the answers that were given. */
interface Expected {
  uses: number;
  tokens_used: number;
  calls: number;
}

/** What was done, for the line that the test prints. */
export interface MixedTally {
  writes: number;
  refused: number;
  repeats: number;
  reads: number;
  decisions: number;
  expected: Map<string, Expected>;
}

/**
 * Clients use, hold, settle, release, buy, refund, record calls, ask for decisions, read, and repeat what was answered.
 * Throws at an answer that no client should get.
 */
export async function runMixedLoad(load: MixedLoad): Promise<MixedTally> {
  const tally: MixedTally = {
    writes: 0,
    refused: 0,
    repeats: 0,
    reads: 0,
    decisions: 0,
    expected: new Map(),
  };
  for (const tenant_id of load.tenant_ids)
    tally.expected.set(tenant_id, { uses: 0, tokens_used: 0, calls: 0 });
  const { tenant_ids, random } = load;
  const known: Known = { tenant_ids, writes: [], open_holds: [], purchases: [], random, prefix: 'soak-0' };
  const until = performance.now() + load.milliseconds;
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const draw = random();
      if (draw < 0.65) await write(load, known, tally);
      else if (draw < 0.78) await repeat(load, known, tally);
      else if (draw < 0.88) await decide(load, known, tally);
      else await readSomething(load, tally);
      await wait(load.pause_ms);
    }
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  return tally;
}

/** Throws where a tenant's summaries differ from the answers that were given. */
export async function expectSummaries(
  { address, key }: Pick<MixedLoad, 'address' | 'key'>,
  { expected }: MixedTally,
): Promise<void> {
  for (const [tenant_id, { uses, tokens_used, calls }] of expected) {
    const target = { address, key, tenant_id };
    const used = await read(target, '/ai-tokens/usage/summary');
    const { total_calls } = await read(target, '/api-usage/summary');
    const found = JSON.stringify([used.uses, used.tokens_used, total_calls]);
    if (found !== JSON.stringify([uses, tokens_used, calls]))
      throw new Error(
        `${tenant_id}: ${found} are there, and ${uses}, ${tokens_used}, ${calls} were answered`,
      );
  }
}

async function write(load: MixedLoad, known: Known, tally: MixedTally): Promise<void> {
  const made = nextWrite(known);
  known.writes.push(made);
  forgetOld(known, tally);
  learn(known, made, await send(load, made.tenant_id, made));
  tally.writes += 1;
  if (made.answer === undefined) tally.refused += 1;
  else count(tally, made, made.answer.body);
}

/** Keys are made of a prefix and the number of writes: with the writes forgotten, another prefix keeps them apart. */
function forgetOld(known: Known, tally: MixedTally): void {
  known.purchases.splice(0, known.purchases.length - REMEMBERED);
  if (known.writes.length < REMEMBERED) return;
  known.writes = [];
  known.prefix = `soak-${tally.writes}`;
}

function count(tally: MixedTally, { kind, tenant_id, body }: Write, answer: Record<string, unknown>): void {
  const expected = tally.expected.get(tenant_id);
  if (expected === undefined) return;
  if (kind === 'calls' && Array.isArray(body)) expected.calls += body.length;
  if (kind !== 'use' && kind !== 'settle') return;
  const { tokens_used, shortfall_refused_tokens = 0 } = answer;
  if ('tokens_used' in body && Number(tokens_used) + Number(shortfall_refused_tokens) !== body.tokens_used)
    throw new Error(`${kind} ${JSON.stringify(body)} was answered ${JSON.stringify(answer)}`);
  expected.uses += 1;
  expected.tokens_used += Number(tokens_used);
}

async function repeat(load: MixedLoad, known: Known, tally: MixedTally): Promise<void> {
  const answered = known.writes.filter(({ answer }) => answer !== undefined);
  const earlier = answered[Math.floor(load.random() * answered.length)];
  if (earlier === undefined) return;
  const { address, key } = load;
  await expectReplay({ address, key, tenant_id: earlier.tenant_id }, earlier);
  tally.repeats += 1;
}

async function decide(load: MixedLoad, known: Known, tally: MixedTally): Promise<void> {
  const tenant_id = anyTenant(load);
  tally.decisions += 1;
  const tokens = 1 + Math.floor(load.random() * 50);
  const body = {
    api_key: load.api_keys.get(tenant_id),
    request_id: `decision-${tally.decisions}`,
    endpoint: '/episodes',
    ...(load.random() < 0.5 ? { tokens, feature_type: 'content_generation' } : {}),
  };
  const answer = await send(load, tenant_id, { path: '/decisions', body });
  if (answer.body.hold_id !== undefined)
    known.open_holds.push({ hold_id: String(answer.body.hold_id), tenant_id, tokens });
}

async function readSomething(load: MixedLoad, tally: MixedTally): Promise<void> {
  const path = READS[Math.floor(load.random() * READS.length)] ?? '';
  await read({ address: load.address, key: load.key, tenant_id: anyTenant(load) }, path);
  tally.reads += 1;
}

function anyTenant({ tenant_ids, random }: MixedLoad): string {
  return tenant_ids[Math.floor(random() * tenant_ids.length)] ?? '';
}

/** Success, or a refusal that the load asks for: nothing is broken, overdue or malformed. */
async function send(
  { address, key }: MixedLoad,
  tenant_id: string,
  request: Parameters<typeof tryToSend>[1],
): ReturnType<typeof expectedAnswer> {
  return expectedAnswer(request, await tryToSend({ address, key, tenant_id }, request));
}

async function expectedAnswer(
  request: Parameters<typeof tryToSend>[1],
  answer: Awaited<ReturnType<typeof tryToSend>>,
) {
  if (answer === undefined || (answer.status >= 300 && ![402, 409, 422, 429].includes(answer.status)))
    throw new Error(`${request.path} ${JSON.stringify(request.body)}: ${JSON.stringify(answer)}`);
  return answer;
}
