import type { Bench, BenchContext, BenchRow, BoundedFigure, Reading, Side } from '../row.ts';

/** One side after all of its runs. */
export interface SideResult {
  name: string;
  /** The median of what is compared: operations a second, seconds an operation, operations a processor second. */
  figure: number;
  /** How far the runs lie apart: largest less smallest, as a share of the median. */
  spread: number;
  /** The median of processor time an operation, in microseconds; null where it cannot be told. */
  cpu_us: number | null;
}

/** What came of a bench, as it is kept in results.json. */
export type BenchResult =
  | {
      kind: 'ratio';
      name: string;
      compare: BenchRow['compare'];
      goal: number;
      runs: number;
      ours: SideResult;
      theirs: SideResult;
      ratio: number;
    }
  | { kind: 'bound'; name: string; figures: BoundedFigure[] };

/** Told how far a bench is: 0 to 1. */
export type Progress = (done: number) => void;

/** Runs a bench in a context of its own. Rows run each side so many times, in turns. */
export async function runBench(
  bench: Bench,
  context: BenchContext,
  runs: number,
  progress: Progress,
): Promise<BenchResult> {
  if (!('open' in bench)) return { kind: 'bound', name: bench.name, figures: await bench.measure(context) };
  const { ours, theirs } = await bench.open(context);
  try {
    return await compareSides(bench, { ours, theirs }, runs, progress);
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}

async function compareSides(
  row: BenchRow,
  sides: { ours: Side; theirs: Side },
  runs: number,
  progress: Progress,
): Promise<BenchResult> {
  const readings = { ours: [] as Reading[], theirs: [] as Reading[] };
  for (let run = 0; run < runs; run += 1) {
    // Ours, theirs, theirs, ours: a machine that gets slower does so for both.
    const turn = run % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const);
    for (const [half, who] of turn.entries()) {
      readings[who].push(await readSide(sides[who]));
      progress((2 * run + half + 1) / (2 * runs));
    }
  }
  const ours = summarize(sides.ours.name, readings.ours, row.compare);
  const theirs = summarize(sides.theirs.name, readings.theirs, row.compare);
  const ratio = row.compare === 'time' ? theirs.figure / ours.figure : ours.figure / theirs.figure;
  const { name, compare, goal } = row;
  return { kind: 'ratio', name, compare, goal, runs, ours, theirs, ratio };
}

async function readSide(side: Side): Promise<Reading> {
  const reading = await side.run();
  if (!(reading.operations > 0 && reading.seconds > 0)) throw new Error(`${side.name} did nothing`);
  return reading;
}

function summarize(name: string, readings: readonly Reading[], compare: BenchRow['compare']): SideResult {
  const figures = readings.map((reading) => figureOf(reading, compare));
  const figure = median(figures);
  const cpu = readings.map(({ cpu_seconds, operations }) => ((cpu_seconds ?? Number.NaN) / operations) * 1e6);
  return {
    name,
    figure,
    spread: (Math.max(...figures) - Math.min(...figures)) / figure,
    cpu_us: cpu.some(Number.isNaN) ? null : median(cpu),
  };
}

function figureOf({ operations, seconds, cpu_seconds }: Reading, compare: BenchRow['compare']): number {
  if (compare === 'throughput') return operations / seconds;
  if (compare === 'time') return seconds / operations;
  if (cpu_seconds === undefined) throw new Error('processor time cannot be told on this machine');
  return operations / cpu_seconds;
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
