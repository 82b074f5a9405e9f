import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { prepareRun, progressOf, type RunProgress, requireRun, startRun } from '../billing-runs/index.ts';
import { monotonicMs } from '../clock/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { currencyDigits, formatDecimal } from '../money/index.ts';
import { parseArguments } from './arguments.ts';
import { CommandError, databaseCommand, UsageError } from './command.ts';
import type { Composition } from './composition.ts';
import { progressBar } from './progress-bar.ts';

/** How often the progress is shown at most, in milliseconds; looking at it takes a twentieth of the time at most. */
const SHOW_EVERY_MS = 500;
const PAUSE_PER_LOOK = 20;

/** Bills all that is due, works at it until it is done, and prints what was made. Cut short, any server goes on with it. */
export const billingCommand = databaseCommand({
  name: 'billing',
  summary: 'bills everything that is due now, with a progress bar',
  usage: 'run [--tenant ID]',
  parse: parseBillingArguments,
  perform: async ({ composition, beside_server }, { tenant_id }, output) => {
    const { config, db, services } = composition;
    if (!config.enableMonetization)
      throw new CommandError('ENABLE_MONETIZATION is off, and nothing is billed before it is on');
    const { billing_runs } = services;
    const prepared = await prepareRun(billing_runs, tenant_id);
    const run = await db.inTenant(tenant_id, (tx) => startRun(tx, billing_runs, prepared));
    const { billing_run_id } = run;
    const look = async () =>
      progressOf(
        billing_runs,
        await db.inTenant(tenant_id, (tx) => requireRun(tx, tenant_id, billing_run_id)),
      );
    // Through the socket a server cannot tell whether a terminal is at the other end.
    const terminal = !beside_server && process.stderr.isTTY === true;
    const show = progressBar(output, terminal, 'billing');
    const ended = await workUntilDone(composition, look, ({ run: { tenants_total }, ...at }) =>
      show(tenants_total === 0 ? 1 : (at.tenants_done + at.tenants_failed) / tenants_total),
    );
    output.stdout(summaryOf(ended));
    return ended.tenants_failed === 0 ? 0 : 1;
  },
});

/** Works off what is due until the run has ended, also where another process is at the rest of it. */
async function workUntilDone(
  { runner }: Composition,
  look: () => Promise<RunProgress>,
  show: (progress: RunProgress) => void,
): Promise<RunProgress> {
  let working: Promise<unknown> | undefined;
  let failure: { error: unknown } | undefined;
  for (;;) {
    const looked_at_ms = monotonicMs();
    const progress = await look();
    const pause_ms = Math.max(SHOW_EVERY_MS, PAUSE_PER_LOOK * (monotonicMs() - looked_at_ms));
    if (progress.run.status === 'done') {
      show(progress);
      return progress;
    }
    // Everything is billed before the last numbers are given.
    show({ ...progress, tenants_done: Math.min(progress.tenants_done, progress.run.tenants_total - 1) });
    if (failure !== undefined) throw failure.error;
    if (runner.stopping)
      throw new CommandError('the server stops; whatever starts next goes on with the run');
    working ??= runner
      .runDue()
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        working = undefined;
      });
    await Promise.race([working, wait(pause_ms)]);
  }
}

function summaryOf({ run, tenants_done, tenants_failed, invoices_made, totals }: RunProgress): string {
  const count = (number: number, noun: string) =>
    `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
  const amounts = Object.entries(totals).map(
    ([currency, cents]) => `, ${amountText(BigInt(cents), currency)}`,
  );
  const failed =
    tenants_failed === 0 ? '' : `; ${count(tenants_failed, 'tenant')} failed, and will be tried again`;
  return `billing run ${run.billing_run_id}: ${count(tenants_done, 'tenant')}, ${count(invoices_made, 'invoice')}${amounts.join('')}${failed}\n`;
}

function amountText(cents: bigint, currency: string): string {
  const digits = currencyDigits(currency);
  return `${formatDecimal({ numerator: cents, denominator: 10n ** BigInt(digits) }, digits)} ${currency}`;
}

function parseBillingArguments(args: readonly string[]): { tenant_id: string } {
  const { values, positionals } = parseArguments(args, { tenant: { type: 'string' } }, ['run']);
  if (positionals[0] !== 'run') throw new UsageError(`there is no billing ${positionals[0]}`);
  const tenant = z
    .guid()
    .toLowerCase()
    .safeParse(values.tenant ?? ROOT_TENANT_ID);
  if (!tenant.success) throw new UsageError('--tenant takes a UUID');
  return { tenant_id: tenant.data };
}
