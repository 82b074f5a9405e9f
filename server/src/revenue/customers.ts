import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** Tenants in one transaction. */
const CUSTOMERS_PER_PAGE = 200;

/** The tenants that a seller sells to, page by page in the order of their ids, each read by itself. */
export async function* customersOf(db: Pick<Database, 'asJob'>, tenant_id: string): AsyncGenerator<string[]> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await db.asJob((tx) =>
      sql<{ tenant_id: string }>`
        select tenant_id from tenants where parent_tenant_id = ${tenant_id} and tenant_id > ${after}
        order by tenant_id limit ${CUSTOMERS_PER_PAGE}`.execute(tx),
    );
    const tenant_ids = page.rows.map((row) => row.tenant_id);
    const last = tenant_ids.at(-1);
    if (last !== undefined) yield tenant_ids;
    if (last === undefined || tenant_ids.length < CUSTOMERS_PER_PAGE) return;
    after = last;
  }
}
