/**
 * numerator / denominator rounded to the nearest integer, an exact half to the even one.
 * Both may be negative. Throws a RangeError for a denominator of zero.
 */
export function halfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = floorDiv(numerator, denominator);
  const rest = numerator - floor * denominator;
  // The rest has the denominator's sign, so twice the rest against the denominator says on which side of the half it lies.
  const side = denominator > 0n ? 2n * rest - denominator : denominator - 2n * rest;
  if (side < 0n) return floor;
  if (side > 0n) return floor + 1n;
  return floor % 2n === 0n ? floor : floor + 1n;
}

/** numerator / denominator rounded up, towards plus infinity. Throws a RangeError for a denominator of zero. */
export function ceilDiv(numerator: bigint, denominator: bigint): bigint {
  return -floorDiv(-numerator, denominator);
}

/** numerator / denominator rounded down, towards minus infinity: BigInt division cuts towards zero instead. */
export function floorDiv(numerator: bigint, denominator: bigint): bigint {
  const cut = numerator / denominator;
  return cut * denominator !== numerator && numerator < 0n !== denominator < 0n ? cut - 1n : cut;
}
