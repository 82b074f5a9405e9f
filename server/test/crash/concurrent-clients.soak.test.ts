import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import type { Database } from '../../src/db/index.ts';
import { closeServer } from '../../src/http/index.ts';
import { describeOnEachDatabase, seededRandom } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type CountingProvider, countingProvider } from '../property/counting-provider.ts';
import { tryToSend } from './api-client.ts';
import { makeTenants, OPERATOR_KEY } from './crash-tenants.ts';
import { verifyAll } from './verify.ts';
import { type JsonAnswer, type Known, learn, nextWrite, type Write } from './write.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const CLIENTS = 40;
const REQUESTS = soak ? 20_000 : 1500;

/** Every answer that a write got, whoever sent it and to whichever server. */
type Answers = Map<Write, JsonAnswer[]>;

describeOnEachDatabase('many clients on few tenants', (getDb, database) => {
  async function serve(db: Database, payments: CountingProvider): Promise<TestApp> {
    const app = await testApp(db, { payments, operator_key: OPERATOR_KEY });
    await app.server.listen({ host: '127.0.0.1', port: 0 });
    return app;
  }
  const addressOf = (app: TestApp) => `http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}`;

  test(
    'never overdraw, and each write has one effect and one answer',
    async () => {
      const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
      const provider = countingProvider();
      const apps = [await serve(getDb(), provider)];
      // Two processes as far as the database can tell. The embedded one has one process, and one server then.
      if (database.engine === 'postgres') apps.push(await serve(await database.get().open(), provider));
      const addresses = apps.map(addressOf);
      const tenant_ids = await makeTenants(addresses[0] ?? '', 2, 100);
      const random = seededRandom(seed);
      const known: Known = { tenant_ids, writes: [], open_holds: [], purchases: [], random, prefix: 'many' };
      try {
        const answers = await sendAll(known, addresses);
        const counts = settleAnswers(known, answers);
        console.log(`${database.engine}, ${apps.length} servers, seed ${seed}: ${JSON.stringify(counts)}`);
        expect(counts.refused_for_want_of_tokens).toBeGreaterThan(10);
        await verifyAll(addresses[0] ?? '', OPERATOR_KEY, known);
        const bought = known.writes.filter(({ kind, answer }) => kind === 'buy' && answer);
        expect(provider.charged.size).toBe(bought.length);
        expect((await runAudit(getDb())).checks.filter((check) => check.difference)).toEqual([]);
      } catch (error) {
        const log = apps.flatMap((app) => app.log_lines).filter((line) => line.includes('unexpected error'));
        throw new Error(`${error instanceof Error ? error.message : error}\n${log.join('')}`, {
          cause: error,
        });
      } finally {
        await Promise.all(apps.map((app) => closeServer(app.server)));
      }
    },
    soak ? 900_000 : 90_000,
  );
});

/** Clients send new writes, the same again (also while the first is under way), and others under a used key. */
async function sendAll(known: Known, addresses: readonly string[]): Promise<Answers> {
  const answers: Answers = new Map();
  const { random, writes } = known;
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < REQUESTS) {
      sent += 1;
      const address = addresses[Math.floor(random() * addresses.length)] ?? '';
      const draw = random();
      const earlier = writes[Math.floor(writes.length * (1 - random() ** 3 / 2))] ?? writes.at(-1);
      if (draw < 0.05 && earlier?.answer && earlier.kind !== 'release' && earlier.kind !== 'calls') {
        await expectReused(address, earlier);
        continue;
      }
      const write = draw < 0.35 && earlier ? earlier : nextWrite(known);
      if (write !== earlier) writes.push(write);
      const answer = await tryToSend({ address, key: OPERATOR_KEY, tenant_id: write.tenant_id }, write);
      if (answer === undefined || answer.status >= 500)
        throw new Error(`${write.path} ${JSON.stringify(write.body)}: ${JSON.stringify(answer)}`);
      const got = answers.get(write);
      if (got) got.push(answer);
      else answers.set(write, [answer]);
      if (write.answer === undefined) learn(known, write, answer);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answers;
}

const AMOUNTS = ['tokens_used', 'tokens', 'tokens_to_purchase', 'amount_cents'];

async function expectReused(address: string, write: Write): Promise<void> {
  const sent = write.body as Record<string, unknown>;
  const amount = AMOUNTS.find((field) => field in sent) ?? '';
  const body = { ...sent, [amount]: Number(sent[amount]) + 1 };
  const changed = { ...write, body };
  const answer = await tryToSend({ address, key: OPERATOR_KEY, tenant_id: write.tenant_id }, changed);
  expect(answer?.status, JSON.stringify([changed, answer])).toBe(422);
  expect(answer?.body.code).toMatch(/_reused$|^settlement_differs$/);
}

/** All successes of a write are one answer, given first once; leaves it, or the refusal, with the write. */
function settleAnswers(known: Known, answers: Answers) {
  let refused_for_want_of_tokens = 0;
  let duplicates = 0;
  for (const [write, given] of answers) {
    const accepted = given.filter((answer) => answer.status < 300);
    const where = `${write.kind} ${JSON.stringify(write.body)}: ${JSON.stringify(given)}`;
    if (write.kind === 'calls' && write.idempotency_key === undefined) {
      // Between twins each event is accepted by one of them.
      const calls = accepted.reduce((total, { body }) => total + Number(body.accepted), 0);
      expect(calls, where).toBe((write.body as object[]).length);
    } else {
      expect(accepted.filter((answer) => !answer.replayed).length, where).toBe(accepted.length > 0 ? 1 : 0);
      for (const answer of accepted) expect(answer.body, where).toEqual(accepted[0]?.body);
    }
    for (const { body } of accepted)
      expect(Number(body.balance_after ?? body.balance ?? 0)).toBeGreaterThanOrEqual(0);
    duplicates += Math.max(0, accepted.length - 1);
    refused_for_want_of_tokens += given.filter((answer) => answer.status === 402).length;
    write.answer = accepted[0];
    write.refusal = accepted.length > 0 ? undefined : given[0];
  }
  const accepted = known.writes.filter((write) => write.answer).length;
  return { writes: known.writes.length, accepted, duplicates, refused_for_want_of_tokens };
}
