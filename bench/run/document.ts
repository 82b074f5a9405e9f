import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benches } from '../rows/index.ts';
import type { Machine } from './machine.ts';
import type { BenchResult } from './run-bench.ts';
import { type MeasuredResult, tableOf } from './table.ts';

const bench_folder = join(import.meta.dirname, '..');
const document_path = join(bench_folder, '../docs/benchmarks.md');
/** What the table is made of: the last result of every bench, with its machine. */
const results_path = join(bench_folder, 'results.json');

/** Keeps results and renews the document. Benches without a new result keep their last one. */
export function writeResults(results: readonly BenchResult[], machine: Machine): void {
  const kept = readResults().filter(({ result }) => !results.some(({ name }) => name === result.name));
  const measured = [...kept, ...results.map((result) => ({ result, machine }))];
  const inOrder = benches.flatMap((bench) => measured.filter(({ result }) => result.name === bench.name));
  writeFileSync(results_path, `${JSON.stringify(inOrder, null, 2)}\n`);
  renewDocument();
}

/** Renews the parts of docs/benchmarks.md that are made, of what was last measured and of the profiles. */
export function renewDocument(): void {
  writeFileSync(document_path, checkDocument().renewed);
}

/** The document as it is in the checkout, and as it would be if it was written now from what was last measured. */
export function checkDocument(): { written: string; renewed: string } {
  const written = readFileSync(document_path, 'utf8');
  const with_table = putBetween(written, 'table', tableOf(benches, readResults()));
  return { written, renewed: putBetween(with_table, 'profiles', readProfiles()) };
}

/** Puts text between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. Throws where they are not there once. */
export function putBetween(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const parts = document.split(begin);
  const after = parts[1]?.split(end);
  if (parts.length !== 2 || after?.length !== 2)
    throw new Error(`docs/benchmarks.md needs ${begin} and ${end}, each once`);
  return `${parts[0]}${begin}\n\n${text.trim()}\n\n${end}${after[1]}`;
}

/** The last result of every bench that was ever measured. */
export function readResults(): MeasuredResult[] {
  return existsSync(results_path) ? JSON.parse(readFileSync(results_path, 'utf8')) : [];
}

/** What bench/profiles holds, by file name. */
function readProfiles(): string {
  const folder = join(bench_folder, 'profiles');
  const files = globSync('*.md', { cwd: folder }).sort();
  return files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
}
