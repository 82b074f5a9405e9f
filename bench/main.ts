import { parseArgs } from 'node:util';
import { benches } from './rows/index.ts';
import { renewDocument } from './run/document.ts';
import { isMet } from './run/result-line.ts';
import { runBenches } from './run/run-benches.ts';

// The commands behind every number we publish. Usage: tallystick bench [NAME...], or npm run bench -- [NAME...].

const USAGE = 'usage: tallystick bench [NAME...] [--list] [--json] [--check] [--write] [--runs N]';
/** The least number of runs whose median is worth a line. */
const RUNS_MIN = 5;

const code = await main(process.argv.slice(2));
process.exitCode = code;
// A bench that was stopped half way may have left something open.
setTimeout(() => process.exit(code), 1000).unref();

async function main(argv: readonly string[]): Promise<number> {
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments(argv);
  } catch (error) {
    process.stderr.write(`tallystick bench: ${error instanceof Error ? error.message : error}\n${USAGE}\n`);
    return 2;
  }
  const { chosen, list, json, check, write, runs } = asked;
  if (list) {
    const width = Math.max(...chosen.map(({ name }) => name.length));
    for (const { name, work } of chosen) process.stdout.write(`${name.padEnd(width)}  ${work}\n`);
    if (write) renewDocument();
    return 0;
  }
  const { results, failed } = await runBenches(chosen, { runs, json, write });
  if (failed > 0) return 1;
  return check && !results.every(isMet) ? 1 : 0;
}

function readArguments(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      runs: { type: 'string', default: String(RUNS_MIN) },
    },
  });
  const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) throw new Error(`there is no bench ${JSON.stringify(unknown)}; see --list`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number from 1');
  if (values.write && runs < RUNS_MIN) throw new Error(`what is written is of at least ${RUNS_MIN} runs`);
  const chosen =
    positionals.length === 0 ? benches : benches.filter(({ name }) => positionals.includes(name));
  return { ...values, runs, chosen };
}
