/** One row of the registry: what a client is told about a code, and where it lands in HTTP. */
export interface ErrorEntry {
  /** The HTTP status; it comes from here and nowhere else. */
  status: number;
  /** One short line, the same for every occurrence. */
  title: string;
  /** What happened, as the docs page says it. */
  explanation: string;
  /** What the caller can do about it. */
  remedy: string;
  /** Seconds for a Retry-After header, where waiting helps. */
  retry_after?: number;
}
