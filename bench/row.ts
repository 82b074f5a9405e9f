/** What one run of one side amounted to. */
export interface Reading {
  /** How many operations it did: debits, events, requests. */
  operations: number;
  /** Wall time, in seconds. */
  seconds: number;
  /**
   * Processor time of everything that takes part and is not the load itself, in seconds. Undefined where it cannot be
   * told, as of a database on another machine.
   */
  cpu_seconds: number | undefined;
}

/** One side of a comparison, opened and warm. */
export interface Side {
  /** As it is printed, with the version where it is somebody else's: `rate-limiter-flexible 8.0.1, memory`. */
  name: string;
  /** Does the work once, for a second or two. */
  run(): Promise<Reading>;
  close(): Promise<void>;
}

/** What a row cannot do without. */
export type Need = 'database_url' | 'redis_url' | 'pgledger_sql';

/** What the machine offers to a row. What is not there is undefined, and the rows that need it say so. */
export interface BenchContext {
  /** The owner's URL of an empty database of this row's own; dropped afterwards. */
  database_url?: string | undefined;
  redis_url?: string | undefined;
  /** The path of pgledger's own SQL. */
  pgledger_sql?: string | undefined;
  /** A folder of this row's own; removed afterwards. */
  folder: string;
}

/** A row of the table: our work beside somebody else's, in one run. */
export interface BenchRow {
  /** In kebab-case, as in `tallystick bench redis-limiter`. */
  name: string;
  /** What is done, in words. */
  work: string;
  /**
   * Which figure is compared. `throughput`: operations a second, ours over theirs. `time`: seconds an operation, theirs
   * over ours. `cpu`: operations a second of processor time, ours over theirs.
   */
  compare: 'throughput' | 'time' | 'cpu';
  /** The least ratio, from the design. */
  goal: number;
  needs: readonly Need[];
  /** Both sides, set up and warmed. They are run in turns, at least five times each. */
  open(context: BenchContext): Promise<{ ours: Side; theirs: Side }>;
}

/** A figure with a bound of its own. */
export interface BoundedFigure {
  /** As in `a tenant's month by day`. */
  what: string;
  value: number;
  /** `ms`, or what is counted: `faults`. */
  unit: string;
  /** The goal, in the same unit. */
  at_most: number;
}

/** A bench with nobody to be measured against: its figures have bounds of their own. */
export interface BenchBound {
  name: string;
  work: string;
  needs: readonly Need[];
  measure(context: BenchContext): Promise<BoundedFigure[]>;
}

export type Bench = BenchRow | BenchBound;
