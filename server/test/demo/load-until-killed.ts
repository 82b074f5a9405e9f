import { openDatabase } from '../../src/db/index.ts';
import { loadDemo } from '../../src/demo/index.ts';
import { DEMO_STUDIOS, demoServices } from './demo-services.ts';

// A program that loads the demo data and prints how much is done, until somebody kills it. Its argument is what
// openDatabase takes, as JSON.
const options = process.argv[2];
if (options === undefined) {
  throw new Error('usage: load-until-killed OPTIONS');
}
const db = await openDatabase(JSON.parse(options));
const progress = (done: number) => void process.stdout.write(`${done}\n`);
await loadDemo({ services: demoServices(db), progress, studios: DEMO_STUDIOS });
