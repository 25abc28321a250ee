/**
 * Selects elements of an array in memory, as a model of reads.
 * @module
 */

/**
 * Returns the selected elements of `data`, an array of shape `shape`, in C order.
 * @param indices the selected indices per dimension. All combinations of them are selected.
 */
export function pickElements(
  data: ArrayLike<number>,
  shape: readonly number[],
  indices: readonly (readonly number[])[],
): number[] {
  let offsets = [0];
  for (const [d, axis] of indices.entries()) {
    offsets = offsets.flatMap((offset) => axis.map((index) => offset * (shape[d] ?? 1) + index));
  }
  return offsets.map((offset) => data[offset] ?? Number.NaN);
}
