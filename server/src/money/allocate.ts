import { floorDiv } from './round.ts';

/**
 * Splits a total over weights so that the parts sum to it exactly: each part is its share rounded down, and the units
 * left over go one each to the largest remainders, the earlier part first among equals. A negative total mirrors the
 * positive one. Throws a RangeError for a negative weight, or where all weights are zero and the total is not.
 */
export function allocateByLargestRemainder(total: bigint, weights: readonly bigint[]): bigint[] {
  if (total < 0n) return allocateByLargestRemainder(-total, weights).map((part) => -part);
  if (weights.some((weight) => weight < 0n)) throw new RangeError('a weight is negative');
  const sum = weights.reduce((left, right) => left + right, 0n);
  if (sum === 0n) {
    if (total === 0n) return weights.map(() => 0n);
    throw new RangeError('there is no weight to allocate a total to');
  }
  const shares = weights.map((weight, index) => {
    const part = floorDiv(total * weight, sum);
    return { index, part, remainder: total * weight - part * sum };
  });
  const left = Number(total - shares.reduce((allocated, share) => allocated + share.part, 0n));
  const favoured = [...shares].sort(
    (a, b) => Number(b.remainder > a.remainder) - Number(b.remainder < a.remainder),
  );
  for (const share of favoured.slice(0, left)) share.part += 1n;
  return shares.map((share) => share.part);
}
