import { setTimeout as wait } from 'node:timers/promises';
import type { OffsetClock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { type DueItem, type DueWorkRunner, dueItems } from '../due-work/index.ts';
import { saveOffsets } from './offsets.ts';
import { type AdvancePlan, horizonOf } from './plan.ts';

/** What an advance works with. */
export interface AdvanceContext {
  db: Database;
  clock: OffsetClock;
  runner: DueWorkRunner;
}

/** How far an advance came. `arrived` is false where it was cut short; repeating its plan goes on. */
export interface Progress {
  arrived: boolean;
  items_run: number;
  items_failed: number;
}

/** The most items in one advance. */
export const MOST_ITEMS = 100_000;
/** A failing item is tried this often on the way, and then again after the arrival. */
const MOST_FAILURES = 10;
/** How often the way is kept: a crash between loses no more than this many items' time. */
const SAVE_EVERY = 200;
const TWIN_PAUSE_MS = 50;

/**
 * Moves clocks along a plan of absolute times, so that doing it again goes on where it was. Whatever falls due on the
 * way runs in the order of next_due_at, its tenant's clock standing at that time. The caller holds the runner.
 */
export async function advance(
  context: AdvanceContext,
  plan: AdvancePlan,
  cut: AbortSignal,
): Promise<Progress> {
  const { db, clock } = context;
  const moving = plan.map(([tenant_id]) => tenant_id);
  const written = new Map<string, number>();
  for (const tenant_id of moving) clock.stand(tenant_id, clock.now(tenant_id));
  try {
    const progress = await runOnTheWay(context, plan, cut, () => saveOffsets(db, clock, moving, written));
    if (progress.arrived) await arrive(context, plan);
    await saveOffsets(db, clock, moving, written);
    return progress;
  } finally {
    for (const tenant_id of moving) clock.go(tenant_id);
  }
}

/** Stands the clocks where the plan ends, and runs what recurs: once, however often it would have come round. */
async function arrive({ db, clock, runner }: AdvanceContext, plan: AdvancePlan): Promise<void> {
  for (const [tenant_id, arrives] of plan) clock.stand(tenant_id, new Date(arrives));
  const recurring = await dueItems(db, horizonOf(clock, plan), runner.kinds.recurring, MOST_ITEMS);
  for (const item of recurring) await runner.runOne(item, clock.now(item.tenant_id));
}

async function runOnTheWay(
  { db, clock, runner }: AdvanceContext,
  plan: AdvancePlan,
  cut: AbortSignal,
  save: () => Promise<void>,
): Promise<Progress> {
  const horizon = horizonOf(clock, plan);
  const arrivals = new Map(plan);
  const failures = new Map<string, number>();
  const skipped = new Set<string>();
  const progress: Progress = { arrived: false, items_run: 0, items_failed: 0 };
  while (!cut.aborted && !runner.stopping && progress.items_run + progress.items_failed < MOST_ITEMS) {
    // One at a time, because an item may make another one due before the next.
    const items = await dueItems(db, horizon, runner.kinds.single, 1 + skipped.size);
    const item = items.find((candidate) => !skipped.has(nameOf(candidate)));
    if (item === undefined && items.length === 0) return { ...progress, arrived: true };
    if (item === undefined) {
      // Other processes are at what is left.
      await wait(TWIN_PAUSE_MS);
      skipped.clear();
      continue;
    }
    const owner = clock.ownerOf(item.tenant_id);
    clock.stand(owner, item.next_due_at);
    const failed = failures.get(nameOf(item)) ?? 0;
    const not_before = failed + 1 >= MOST_FAILURES ? new Date((arrivals.get(owner) ?? 0) + 1) : undefined;
    const outcome = await runner.runOne(item, clock.now(item.tenant_id), not_before);
    if (outcome === 'skipped') {
      skipped.add(nameOf(item));
      continue;
    }
    skipped.clear();
    progress[outcome === 'failed' ? 'items_failed' : 'items_run'] += 1;
    if (outcome === 'failed') failures.set(nameOf(item), failed + 1);
    if ((progress.items_run + progress.items_failed) % SAVE_EVERY === 0) await save();
  }
  return progress;
}

function nameOf(item: DueItem): string {
  return `${item.tenant_id} ${item.kind} ${item.ref_id}`;
}
