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

/**
 * Returns the product of `factors`, for example the number of elements of a shape; `first` if there are none. Inexact
 * above 2^53.
 * @param first a further factor, such as the size of an element in bytes.
 */
export function product(factors: readonly number[], first = 1): number {
  let result = first;
  for (const factor of factors) result *= factor;
  return result;
}
