import type { Clock } from '../clock/index.ts';
import { setTenant, type Tx } from '../db/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { findTenant } from '../tenants/index.ts';
import { refusalOfTime, type UsageEvent } from './event.ts';
import { type Recorded, recordEvents } from './record-events.ts';

/** An event where it stands in its batch. Without a time it happened when it is recorded. */
export interface BatchRow {
  index: number;
  tenant_id: string;
  event: Omit<UsageEvent, 'occurred_at'> & { occurred_at: Date | undefined };
}

/** A row that was not recorded, and why. */
export interface RejectedRow {
  index: number;
  code: ErrorCode;
  detail: string;
}

/** Whose transaction it is, the tenants' times, and how ids are made. */
export interface BatchContext {
  tenant_id: string;
  clock: Clock;
  newId(at: Date): string;
}

/**
 * Records events of any tenants, tenant by tenant in the order of their ids, so that two batches never wait in a
 * circle. A row that cannot be recorded is rejected alone. The transaction is in each tenant's name meanwhile, and in
 * its own afterwards; whether the caller may write for these tenants is the caller's to have checked.
 */
export async function recordBatch(
  tx: Tx,
  context: BatchContext,
  rows: readonly BatchRow[],
): Promise<Recorded & { rejected: RejectedRow[] }> {
  const result = { accepted: 0, duplicates: 0, rejected: [] as RejectedRow[] };
  const byTenant = Map.groupBy(rows, (row) => row.tenant_id);
  for (const tenant_id of [...byTenant.keys()].sort()) {
    await setTenant(tx, tenant_id);
    const own = byTenant.get(tenant_id) ?? [];
    const now = context.clock.now(tenant_id);
    const known = tenant_id === context.tenant_id || (await findTenant(tx, tenant_id)) !== undefined;
    const events: UsageEvent[] = [];
    for (const { index, event } of own) {
      const occurred_at = event.occurred_at ?? now;
      const rejected = known ? refusedTime(occurred_at, now) : NO_TENANT;
      if (rejected === undefined) events.push({ ...event, occurred_at });
      else result.rejected.push({ index, ...rejected });
    }
    const recorded = await recordEvents(tx, { tenant_id, now, newId: context.newId }, events);
    result.accepted += recorded.accepted;
    result.duplicates += recorded.duplicates;
  }
  await setTenant(tx, context.tenant_id);
  return result;
}

type Refusal = Omit<RejectedRow, 'index'>;

const NO_TENANT: Refusal = { code: 'not_found', detail: '/tenant_id: No such tenant.' };

function refusedTime(occurred_at: Date, now: Date): Refusal | undefined {
  const code = refusalOfTime(occurred_at, now);
  if (code === undefined) return undefined;
  const where = code === 'event_in_future' ? 'more than 5 minutes after' : 'more than 35 days before';
  return { code, detail: `/occurred_at: ${occurred_at.toISOString()} is ${where} ${now.toISOString()}` };
}
