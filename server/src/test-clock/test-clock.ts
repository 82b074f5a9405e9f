import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { countDueItems } from '../due-work/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { bodyHash } from '../json/index.ts';
import {
  type ClaimResult,
  claimKey,
  completeKey,
  httpKeyLifetimeMs,
  releaseKey,
} from '../request-keys/index.ts';
import { type AdvanceContext, advance, MOST_ITEMS, type Progress } from './advance.ts';
import { loadOffsets, pinOthers } from './offsets.ts';
import { type AdvancePlan, advancePlan, type Distance, horizonOf, planAdvance } from './plan.ts';

/** A request to move time. */
export interface AdvanceRequest {
  distance: Distance;
  /** Whose clock moves, where it is one tenant's; else all move. */
  only: string | undefined;
  /** The Idempotency-Key, of the tenant acted for. */
  idempotency: { tenant_id: string; namespace: string; key: string; body_hash: Uint8Array } | undefined;
}

/** What an advance answers. */
export interface AdvanceAnswer {
  /** The time of the tenant acted for (of the root, where all moved). */
  now: string;
  /** How many items of due work ran on the way, and how many turns ended in a failure that is tried again. */
  items_run: number;
  items_failed: number;
}

/** A request may take this long, in milliseconds: shorter than a connection may stay silent. */
const LONGEST_REQUEST_MS = 45_000;

/** Moves time by hand. There is one per process, and none where the test clock is off. */
export class TestClock {
  readonly #context: AdvanceContext;

  constructor(context: AdvanceContext) {
    this.#context = context;
  }

  /**
   * Advances, and answers once everything that falls due on the way has run. Under an Idempotency-Key a repeat
   * replays the answer, and one after a crash or a cut goes on to the first call's goal. Fails with `clock_backwards`,
   * `request_invalid` (too far, or over 100,000 items) and `request_in_flight` (it takes longer than a request may).
   */
  async advance(request: AdvanceRequest): Promise<{ answer: AdvanceAnswer; replayed: boolean }> {
    // The runner's turn is also the queue of advances: a twin waits here for the first one's answer.
    return await this.#context.runner.exclusive(() => this.#advanceInTurn(request));
  }

  async #advanceInTurn(request: AdvanceRequest): Promise<{ answer: AdvanceAnswer; replayed: boolean }> {
    const { db, clock } = this.#context;
    await loadOffsets(db, clock);
    if (request.only === ROOT_TENANT_ID) await pinOthers(db, clock);
    const begun = await this.#begin(request);
    if ('answer' in begun) return { answer: begun.answer, replayed: true };
    await this.#refuseTooMany(request, begun.plan);
    const progress = await advance(this.#context, begun.plan, AbortSignal.timeout(LONGEST_REQUEST_MS));
    if (!progress.arrived) this.#tellHowFar(request, progress);
    const { items_run, items_failed } = progress;
    const answer = { now: clock.now(request.only).toISOString(), items_run, items_failed };
    await this.#complete(request, answer);
    return { answer, replayed: false };
  }

  /** Claims the key with the plan as what is in flight under it, or finds what an earlier call left there. */
  async #begin({
    distance,
    only,
    idempotency,
  }: AdvanceRequest): Promise<{ plan: AdvancePlan } | { answer: AdvanceAnswer }> {
    const { db, clock } = this.#context;
    if (idempotency === undefined) return { plan: planAdvance(clock, distance, only) };
    const now = clock.now(idempotency.tenant_id);
    // The root alone and everybody are two requests, although both are the root's.
    const body_hash = bodyHash([Buffer.from(idempotency.body_hash).toString('hex'), only ?? null]);
    const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
    return await db.inTenant(idempotency.tenant_id, async (tx) => {
      const found = await claimKey(tx, {
        ...idempotency,
        body_hash,
        now,
        expires_at,
        reused_code: 'idempotency_key_reused',
      });
      if (found.state === 'completed') return { answer: found.body as unknown as AdvanceAnswer };
      return { plan: await this.#planUnder(tx, idempotency, found, distance, only) };
    });
  }

  async #planUnder(
    tx: Tx,
    name: { tenant_id: string; namespace: string; key: string },
    found: ClaimResult,
    distance: Distance,
    only: string | undefined,
  ): Promise<AdvancePlan> {
    const row = sql`tenant_id = ${name.tenant_id} and namespace = ${name.namespace} and key = ${name.key}`;
    if (found.state === 'in_flight') {
      const { rows } = await sql<{
        response: unknown;
      }>`select response from request_keys where ${row}`.execute(tx);
      return advancePlan.parse(rows[0]?.response);
    }
    const plan = planAdvance(this.#context.clock, distance, only);
    await sql`update request_keys set response = ${JSON.stringify(plan)}::jsonb where ${row}`.execute(tx);
    return plan;
  }

  async #refuseTooMany(request: AdvanceRequest, plan: AdvancePlan): Promise<void> {
    const { db, clock, runner } = this.#context;
    const items = await countDueItems(db, horizonOf(clock, plan), runner.kinds.single, MOST_ITEMS + 1);
    if (items <= MOST_ITEMS) return;
    const { idempotency } = request;
    if (idempotency) await db.inTenant(idempotency.tenant_id, (tx) => releaseKey(tx, idempotency));
    const pointer = 'to' in request.distance ? '/to' : '/seconds';
    const detail = `more than ${MOST_ITEMS} items fall due on the way; go in smaller steps`;
    throw new TallystickError('request_invalid', `body${pointer}: ${detail}`, {
      errors: [{ pointer, detail }],
    });
  }

  #tellHowFar(request: AdvanceRequest, { items_run, items_failed }: Progress): never {
    const now = this.#context.clock.now(request.only);
    const detail =
      `${items_run} items have run so far and the clock stands at ${now.toISOString()}. ` +
      'Repeat the request with the same Idempotency-Key, or with "to", to go on.';
    fail('request_in_flight', detail, { now, items_run, items_failed });
  }

  async #complete({ idempotency }: AdvanceRequest, answer: AdvanceAnswer): Promise<void> {
    if (idempotency === undefined) return;
    const { db, clock } = this.#context;
    // By the clock's new time: the answer outlives the years that were just passed.
    const expires_at = new Date(clock.now(idempotency.tenant_id).getTime() + httpKeyLifetimeMs);
    const response_text = JSON.stringify(answer);
    await db.inTenant(idempotency.tenant_id, (tx) =>
      completeKey(tx, idempotency, { status: 200, response_text, expires_at }),
    );
  }
}
