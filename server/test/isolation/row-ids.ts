import { createHash } from 'node:crypto';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';

export const AT = new Date('2026-01-01T00:00:00.000Z');
export const LATER = new Date('2026-02-01T00:00:00.000Z');
export const MUCH_LATER = new Date('2026-03-01T00:00:00.000Z');

/** root > seller > owner > customer, and root > stranger. */
export const TENANTS = {
  root: ROOT_TENANT_ID,
  seller: newId(AT),
  owner: newId(AT),
  customer: newId(AT),
  stranger: newId(AT),
} as const;
export type TenantName = keyof typeof TENANTS;

export const PARENTS: Record<TenantName, TenantName | undefined> = {
  root: undefined,
  seller: 'root',
  owner: 'seller',
  customer: 'owner',
  stranger: 'root',
};

/** Ids that rows of one tenant name each other by: the same for the same tenant, number and noun. */
export function idOf(tenant: TenantName, number: number, noun: string): string {
  const hash = createHash('sha256').update(`${tenant} ${number} ${noun}`).digest('hex');
  return `01990000-0000-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

type Row = Record<string, unknown>;

/** Makes row `number` of a tenant, where it refers to row 0 of other tables. */
export type RowMaker = (tenant: TenantName, number: number) => Row;
