import type { Bench } from '../row.ts';
import type { Machine } from './machine.ts';
import { boundText, cpuText, figureText, isMet, ratioText } from './result-line.ts';
import type { BenchResult, SideResult } from './run-bench.ts';

/** A result with the machine and the day it is from. */
export interface MeasuredResult {
  result: BenchResult;
  machine: Machine;
}

/** The tables of docs/benchmarks.md: a line for every bench, also for those that nobody has measured. */
export function tableOf(benches: readonly Bench[], measured: readonly MeasuredResult[]): string {
  const resultOf = (bench: Bench) => measured.find(({ result }) => result.name === bench.name)?.result;
  const rows = benches.filter((bench) => 'open' in bench);
  const bounds = benches.filter((bench) => !('open' in bench));
  return [
    '| bench | work | ours | theirs | ratio | goal |',
    '|---|---|---|---|---|---|',
    ...rows.map((bench) => rowLine(bench, resultOf(bench))),
    '',
    '| bench | work | figure |',
    '|---|---|---|',
    ...bounds.map((bench) => boundLine(bench, resultOf(bench))),
    '',
    ...machineLines(measured),
  ].join('\n');
}

function rowLine(bench: Bench, result: BenchResult | undefined): string {
  const goal = 'goal' in bench ? bench.goal : '';
  if (result?.kind !== 'ratio')
    return tableLine([`\`${bench.name}\``, bench.work, 'not measured', '', '', goal]);
  const { compare, ours, theirs, ratio } = result;
  const text = isMet(result) ? `**${ratioText(ratio)}**` : ratioText(ratio);
  return tableLine([
    `\`${bench.name}\``,
    bench.work,
    sideCell(compare, ours),
    sideCell(compare, theirs),
    text,
    goal,
  ]);
}

function boundLine(bench: Bench, result: BenchResult | undefined): string {
  const figures =
    result?.kind === 'bound'
      ? result.figures.map((figure) => `${figure.what}: ${boundText(figure)}`).join('<br>')
      : 'not measured';
  return tableLine([`\`${bench.name}\``, bench.work, figures]);
}

function sideCell(compare: Parameters<typeof figureText>[0], side: SideResult): string {
  return `${side.name}<br>${figureText(compare, side.figure)}, ${cpuText(side.cpu_us)} CPU, spread ${Math.round(side.spread * 100)}%`;
}

function tableLine(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Where and when; with the names of the benches where there was more than one occasion. */
function machineLines(measured: readonly MeasuredResult[]): string[] {
  const occasions = new Map<string, string[]>();
  for (const { result, machine } of measured) {
    const { hardware, versions, date } = machine;
    const text = `${date} on ${hardware}, with ${versions.join(', ')}`;
    occasions.set(text, [...(occasions.get(text) ?? []), result.name]);
  }
  if (occasions.size <= 1) return [...occasions.keys()].map((text) => `Measured ${text}.`);
  return [...occasions].map(([text, names]) => `- Measured ${text}: ${names.join(', ')}.`);
}
