import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { CHECKS } from './checks.ts';
import { auditClosedMonths, CLOSED_MONTHS_CHECK } from './closed-months.ts';
import { auditCoupons, COUPON_CHECK } from './coupons.ts';
import { auditFeatureUsage, FEATURE_USAGE_CHECK } from './feature-usage.ts';
import { auditInvoices, INVOICE_CHECKS } from './invoices.ts';
import { auditRating, RATING_CHECK } from './rating.ts';
import { readTransactions, readUsage } from './read-record.ts';
import { Recomputed } from './recompute.ts';
import { readSnapshot } from './snapshot.ts';
import { auditUsage, USAGE_CHECKS } from './usage.ts';

/** How one check went over all tenants. `difference` is the first thing that differs. */
export interface CheckResult {
  check: string;
  says: string;
  tenants: number;
  difference?: { tenant_id: string; detail: string };
}

export interface AuditResult {
  ok: boolean;
  tenants: number;
  entries: number;
  checks: CheckResult[];
}

/** Versions of a book that are read in one transaction, and tenants that are listed in one. */
const VERSIONS_PER_CHUNK = 2000n;
const TENANTS_PER_PAGE = 200;

/**
 * Recomputes every book from its record and compares. Writers go on meanwhile: each book is compared at the version
 * that its snapshot has. `progress` is told after each tenant.
 */
export async function runAudit(
  db: Database,
  progress: (tenants: number) => void = () => undefined,
): Promise<AuditResult> {
  const checks: CheckResult[] = [
    ...CHECKS,
    ...USAGE_CHECKS,
    FEATURE_USAGE_CHECK,
    RATING_CHECK,
    ...INVOICE_CHECKS,
    COUPON_CHECK,
    CLOSED_MONTHS_CHECK,
  ].map(({ name, says }) => ({
    check: name,
    says,
    tenants: 0,
  }));
  let entries = 0n;
  let tenants = 0;
  for await (const tenant_id of allTenants(db)) {
    tenants += 1;
    entries += await auditBook(db, tenant_id, checks);
    const calls = await auditUsage(db, tenant_id);
    for (const { name } of calls ? USAGE_CHECKS : []) note(checks, name, tenant_id, () => calls?.[name]);
    const features = await auditFeatureUsage(db, tenant_id);
    if (features !== undefined)
      note(checks, FEATURE_USAGE_CHECK.name, tenant_id, () => features ?? undefined);
    const rating = await auditRating(db, tenant_id);
    if (rating !== undefined) note(checks, RATING_CHECK.name, tenant_id, () => rating ?? undefined);
    const invoices = await auditInvoices(db, tenant_id);
    for (const { name } of invoices ? INVOICE_CHECKS : [])
      note(checks, name, tenant_id, () => invoices?.[name]);
    const coupons = await auditCoupons(db, tenant_id);
    if (coupons !== undefined) note(checks, COUPON_CHECK.name, tenant_id, () => coupons ?? undefined);
    const closed = await auditClosedMonths(db, tenant_id);
    if (closed !== undefined) note(checks, CLOSED_MONTHS_CHECK.name, tenant_id, () => closed ?? undefined);
    progress(tenants);
  }
  return { ok: checks.every((result) => !result.difference), tenants, entries: Number(entries), checks };
}

async function* allTenants(db: Database): AsyncGenerator<string> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await db.asJob((tx) =>
      sql<{ tenant_id: string }>`
        select tenant_id from tenants where tenant_id > ${after} order by tenant_id limit ${TENANTS_PER_PAGE}`.execute(
        tx,
      ),
    );
    for (const { tenant_id } of page.rows) yield tenant_id;
    const last = page.rows.at(-1);
    if (!last || page.rows.length < TENANTS_PER_PAGE) return;
    after = last.tenant_id;
  }
}

async function auditBook(db: Database, tenant_id: string, results: CheckResult[]): Promise<bigint> {
  const snapshot = await db.asJob((tx) => readSnapshot(tx, tenant_id), { snapshot: true });
  if (!snapshot) return 0n;
  const record = new Recomputed(snapshot.grants);
  const last = snapshot.balance.book_version;
  for (let after = 0n; after < last; after += VERSIONS_PER_CHUNK) {
    const upto = after + VERSIONS_PER_CHUNK < last ? after + VERSIONS_PER_CHUNK : last;
    const [usage, { transactions, strays }] = await db.asJob(
      async (tx) =>
        [
          await readUsage(tx, tenant_id, after, upto),
          await readTransactions(tx, tenant_id, after, upto),
        ] as const,
    );
    record.add(usage, transactions, strays);
  }
  for (const check of CHECKS) note(results, check.name, tenant_id, () => check.compare(snapshot, record));
  return record.entries;
}

/** Notes how a check went for a tenant. The first difference is kept; after it the check is not asked again. */
function note(
  results: CheckResult[],
  name: string,
  tenant_id: string,
  compare: () => string | undefined,
): void {
  const result = results.find(({ check }) => check === name);
  if (result === undefined) return;
  result.tenants += 1;
  const detail = result.difference ? undefined : compare();
  if (detail) result.difference = { tenant_id, detail };
}
