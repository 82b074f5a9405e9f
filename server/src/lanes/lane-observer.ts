/** Hears what a lane does, for metrics. */
export interface LaneObserver {
  /** A batch was committed: how many items it had, and how long it took from its first statement to the last. */
  committed(items: number, seconds: number): void;
  /** Items that another writer was faster with, so that they are decided again. */
  overtaken(items: number): void;
  /** An item that found no room, or waited too long. */
  shed(): void;
}
