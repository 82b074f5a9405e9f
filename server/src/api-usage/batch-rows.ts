import type { ErrorCode } from '../errors/index.ts';
import type { UsageEvent } from './event.ts';

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

/** What became of rows: how many were new, how many were recorded before or stood there twice, and what was refused. */
export interface RecordedRows {
  accepted: number;
  duplicates: number;
  rejected: RejectedRow[];
}

/** The rows of a batch that are one tenant's. */
export interface TenantShare {
  tenant_id: string;
  /** Whether the tenant is there for certain: its own caller sends them. */
  is_known: boolean;
  rows: readonly BatchRow[];
}

/** The rows of each tenant, in the order of the tenants' ids. */
export function sharesOf(sender_id: string, rows: readonly BatchRow[]): TenantShare[] {
  return [...Map.groupBy(rows, (row) => row.tenant_id)]
    .map(([tenant_id, own]) => ({ tenant_id, is_known: tenant_id === sender_id, rows: own }))
    .sort((one, other) => (one.tenant_id < other.tenant_id ? -1 : 1));
}

/** One answer for all of them. */
export function joinRecorded(parts: readonly RecordedRows[]): RecordedRows {
  const joined: RecordedRows = { accepted: 0, duplicates: 0, rejected: [] };
  for (const { accepted, duplicates, rejected } of parts) {
    joined.accepted += accepted;
    joined.duplicates += duplicates;
    joined.rejected.push(...rejected);
  }
  return joined;
}
