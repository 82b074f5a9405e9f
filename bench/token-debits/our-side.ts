import type { Composition } from '../../server/src/cli/index.ts';
import type { Reading, Side } from '../row.ts';
import { debit } from '../rows/debit.ts';
import type { ProcessorClock } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';
import { expectBooks, expectCleanAudit, giveLots, makeBooks } from './books.ts';
import { DebitWorkload } from './workload.ts';

const RUN_MS = 2000;
const WARM_UP_MS = 1500;
const SETTLING_MS = 300;

/** Whom the debits are of, by how many callers, and on what. */
export interface OurSideOptions {
  name: string;
  tenants: number;
  callers: number;
  /** Given to each tenant before each run, so that debits cross from lot to lot. */
  lots: { count: number; tokens: number };
  clock: ProcessorClock;
}

/**
 * The debits of a composed Tallystick, which closes with it. Each run is checked against the answers given, and the end
 * by an audit.
 */
export async function openOurSide(composition: Composition, options: OurSideOptions): Promise<Side> {
  const { name, tenants, callers, lots, clock } = options;
  const { services, db } = composition;
  const tenant_ids = await makeBooks(composition, tenants);
  const workload = new DebitWorkload(tenant_ids, (tenant_id, request) => debit(services, tenant_id, request));
  const read = async (milliseconds: number): Promise<Reading> => {
    await giveLots(composition, tenant_ids, lots);
    // Each lot has changed a book behind the lanes' back; a server that is running has read it again by then.
    await workload.run(callers, SETTLING_MS);
    const reading = await timed(clock, () => workload.run(callers, milliseconds));
    await expectBooks(db, workload.expected);
    return reading;
  };
  await read(WARM_UP_MS);
  return {
    name,
    run: () => read(RUN_MS),
    close: async () => {
      try {
        await expectCleanAudit(db);
      } finally {
        await composition.close();
      }
    },
  };
}
