import { randomFillSync } from 'node:crypto';

/** A source of randomness: `bytes` fresh bytes, which the caller may keep. Tests and the demo inject their own. */
export type Random = (bytes: number) => Buffer;

const pool = Buffer.alloc(8192);
let used = pool.length;

/** The operating system's randomness, drawn in pages because a draw per id would cost more than the id. */
export const systemRandom: Random = (bytes) => {
  if (bytes > pool.length) return randomFillSync(Buffer.alloc(bytes));
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const drawn = Buffer.from(pool.subarray(used, used + bytes));
  // What was handed out may become a key, so it does not stay behind in the pool.
  pool.fill(0, used, used + bytes);
  used += bytes;
  return drawn;
};
