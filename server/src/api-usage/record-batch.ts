import type { Clock } from '../clock/index.ts';
import { setTenant, type Tx } from '../db/index.ts';
import { type BatchRow, joinRecorded, type RecordedRows, sharesOf } from './batch-rows.ts';
import { recordShares } from './record-events.ts';

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
): Promise<RecordedRows> {
  const recorded: RecordedRows[] = [];
  for (const share of sharesOf(context.tenant_id, rows)) {
    await setTenant(tx, share.tenant_id);
    recorded.push(...(await recordShares(tx, context, [share])).recorded);
  }
  await setTenant(tx, context.tenant_id);
  return joinRecorded(recorded);
}
