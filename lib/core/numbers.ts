/**
 * Number theory for sizes and offsets.
 * @module
 */

/** Returns the greatest common divisor of two integers of at least 0; 0 if both are 0. */
export function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
