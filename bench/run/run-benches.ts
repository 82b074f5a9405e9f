import type { Bench } from '../row.ts';
import { writeResults } from './document.ts';
import { describeMachine, type Machine } from './machine.ts';
import { progressLine } from './progress-line.ts';
import { resultLines } from './result-line.ts';
import { type BenchResult, runBench } from './run-bench.ts';
import { Servers } from './servers.ts';

/** How benches are run and told of. */
export interface RunOptions {
  runs: number;
  /** One JSON document on stdout instead of lines. */
  json: boolean;
  /** Renew docs/benchmarks.md. */
  write: boolean;
}

/** What came of it: results of those that ran, and how many failed. */
export interface Outcome {
  results: BenchResult[];
  failed: number;
}

/**
 * Runs benches one after another and prints a line for each: a result, what to set so that it can run, or why it
 * failed; the others run all the same. Takes away what it started, also when it is stopped by a signal.
 */
export async function runBenches(chosen: readonly Bench[], options: RunOptions): Promise<Outcome> {
  const servers = new Servers(process.env);
  const stop = stopSignal();
  try {
    const outcome = { results: [] as BenchResult[], failed: 0, skipped: [] as string[] };
    for (const bench of chosen) {
      if (stop.aborted) break;
      await runOne(bench, { servers, options, stop }, outcome);
    }
    const machine = describeMachine(await servers.versions());
    tell(options, machine, outcome);
    if (options.write) writeResults(outcome.results, machine);
    return outcome;
  } finally {
    await servers.close();
  }
}

async function runOne(
  bench: Bench,
  { servers, options, stop }: { servers: Servers; options: RunOptions; stop: AbortSignal },
  outcome: Outcome & { skipped: string[] },
): Promise<void> {
  const say = (line: string) => void (options.json || process.stdout.write(`${line}\n`));
  const remedies = servers.remediesFor(bench.needs);
  if (remedies.length > 0) {
    outcome.skipped.push(bench.name);
    say(`${bench.name}: not run: ${remedies.join('; ')}`);
    return;
  }
  const progress = progressLine(bench.name);
  try {
    const provided = await servers.provide(bench.needs);
    try {
      progress.show(0);
      const running = runBench(bench, provided.context, options.runs, progress.show);
      const result = await Promise.race([running, rejectAt(stop)]);
      outcome.results.push(result);
      progress.clear();
      for (const line of resultLines(result)) say(line);
    } finally {
      progress.clear();
      await provided.remove();
    }
  } catch (error) {
    outcome.failed += 1;
    process.stderr.write(`${bench.name}: failed: ${error instanceof Error ? error.stack : error}\n`);
  }
}

function tell(options: RunOptions, machine: Machine, outcome: Outcome & { skipped: string[] }): void {
  const { hardware, versions, date } = machine;
  const text = options.json
    ? JSON.stringify({ machine, ...outcome }, null, 2)
    : [hardware, ...versions, date].join(', ');
  process.stdout.write(`${text}\n`);
}

/** Aborted by the first signal, so that what was started is taken away before the end. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`stopped by ${signal}`)));
  return controller.signal;
}

function rejectAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
