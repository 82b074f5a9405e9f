import { Counter, Gauge, Histogram, type Metric } from 'prom-client';
import type { LaneObserver } from '../lanes/index.ts';

/** From a lone write to a full batch. */
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
/** In seconds: a commit on a fast disk takes about one millisecond. */
const secondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The figures of all lanes of a process, by what they write. */
export interface LaneMetrics {
  /** To be registered where they are to be scraped. */
  metrics: readonly Metric[];
  /** The observer of the lanes that write `writer`. */
  observer(writer: string): LaneObserver;
  /** Tells how much waits in the lanes that write `writer`, from now on. */
  watchDepth(writer: string, depth: () => number): void;
}

/** Makes the metrics of lanes, in no registry yet. */
export function laneMetrics(): LaneMetrics {
  const depths = new Map<string, () => number>();
  const base = { labelNames: ['writer'], registers: [] };
  const depth = new Gauge({
    ...base,
    name: 'tallystick_lane_depth',
    help: 'What waits to be written in a batch.',
    collect() {
      for (const [writer, depthOf] of depths) this.set({ writer }, depthOf());
    },
  });
  const items = new Histogram({
    ...base,
    name: 'tallystick_lane_batch_items',
    help: 'How much was committed together.',
    buckets: batchBuckets,
  });
  const seconds = new Histogram({
    ...base,
    name: 'tallystick_lane_commit_seconds',
    help: 'How long a batch took, from its first statement to its last.',
    buckets: secondBuckets,
  });
  const overtaken = new Counter({
    ...base,
    name: 'tallystick_lane_overtaken_total',
    help: 'Items that another writer was faster with, decided again.',
  });
  const shed = new Counter({
    ...base,
    name: 'tallystick_lane_shed_total',
    help: 'Items that were refused because too much waited.',
  });
  return {
    metrics: [depth, items, seconds, overtaken, shed],
    observer: (writer) => ({
      committed: (count, took_seconds) => {
        items.observe({ writer }, count);
        seconds.observe({ writer }, took_seconds);
      },
      overtaken: (count) => overtaken.inc({ writer }, count),
      shed: () => shed.inc({ writer }),
    }),
    watchDepth: (writer, depthOf) => void depths.set(writer, depthOf),
  };
}
