import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BenchBound } from '../row.ts';

/** The proofs that have clients, duplicates and kill -9 in them, in their short form; `npm run soak` runs the long one. */
const PROOFS = ['concurrent-clients', 'kill', 'postgres-crash'].map(
  (name) => `server/test/crash/${name}.soak.test.ts`,
);
const root = join(import.meta.dirname, '../..');

/** What must never happen. Each proof ends with a clean audit, or fails. */
export const faults: BenchBound = {
  name: 'faults',
  work: 'overdrafts, double debits and acknowledged events that were lost, under concurrent clients, duplicates and kill -9 of the server and of PostgreSQL',
  needs: [],
  measure: async () => {
    const output = await runProofs();
    const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
    if (!(Number(passed) > 0)) throw new Error(`the proofs did not run:\n${output}`);
    const acknowledged = sumOf(output, 'acknowledged') + sumOf(output, 'accepted');
    const repeats = sumOf(output, 'repeated') + sumOf(output, 'duplicates');
    const crashes = output.match(/"done_unheard":/g)?.length ?? 0;
    const what = `${passed} proofs with ${crashes} crashes, ${acknowledged.toLocaleString('en')} acknowledged writes and ${repeats.toLocaleString('en')} repeats`;
    return [{ what, value: Number(failed), unit: 'faults', at_most: 0 }];
  },
};

async function runProofs(): Promise<string> {
  const env = { ...process.env };
  if (env.DATABASE_URL) env.TEST_DATABASE_URL = env.DATABASE_URL;
  const child = spawn(process.execPath, [join(root, 'tools/run-tests.ts'), ...PROOFS], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  await once(child, 'close');
  return output;
}

/** Of all that the proofs printed as JSON under a name. */
function sumOf(output: string, name: string): number {
  return [...output.matchAll(new RegExp(`"${name}":(\\d+)`, 'g'))].reduce(
    (total, [, count]) => total + Number(count),
    0,
  );
}
