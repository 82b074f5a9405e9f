import { setTimeout as wait } from 'node:timers/promises';
import { isPassingTrouble } from '../../db/index.ts';
import { nameOfHold } from './decide.ts';
import type { Draft, DraftedEnd } from './draft.ts';
import { type RowName, type Run, readHolds, readUses } from './read-batch.ts';

/** How long to wait before each further try: a database that restarts takes seconds. */
const PAUSES_MS = [100, 300, 1000, 3000];

/**
 * The tenants whose part of a draft is in the database, after a statement whose answer was lost. A tenant's part is
 * written whole or not at all, so one row of it tells. Throws where the database stays away.
 */
export async function lookUpDraft(run: Run, draft: Draft): Promise<Set<string>> {
  for (const pause_ms of PAUSES_MS) {
    try {
      return await findWritten(run, draft);
    } catch (error) {
      if (!isPassingTrouble(error)) throw error;
      await wait(pause_ms);
    }
  }
  return findWritten(run, draft);
}

async function findWritten(run: Run, draft: Draft): Promise<Set<string>> {
  // Of each tenant one row of each kind: the last one wins, whichever it is.
  const uses = new Map(draft.uses.map((use) => [use.tenant_id, use]));
  const holds = new Map(draft.holds.map((hold) => [hold.tenant_id, hold.hold_id]));
  const releases = new Map(
    draft.ends.filter((end) => end.settled === undefined).map((end) => [end.tenant_id, end]),
  );
  const names: RowName[] = [
    ...[...holds].map(([tenant_id, id]) => ({ tenant_id, id })),
    ...[...releases.values()].map(({ tenant_id, hold_id }) => ({ tenant_id, id: hold_id })),
  ];
  const found_uses = await readUses(
    run,
    [...uses.values()].map(({ tenant_id, usage_id, plan }) => ({
      tenant_id,
      id: usage_id,
      occurred_at: plan.occurred_at,
    })),
  );
  const written = new Set(found_uses.map((use) => use.tenant_id));
  for (const hold of await readHolds(run, names)) {
    const release = releases.get(hold.tenant_id);
    const is_release = release !== undefined && nameOf(release) === nameOfHold(hold.tenant_id, hold.hold_id);
    // A release that was asked for by somebody else in the same millisecond has the same answer.
    if (!is_release || hold.ended_at?.getTime() === release.at.getTime()) written.add(hold.tenant_id);
  }
  return written;
}

function nameOf({ tenant_id, hold_id }: DraftedEnd): string {
  return nameOfHold(tenant_id, hold_id);
}
