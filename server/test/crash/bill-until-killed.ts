import { prepareRun, progressOf, requireRun, startRun } from '../../src/billing-runs/index.ts';
import { readConfig } from '../../src/config/index.ts';
import { openDatabase } from '../../src/db/index.ts';
import { ROOT_TENANT_ID } from '../../src/id/index.ts';
import { composeServices } from '../../src/main.ts';

// A program that bills all that is due, or goes on with it, and prints how many tenants are done, until somebody kills it.
// Its arguments are what openDatabase takes, as JSON, and the time at which its clock stands.
const [options, now] = process.argv.slice(2);
if (options === undefined || now === undefined) throw new Error('usage: bill-until-killed OPTIONS NOW');
const { data_folder } = JSON.parse(options) as { data_folder: string };
const db = await openDatabase(JSON.parse(options));
const config = readConfig({
  ENABLE_MONETIZATION: 'true',
  PAYMENTS: 'sandbox',
  TALLYSTICK_DATA: data_folder,
  TALLYSTICK_SECRET_KEY: 'a-secret-key-of-the-crash-tests-0002',
});
const { runner, services } = await composeServices(config, { db, clock: { now: () => new Date(now) } });
const { billing_runs } = services;
const prepared = await prepareRun(billing_runs, ROOT_TENANT_ID);
const { billing_run_id } = await db.inTenant(ROOT_TENANT_ID, (tx) => startRun(tx, billing_runs, prepared));
const tell = async () => {
  const run = await db.inTenant(ROOT_TENANT_ID, (tx) => requireRun(tx, ROOT_TENANT_ID, billing_run_id));
  process.stdout.write(`${(await progressOf(billing_runs, run)).tenants_done}\n`);
};
setInterval(() => void tell(), 30);
await runner.runDue();
