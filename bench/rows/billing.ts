import { sql } from 'kysely';
import {
  prepareRun,
  progressOf,
  type RunProgress,
  requireRun,
  startRun,
} from '../../server/src/billing-runs/index.ts';
import { readConfig } from '../../server/src/config/index.ts';
import { type Database, openDatabase } from '../../server/src/db/index.ts';
import { ROOT_TENANT_ID } from '../../server/src/id/index.ts';
import { composeServices } from '../../server/src/main.ts';
import type { BenchBound, BoundedFigure } from '../row.ts';
import { ownProcess, type ProcessorClock, postgresServer } from '../run/processor-time.ts';
import { BILLED_AT, expectedTotalCents, fillBilling } from './fill-billing.ts';

const TENANTS = Number(process.env.TENANTS ?? 100_000);
const FEW = Math.min(1000, TENANTS);
/** Before anything is measured, so that neither side is still compiling. */
const WARM_UP = Math.min(500, TENANTS);

/** The goal for 100,000 tenants, in seconds; fewer have their share of it. */
const GOAL_SECONDS = 300;
/** What Node and PostgreSQL may spend on an invoice, in milliseconds of processor time each. */
const GOAL_CPU_MS = 3;
/** An invoice among 100,000 may cost this much more than one among 1,000. */
const GOAL_GROWTH = 1.25;
const GOAL_RSS_MB = 600;
/** A look at a run counts what is left, so there are few. */
const WATCH_EVERY_MS = 10_000;

type Composition = Awaited<ReturnType<typeof composeServices>>;

/** What a billing run of so many tenants came to. */
interface Measured {
  tenants: number;
  seconds: number;
  node_ms: number;
  postgres_ms: number;
  rss_mb: number;
  faults: number;
}

/** A month of many tenants, invoiced on one server: every second renews its subscription, all are billed for their calls. */
export const billing: BenchBound = {
  name: 'billing',
  work: 'a billing run over 100,000 tenants with a month of calls, half of which renew a subscription (TENANTS for another number)',
  needs: ['database_url'],
  measure: async ({ database_url = '', folder }) => {
    const db = await openDatabase({ database_url, data_folder: folder });
    // Payments are made elsewhere, for invoicing is what is measured.
    const began = performance.now();
    const clock = { now: () => new Date(BILLED_AT.getTime() + Math.floor(performance.now() - began)) };
    const composition = await composeServices(readConfig(environment(folder)), { db, clock, payments: null });
    try {
      const postgres = await postgresServer(database_url);
      await billMany(composition, postgres, WARM_UP);
      const few = await billMany(composition, postgres, FEW);
      const many = await billMany(composition, postgres, TENANTS);
      const faults = few.faults + many.faults + (await countGaps(db));
      return figuresOf(few, many, faults);
    } finally {
      await composition.close();
    }
  },
};

function environment(folder: string): Record<string, string> {
  return {
    ENABLE_MONETIZATION: 'true',
    TALLYSTICK_DATA: folder,
    TALLYSTICK_SECRET_KEY: 'a-secret-key-of-the-benchmarks-0123',
  };
}

/** Fills a month of so many new tenants, bills it, and compares what was made with what is to be. */
async function billMany(
  composition: Composition,
  postgres: ProcessorClock,
  tenants: number,
): Promise<Measured> {
  const { db, runner, services } = composition;
  const all = tenants.toLocaleString('en');
  await fillBilling(db, tenants, (filled) => tell(`${filled.toLocaleString('en')} of ${all} tenants filled`));
  // What follows from the invoices of the round before is no part of this one.
  await db.asOwner((tx) => sql`delete from due_work where kind = 'invoice_payment'`.execute(tx));
  const before = { node: ownProcess() ?? 0, postgres: postgres() ?? 0, at: performance.now() };
  const prepared = await prepareRun(services.billing_runs, ROOT_TENANT_ID);
  const { billing_run_id } = await db.inTenant(ROOT_TENANT_ID, (tx) =>
    startRun(tx, services.billing_runs, prepared),
  );
  const look = async () => {
    const run = await db.inTenant(ROOT_TENANT_ID, (tx) => requireRun(tx, ROOT_TENANT_ID, billing_run_id));
    return await progressOf(services.billing_runs, run);
  };
  let rss_mb = 0;
  const watch = setInterval(() => {
    rss_mb = Math.max(rss_mb, process.memoryUsage.rss() / 1e6);
    void look().then(({ tenants_done }) =>
      tell(`${tenants_done.toLocaleString('en')} of ${all} tenants billed`),
    );
  }, WATCH_EVERY_MS);
  try {
    while ((await look()).run.status === 'running') await runner.runDue();
  } finally {
    clearInterval(watch);
    tell('');
  }
  const seconds = (performance.now() - before.at) / 1000;
  const node_ms = (((ownProcess() ?? 0) - before.node) * 1000) / tenants;
  const postgres_ms = (((postgres() ?? 0) - before.postgres) * 1000) / tenants;
  rss_mb = Math.max(rss_mb, process.memoryUsage.rss() / 1e6);
  return {
    tenants,
    seconds,
    node_ms,
    postgres_ms,
    rss_mb,
    faults: await countFaults(db, await look(), tenants),
  };
}

/** Tenants without exactly one invoice, and whether the sum of the latest ones is not what it should be. */
async function countFaults(
  db: Database,
  { invoices_made, totals }: RunProgress,
  tenants: number,
): Promise<number> {
  const { rows } = await db.asJob((tx) =>
    sql<{ tenants: number }>`
      select count(*)::integer as tenants from (
        select p.tenant_id from billing_periods p left join invoices i on i.tenant_id = p.tenant_id
        where p.starts_at < ${BILLED_AT}::timestamptz - interval '1 day'
        group by p.tenant_id having count(i.invoice_id) <> 1) as faulty`.execute(tx),
  );
  const sums = invoices_made === tenants && BigInt(totals.USD ?? 0) === expectedTotalCents(tenants);
  return (rows[0]?.tenants ?? 0) + (sums ? 0 : 1);
}

/** How many numbers are missing or given twice. */
async function countGaps(db: Database): Promise<number> {
  const { rows } = await db.asJob((tx) =>
    sql<{ gaps: number }>`
      select (count(*) - count(distinct number) + abs(max(substring(number from '\\d+$')::integer) - count(*)))::integer as gaps
      from invoices`.execute(tx),
  );
  return rows[0]?.gaps ?? 0;
}

function figuresOf(few: Measured, many: Measured, faults: number): BoundedFigure[] {
  const of = ({ tenants }: Measured) => `${tenants.toLocaleString('en')} tenants`;
  const cost = ({ node_ms, postgres_ms }: Measured) => node_ms + postgres_ms;
  const cpu = (measured: Measured) => [
    { what: `Node per invoice, ${of(measured)}`, value: measured.node_ms, unit: 'ms', at_most: GOAL_CPU_MS },
    {
      what: `PostgreSQL per invoice, ${of(measured)}`,
      value: measured.postgres_ms,
      unit: 'ms',
      at_most: GOAL_CPU_MS,
    },
  ];
  const second = Math.round((many.tenants / many.seconds) * 10) / 10;
  return [
    {
      what: `${of(many)} invoiced, ${second.toLocaleString('en')} a second`,
      value: Math.round(many.seconds * 10) / 10,
      unit: 's',
      at_most: (GOAL_SECONDS * many.tenants) / 100_000,
    },
    ...cpu(few),
    ...cpu(many),
    {
      what: `an invoice among ${of(many)}, in processor time of one among ${of(few)}`,
      value: Math.round((cost(many) / cost(few)) * 100) / 100,
      unit: 'times',
      at_most: GOAL_GROWTH,
    },
    { what: `memory of Node, ${of(few)}`, value: Math.round(few.rss_mb), unit: 'MB', at_most: GOAL_RSS_MB },
    { what: `memory of Node, ${of(many)}`, value: Math.round(many.rss_mb), unit: 'MB', at_most: GOAL_RSS_MB },
    {
      what: 'invoices missing or made twice, wrong sums, gaps of numbers',
      value: faults,
      unit: 'faults',
      at_most: 0,
    },
  ];
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
