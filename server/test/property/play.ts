import { expect } from 'vitest';
import type { TestApp } from '../harness/test-app.ts';
import { expectTheRecordToAgree } from './compare-record.ts';
import type { CountingProvider } from './counting-provider.ts';
import { Model } from './model.ts';
import type { Request } from './model-answers.ts';
import type { Answer } from './model-book.ts';
import { requestOf, type Step } from './steps.ts';

/** Shortfall caps of the tenants of a run: the default, a small one, and none at all. */
const CAPS = [100_000, 150, 0];

const PATHS = {
  purchase: '/ai-tokens/purchase',
  grant: '/ai-tokens/grants',
  use: '/ai-tokens/usage',
  hold: '/ai-tokens/holds',
  settle: '/ai-tokens/holds/:hold_id/settle',
  release: '/ai-tokens/holds/:hold_id/release',
  refund: '/refunds',
} as const;

/** What a run is made of. */
export interface Stage {
  app: TestApp;
  provider: CountingProvider;
  /** The log of the run in which a tenant was made, for an audit that fails afterwards. */
  logs: Map<string, string[]>;
}

interface Player {
  tenant_id: string;
  api_key: string;
}

/**
 * Plays steps on tenants of their own and on the model at once, and compares every answer and, at the end, everything
 * that can be read. Whatever differs is thrown with the log of what was done.
 */
export async function play(stage: Stage, steps: readonly Step[]): Promise<void> {
  const { app } = stage;
  const log: string[] = [];
  const players: Player[] = [];
  for (const cap of CAPS) players.push(await makePlayer(app, cap));
  for (const { tenant_id } of players) stage.logs.set(tenant_id, log);
  const model = new Model(() => app.clock.now().getTime(), CAPS);
  const sent: Request[] = [];
  try {
    for (const [number, step] of steps.entries()) await take(stage, players, model, sent, step, number, log);
    for (const [tenant, player] of players.entries())
      await expectTheRecordToAgree((path) => read(app, player, path), model, tenant);
  } catch (error) {
    const difference = error instanceof Error ? error.message : String(error);
    throw new Error(`${difference}\n\nwhat was done:\n${log.join('\n')}\n`, { cause: error });
  }
}

async function makePlayer(app: TestApp, cap: number): Promise<Player> {
  const made = await app.call('POST /tenants', { body: { name: 'Studio' } });
  const tenant_id: string = made.json().tenant_id;
  await app.call(`PATCH /tenants/${tenant_id}`, { body: { shortfall_cap_tokens: cap } });
  const key = await app.call(`POST /tenants/${tenant_id}/api-keys`, { body: { name: 'player' } });
  return { tenant_id, api_key: key.json().api_key };
}

async function take(
  stage: Stage,
  players: readonly Player[],
  model: Model,
  sent: Request[],
  step: Step,
  number: number,
  log: string[],
): Promise<void> {
  const { app } = stage;
  // No two things happen at one moment: what falls due together runs in an order that nobody promises.
  app.clock.advance(1);
  if (step.do === 'pass time') {
    log.push(`${number}: ${step.seconds} s pass, the runner ${step.runner ? 'runs' : 'does not run'}`);
    app.clock.advance(step.seconds * 1000);
    if (!step.runner) return;
    await app.composition.runner.runDue();
    model.runDue();
    return;
  }
  if (step.do === 'travel') {
    log.push(`${number}: tenant ${step.tenant} travels ${step.seconds} s`);
    const answer = await app.call('POST /test-clock/advance', {
      body: { seconds: step.seconds },
      headers: { 'tallystick-tenant': players[step.tenant]?.tenant_id ?? '' },
    });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json().items_failed).toBe(0);
    model.travel(step.tenant, step.seconds);
    return;
  }
  const request = requestOf(step, number, model, sent);
  if (request === undefined) return;
  sent.push(request);
  log.push(`${number}: ${step.do === 'retry' ? 'again: ' : ''}${JSON.stringify(request)}`);
  const answer = await send(stage, players, request);
  log.push(`     ${answer.statusCode} ${answer.body}`);
  const expected = model.perform(request);
  const told: Answer = answer.json();
  expect({
    status: answer.statusCode,
    replayed: answer.headers['idempotent-replayed'] === 'true',
    answer: told,
  }).toMatchObject({ status: expected.status, replayed: expected.replayed, answer: expected.answer });
  expected.learn(told);
  const player = players[request.tenant];
  if (player)
    expect(await read(app, player, '/ai-tokens/balance')).toMatchObject(model.balance(request.tenant));
}

/** Sends a request: by the tenant's key where it may, else by the operator's. */
async function send({ app, provider }: Stage, players: readonly Player[], request: Request) {
  const { tenant_id, api_key } = players[request.tenant] ?? { tenant_id: '', api_key: '' };
  const by_operator = request.route === 'grant' || request.body.transaction_id !== undefined;
  provider.losing = request.lost === true;
  try {
    return await app.call(
      `POST ${PATHS[request.route].replace(':hold_id', request.hold_id ?? '') as `/${string}`}`,
      {
        body: request.body,
        key: by_operator ? app.operator_key : api_key,
        headers: {
          ...(by_operator ? { 'tallystick-tenant': tenant_id } : {}),
          ...(request.key === undefined ? {} : { 'idempotency-key': request.key }),
        },
      },
    );
  } finally {
    provider.losing = false;
  }
}

async function read(app: TestApp, player: Player, path: string): Promise<Answer> {
  const answer = await app.call(`GET ${path as `/${string}`}`, { key: player.api_key });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
