import { putBillingDetails, readBillingDetails } from '../billing-details/index.ts';
import type { Database } from '../db/index.ts';
import { newId, ROOT_TENANT_ID } from '../id/index.ts';
import { addTaxRate } from '../tax/index.ts';
import { OPERATOR_DETAILS, OPERATOR_TAX_RATES } from './addresses.ts';
import { DAY_MS } from './habits.ts';
import { SeededNumbers } from './seeded-numbers.ts';

/** The studios' year, and then some: the rates are older than the first invoice. */
const RATES_DAYS_AGO = 400;

/** Says where the operator is and which taxes it takes, unless that is said already. */
export async function loadOperator(db: Pick<Database, 'inTenant'>, until: Date): Promise<void> {
  const tenant_id = ROOT_TENANT_ID;
  const now = new Date(until.getTime() - RATES_DAYS_AGO * DAY_MS);
  const ids = new SeededNumbers('operator/ids');
  const context = { tenant_id, operator: true, now, newId: (at: Date) => newId(at, ids.bytes) };
  await db.inTenant(tenant_id, async (tx) => {
    if ((await readBillingDetails(tx, tenant_id)).updated_at !== null) return;
    await putBillingDetails(tx, context, OPERATOR_DETAILS);
    for (const rate of OPERATOR_TAX_RATES)
      await addTaxRate(tx, context, { ...rate, region: null, valid_from: now });
  });
}
