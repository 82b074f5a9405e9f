import { readConfig } from '../../src/config/index.ts';
import { openDatabase } from '../../src/db/index.ts';
import { composeServices } from '../../src/main.ts';

// A program that sends all e-mail that is due, until somebody kills it. Its arguments are what openDatabase takes, as JSON,
// the time at which its clock stands, and SMTP_URL.
const [options, now, SMTP_URL] = process.argv.slice(2);
if (options === undefined || now === undefined) throw new Error('usage: OPTIONS NOW SMTP_URL');
const { data_folder: TALLYSTICK_DATA } = JSON.parse(options) as { data_folder: string };
const TALLYSTICK_SECRET_KEY = 'a-secret-key-of-the-crash-tests-0003';
const config = readConfig({ ENABLE_MONETIZATION: 'true', TALLYSTICK_DATA, TALLYSTICK_SECRET_KEY, SMTP_URL });
const db = await openDatabase(JSON.parse(options));
const { runner } = await composeServices(config, { db, clock: { now: () => new Date(now) } });
await runner.runDue();
