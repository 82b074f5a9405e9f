import type { BenchContext, Side } from '../row.ts';
import { ownProcess, postgresServer, together } from '../run/processor-time.ts';
import { composeForBench } from './books.ts';
import { openOurSide } from './our-side.ts';
import { openPgledger } from './pgledger.ts';

const CALLERS = 1000;
const TENANTS = 1000;
/** So that each run crosses from lot to lot: a tenant of a thousand seldom, a hot one again and again. */
const LOTS = { random: { count: 1, tokens: 1000 }, hot: { count: 20, tokens: 50_000 } };

/** Our debits and pgledger's transfers on one server, in one database with a schema for each. */
export async function openAgainstPgledger(
  context: BenchContext,
  tenants: 'random' | 'hot',
): Promise<{ ours: Side; theirs: Side }> {
  const theirs = await openPgledger(context, tenants);
  const composition = await composeForBench(context);
  const clock = together(ownProcess, await postgresServer(context.database_url ?? ''));
  const ours = await openOurSide(composition, {
    name: `Tallystick, ${CALLERS.toLocaleString('en')} callers`,
    tenants: tenants === 'hot' ? 1 : TENANTS,
    callers: CALLERS,
    lots: LOTS[tenants],
    clock,
  });
  return { ours, theirs };
}
