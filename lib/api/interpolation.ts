/**
 * Positions and values of quantiles, as NumPy computes them.
 * @module
 */

/** Returns the positions, in ascending order of the elements, that the quantiles of `count` elements need. */
export function positionsOf(quantiles: readonly number[], count: number): number[] {
  const positions = new Set<number>();
  for (const quantile of quantiles) {
    const lower = Math.floor(quantile * (count - 1));
    positions.add(lower).add(Math.min(lower + 1, count - 1));
  }
  return [...positions].sort((a, b) => a - b);
}

/** Elements in ascending order. */
export interface Ordered {
  readonly count: number;
  at(position: number): number;
}

/**
 * Returns a quantile by linear interpolation between the two nearest elements, with the operations and roundings of
 * `numpy.quantile`. If an element is infinite, or the difference of two elements is not finite, NumPy returns NaN or an
 * infinity; this function returns the limit of the interpolation. It is NaN only between both infinities.
 * @param elements at least one element.
 * @param isMedian true to round as `numpy.median` does, which computes the mean of the two nearest elements.
 */
export function interpolate(elements: Ordered, quantile: number, isMedian: boolean): number {
  const last = elements.count - 1;
  const lower = Math.floor(quantile * last);
  const share = quantile * last - lower;
  const a = elements.at(lower);
  const b = elements.at(Math.min(lower + 1, last));
  if (share === 0 || a === b) return a;
  const difference = b - a;
  if (isMedian && Number.isFinite(a + b)) return (a + b) / 2;
  if (Number.isFinite(difference)) return share >= 0.5 ? b - difference * (1 - share) : a + difference * share;
  return a * (1 - share) + b * share;
}
