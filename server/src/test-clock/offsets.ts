import { sql } from 'kysely';
import type { OffsetClock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';

/** Brings a process's clock up to the table: at start, and as other processes advance. It never steps back. */
export async function loadOffsets(db: Database, clock: OffsetClock): Promise<void> {
  const { rows } = await db.asJob((tx) =>
    sql<{ tenant_id: string; offset_ms: bigint }>`select tenant_id, offset_ms from test_clocks`.execute(tx),
  );
  clock.load(rows.map(({ tenant_id, offset_ms }) => [tenant_id, Number(offset_ms)]));
}

/**
 * Keeps the offsets of the clocks named. What another process has set higher stays; what this process wrote itself
 * (`written`, which is brought up to date) may be set lower, because a standing clock's offset shrinks.
 */
export async function saveOffsets(
  db: Database,
  clock: OffsetClock,
  tenant_ids: readonly string[],
  written: Map<string, number>,
): Promise<void> {
  const offsets = tenant_ids.map((tenant_id) => clock.offsetOf(tenant_id));
  const before = tenant_ids.map((tenant_id) => written.get(tenant_id) ?? null);
  const updated_at = clock.now();
  await db.asJob(async (tx) => {
    await sql`
      insert into test_clocks (tenant_id, offset_ms, updated_at)
      select tenant_id, 0, ${updated_at}::timestamptz from unnest(${tenant_ids}::uuid[]) as moving (tenant_id)
      on conflict do nothing`.execute(tx);
    await sql`
      update test_clocks set offset_ms = moving.offset_ms, updated_at = ${updated_at}
      from unnest(${tenant_ids}::uuid[], ${offsets}::bigint[], ${before}::bigint[])
        as moving (tenant_id, offset_ms, written_ms)
      where test_clocks.tenant_id = moving.tenant_id
        and (test_clocks.offset_ms < moving.offset_ms or test_clocks.offset_ms = moving.written_ms)`.execute(
      tx,
    );
  });
  for (const [index, tenant_id] of tenant_ids.entries()) written.set(tenant_id, offsets[index] ?? 0);
}

/** Gives every tenant that goes by the root's clock one of its own, so that the root can move alone. */
export async function pinOthers(db: Database, clock: OffsetClock): Promise<void> {
  await db.asJob((tx) =>
    sql`
      insert into test_clocks (tenant_id, offset_ms, updated_at)
      select tenant_id, ${clock.offsetOf(ROOT_TENANT_ID)}::bigint, ${clock.now()}::timestamptz
      from tenants where tenant_id <> ${ROOT_TENANT_ID}
      on conflict do nothing`.execute(tx),
  );
  await loadOffsets(db, clock);
}
