import type { DueItem } from './schedule.ts';

/**
 * Gives each item its turn in the order given: those of one tenant one after another, those of at most `at_once` tenants
 * at the same time. After a turn that throws none begins, and it throws once those under way have ended.
 */
export async function inTurns(
  items: readonly DueItem[],
  at_once: number,
  turn: (item: DueItem) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const busy = new Set<string>();
  const work = async () => {
    for (;;) {
      // Where only items of busy tenants are left, those who are at them go on with them.
      const place = waiting.findIndex(({ tenant_id }) => !busy.has(tenant_id));
      const [item] = place < 0 ? [] : waiting.splice(place, 1);
      if (item === undefined) return;
      busy.add(item.tenant_id);
      await turn(item);
      busy.delete(item.tenant_id);
    }
  };
  const stopAll = (error: unknown) => {
    waiting.length = 0;
    throw error;
  };
  const ended = await Promise.allSettled(Array.from({ length: at_once }, () => work().catch(stopAll)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
