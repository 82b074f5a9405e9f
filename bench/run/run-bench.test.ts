import { expect, test } from 'vitest';
import type { BenchRow, Reading, Side } from '../row.ts';
import { isMet, ratioText, resultLines } from './result-line.ts';
import { runBench } from './run-bench.ts';

/** A row whose sides give these readings in turn; what happened is noted. */
function row(ours: Reading[], theirs: Reading[], more: Partial<BenchRow> = {}) {
  const happened: string[] = [];
  const side = (name: string, readings: Reading[]): Side => ({
    name,
    run: async () => {
      happened.push(name);
      return readings.shift() ?? { operations: 0, seconds: 0, cpu_seconds: 0 };
    },
    close: async () => void happened.push(`${name} closed`),
  });
  const bench: BenchRow = {
    name: 'a-row',
    work: 'work',
    compare: 'throughput',
    goal: 30,
    needs: [],
    open: async () => ({ ours: side('ours', ours), theirs: side('theirs', theirs) }),
    ...more,
  };
  return { bench, happened };
}

const context = { folder: '' };
const readings = (...rates: number[]): Reading[] =>
  rates.map((operations) => ({ operations, seconds: 2, cpu_seconds: operations / 1e5 }));

test('the sides take turns, the line has the medians, and the ratio stands last', async () => {
  const { bench, happened } = row(readings(600, 624, 700), readings(20, 19, 30));
  const told: number[] = [];
  const result = await runBench(bench, context, 3, (done) => told.push(done));
  expect(happened.slice(0, 6)).toEqual(['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
  expect(happened.slice(6).toSorted()).toEqual(['ours closed', 'theirs closed']);
  expect(told.at(-1)).toBe(1);
  expect(resultLines(result)).toEqual([
    'a-row: ours: 312/s (spread 16%, 10.0 us CPU) | theirs: 10/s (spread 55%, 10.0 us CPU) | ratio: 31.2 (goal 30)',
  ]);
  expect(isMet(result)).toBe(true);
});

test('of times the ratio is theirs over ours, and of processor time ours over theirs', async () => {
  const slow = [{ operations: 100, seconds: 2, cpu_seconds: 1 }];
  const fast = [{ operations: 100, seconds: 1, cpu_seconds: 0.25 }];
  const by_time = await runBench(row([...slow], [...fast], { compare: 'time' }).bench, context, 1, () => {});
  expect(by_time).toMatchObject({ ratio: 0.5, ours: { figure: 0.02 } });
  const by_cpu = await runBench(row([...fast], [...slow], { compare: 'cpu' }).bench, context, 1, () => {});
  expect(by_cpu).toMatchObject({ ratio: 4, ours: { figure: 400 } });
});

test('processor time that cannot be told is a dash', async () => {
  const untold = [{ operations: 1, seconds: 1, cpu_seconds: undefined }];
  const result = await runBench(row([...untold], readings(1)).bench, context, 1, () => {});
  expect(resultLines(result)[0]).toContain('ours: 1/s (spread 0%, - CPU)');
});

test('a run that did nothing fails the row, and both sides are closed', async () => {
  const { bench, happened } = row([], readings(1));
  await expect(runBench(bench, context, 1, () => {})).rejects.toThrow('ours did nothing');
  expect(happened).toContain('ours closed');
  expect(happened).toContain('theirs closed');
});

test('a ratio is rounded down, so that it never looks better than it is', () => {
  expect([ratioText(0.8499), ratioText(24.99), ratioText(31.2)]).toEqual(['0.84', '24.9', '31.2']);
});
