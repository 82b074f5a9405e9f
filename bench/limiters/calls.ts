import type { Reading, Side } from '../row.ts';
import type { ProcessorClock } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';

const RUN_MS = 1000;
/** So many calls between two looks at the clock, which would cost as much as a call. */
const CALLS_BETWEEN = 64;

/** Decides about a call, and throws where the answer is not yes; a promise only where there is something to wait for. */
export type DecideCall<Key> = (key: Key) => unknown;

/** A side of so many callers that ask in turn about the calls of all keys, as fast as they are answered. */
export async function openCalls<Key>(
  name: string,
  keys: readonly Key[],
  options: { callers: number; clock: ProcessorClock; decide: DecideCall<Key>; close(): Promise<void> },
): Promise<Side> {
  const { callers, clock, decide, close } = options;
  const caller = async (first: number, until: number): Promise<number> => {
    let call = 0;
    while (performance.now() < until)
      for (const end = call + CALLS_BETWEEN; call < end; call += 1) {
        const decided = decide(keys[(first + call) % keys.length] as Key);
        if (decided instanceof Promise) await decided;
      }
    return call;
  };
  const read = (): Promise<Reading> =>
    timed(clock, async () => {
      const until = performance.now() + RUN_MS;
      const counts = await Promise.all(Array.from({ length: callers }, (_, first) => caller(first, until)));
      return counts.reduce((total, count) => total + count, 0);
    });
  // Reads what is kept of all keys, and lets V8 compile.
  await Promise.all(keys.map((key) => decide(key)));
  await read();
  return { name, run: read, close };
}
