import { sql } from 'kysely';
import { expect } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import type { Database } from '../../src/db/index.ts';
import type { Tampering } from './tamperings.ts';

/** Lets in what the database's own CHECKs would not, because the audit must not lean on them. */
export async function dropChecks(db: Database): Promise<void> {
  await asOwner(
    db,
    `do $$ declare c record; begin
      for c in select conrelid::regclass as relation, conname from pg_constraint
        where connamespace = 'tallystick'::regnamespace and contype = 'c' and coninhcount = 0 loop
        execute format('alter table %s drop constraint %I', c.relation, c.conname);
      end loop; end $$`,
  );
}

/** Tampers with a row of a tenant, expects the audit to report it, and puts the row back. */
export async function expectSeen(
  db: Database,
  tenant_id: string,
  { change, back, checks, detail }: Tampering,
): Promise<void> {
  const of = (statement: string) => statement.replaceAll('$tenant', `'${tenant_id}'`);
  expect(await runAudit(db)).toMatchObject({ ok: true });
  const { rows } = await asOwner(db, of(change));
  expect(rows).toHaveLength(1);
  const result = await runAudit(db);
  const saved = JSON.stringify(rows[0]?.saved ?? null).replaceAll("'", "''");
  await asOwner(db, of(back).replaceAll('$saved', `'${saved}'::jsonb`));
  const found = result.checks.filter((check) => check.difference);
  expect(found.map((check) => check.check)).toEqual(checks);
  expect(new Set(found.map((check) => check.difference?.tenant_id))).toEqual(new Set([tenant_id]));
  expect(found[0]?.difference?.detail).toMatch(detail);
  expect(result.ok).toBe(false);
}

function asOwner(db: Database, statement: string): Promise<{ rows: { saved?: unknown }[] }> {
  return db.asOwner((tx) => sql.raw<{ saved?: unknown }>(statement).execute(tx));
}
