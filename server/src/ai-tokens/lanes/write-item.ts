import type { TokenWrite, WriteHeader, WriteKind, Written } from '../token-write.ts';

/** One caller's write on its way through a lane. */
export interface WriteItem {
  readonly tenant_id: string;
  readonly write: TokenWrite;
  readonly header: WriteHeader | undefined;
  /** When it came, in milliseconds of a clock that never steps back. */
  readonly arrived_ms: number;
  /** How often another writer of its book was faster. */
  overtaken: number;
  /** Whether its keys are to be read, because it matters whether they are new, and nothing is remembered of them. */
  reads_keys: boolean;
  /** Each is called once, and one of them always is. */
  resolve(written: Written<WriteKind>): void;
  reject(error: unknown): void;
}
