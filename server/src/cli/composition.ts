import type { OffsetClock } from '../clock/index.ts';
import type { Config } from '../config/index.ts';
import type { Database } from '../db/index.ts';
import type { DueWorkLog, DueWorkRunner } from '../due-work/index.ts';
import type { Route, Services } from '../http/index.ts';

/** The parts of a running Tallystick, put together by main.ts. */
export interface Composition {
  config: Config;
  db: Database;
  clock: OffsetClock;
  services: Services;
  routes: readonly Route[];
  runner: DueWorkRunner;
  /** Where due work logs from now on; nowhere before. */
  useLog(log: DueWorkLog): void;
  /** Brings the clock up to what other processes advanced it to. */
  refreshClock(): Promise<void>;
  /** Stops the runner and closes the database. */
  close(): Promise<void>;
}
