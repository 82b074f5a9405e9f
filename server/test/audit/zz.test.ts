import { sql } from 'kysely';
import { it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { testApp } from '../harness/test-app.ts';
import { flakyProvider } from '../routes/flaky-provider.ts';
import { busyStudio } from './busy-history.ts';
describeOnEachDatabase('x', (getDb) => {
  it('y', async () => {
    const provider = flakyProvider();
    const app = await testApp(getDb(), { payments: provider });
    const s = await busyStudio(app, provider);
    const q = async (t: string) => console.log(t.slice(0, 60), (await getDb().asOwner((tx) => sql.raw(t).execute(tx))).rows);
    const sub = `select transaction_id from tallystick.billing_transactions where tenant_id = '${s.tenant_id}' and type = 'token_purchase' and status = 'settled' order by book_version limit 1`;
    await q(`select type, status, book_version from tallystick.billing_transactions where tenant_id = '${s.tenant_id}'`);
    await q(sub);
    await q(`explain update tallystick.billing_transactions set amount_cents = amount_cents + 1 where tenant_id = '${s.tenant_id}' and transaction_id = (${sub}) returning 1`);
    await q(`update tallystick.billing_transactions set amount_cents = amount_cents + 1 where tenant_id = '${s.tenant_id}' and transaction_id = (${sub}) returning 1`);
  });
});
