import { type RawBuilder, sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';

/** Whose books are asked about: the tenant's own, or those of all the tenants that it sells to. */
export const BOOK_SCOPES = ['sales', 'own'] as const;

export interface Books {
  of: (typeof BOOK_SCOPES)[number];
  /** Who asks. */
  tenant_id: string;
}

/** The condition that a row is of these books, by the column that holds its tenant. */
export function ofBooks({ of, tenant_id }: Books, column = 'tenant_id'): RawBuilder<boolean> {
  if (of === 'own') return sql<boolean>`${sql.ref(column)} = ${tenant_id}`;
  return sql<boolean>`${sql.ref(column)} in (select tenant_id from tenants where parent_tenant_id = ${tenant_id})`;
}

/** Reads books at one moment: a tenant's own as that tenant, and those of its customers as a job. */
export function readBooks<T>(
  db: Pick<Database, 'inTenant' | 'asJob'>,
  books: Books,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return books.of === 'own' ? db.inTenant(books.tenant_id, work) : db.asJob(work, { snapshot: true });
}
