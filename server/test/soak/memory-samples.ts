/** A server's memory at one moment, in megabytes. */
export interface MemorySample {
  rss: number;
  heap: number;
}

/** The medians of the thirds of a run: the first warms up, the other two are compared. */
export interface Thirds {
  first: MemorySample;
  middle: MemorySample;
  last: MemorySample;
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

/** The medians of each third, rounded to a tenth of a megabyte. */
export function thirdsOf(samples: readonly MemorySample[]): Thirds {
  const third = Math.floor(samples.length / 3);
  const medians = (from: number, to?: number) => {
    const part = samples.slice(from, to);
    return { rss: median(part.map(({ rss }) => rss)), heap: median(part.map(({ heap }) => heap)) };
  };
  return { first: medians(0, third), middle: medians(third, 2 * third), last: medians(2 * third) };
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return Math.round((sorted[sorted.length >> 1] ?? Number.NaN) * 10) / 10;
}
