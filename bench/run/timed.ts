import type { Reading } from '../row.ts';
import type { ProcessorClock } from './processor-time.ts';

/** Times a piece of work, which answers how many operations it did. */
export async function timed(clock: ProcessorClock, work: () => Promise<number>): Promise<Reading> {
  const cpu_before = clock();
  const began = performance.now();
  const operations = await work();
  const seconds = (performance.now() - began) / 1000;
  const cpu_after = clock();
  const cpu_seconds =
    cpu_before === undefined || cpu_after === undefined ? undefined : cpu_after - cpu_before;
  return { operations, seconds, cpu_seconds };
}
