/** A server's memory at one moment, in megabytes. */
export interface MemorySample {
  rss: number;
  heap: number;
}

/** What a third of a run amounts to, in megabytes. */
export interface MemoryThird {
  /** The median of the resident set. */
  rss: number;
  /** The median of the heap, garbage included: it says as much about when garbage was collected as about what is kept. */
  heap: number;
  /** The lowest tenth of the heap: what is there right after garbage was collected. */
  heap_floor: number;
}

/** The thirds of a run: the first warms up, the other two are compared. */
export interface Thirds {
  first: MemoryThird;
  middle: MemoryThird;
  last: MemoryThird;
}

/** What /metrics says of the process's memory. */
export async function sampleMemory(address: string): Promise<MemorySample> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const megabytes = (name: string) => {
    const bytes = Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
    if (!(bytes > 0)) throw new Error(`/metrics has no ${name}`);
    return bytes / 2 ** 20;
  };
  return { rss: megabytes('process_resident_memory_bytes'), heap: megabytes('nodejs_heap_size_used_bytes') };
}

/** Sums each third up, rounded to a tenth of a megabyte. */
export function thirdsOf(samples: readonly MemorySample[]): Thirds {
  const third = Math.floor(samples.length / 3);
  const sumUp = (from: number, to?: number): MemoryThird => {
    const part = samples.slice(from, to);
    const heaps = part.map(({ heap }) => heap);
    return {
      rss: quantile(
        part.map(({ rss }) => rss),
        0.5,
      ),
      heap: quantile(heaps, 0.5),
      heap_floor: quantile(heaps, 0.1),
    };
  };
  return { first: sumUp(0, third), middle: sumUp(third, 2 * third), last: sumUp(2 * third) };
}

function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length * share)] ?? Number.NaN) * 10) / 10;
}
