import type { BenchContext, Side } from '../row.ts';
import { ownProcess, postgresServer, together } from '../run/processor-time.ts';
import { composeForBench } from './books.ts';
import { openOurSide } from './our-side.ts';

const CALLERS = 1000;
const TENANTS = 1000;
/** So that each run crosses from lot to lot: a tenant of a thousand seldom, a hot one again and again. */
const LOTS = { random: { count: 1, tokens: 1000 }, hot: { count: 20, tokens: 50_000 } };

/** Our debits in the database of a row, of a thousand tenants at random or of one. */
export async function openDebitsOnPostgres(context: BenchContext, tenants: 'random' | 'hot'): Promise<Side> {
  const composition = await composeForBench(context);
  return await openOurSide(composition, {
    name: `Tallystick, ${CALLERS.toLocaleString('en')} callers`,
    tenants: tenants === 'hot' ? 1 : TENANTS,
    callers: CALLERS,
    lots: LOTS[tenants],
    clock: together(ownProcess, await postgresServer(context.database_url ?? '')),
  });
}
