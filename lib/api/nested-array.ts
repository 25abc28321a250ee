/**
 * Nested arrays of the elements of a result.
 * @module
 */
import type { TypedArray } from '../core/dtype.js';

/** Arrays in arrays, one level per dimension. Without dimensions, the element itself. */
export type NestedArray<T> = T | NestedArray<T>[];

/**
 * Returns elements in C order as nested arrays.
 * @param entries number of entries of `data` per element: 2 for complex elements, which become pairs.
 */
export function nest(data: TypedArray, shape: readonly number[], entries: 1 | 2): NestedArray<unknown> {
  const elements: unknown[] =
    entries === 1
      ? Array.from<unknown>(data)
      : Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i], data[2 * i + 1]]);
  let level = elements;
  for (let d = shape.length - 1; d > 0; d--) {
    const length = shape[d] ?? 0;
    const inner = level;
    const count = shape.slice(0, d).reduce((product, extent) => product * extent, 1);
    level = Array.from({ length: count }, (_, i) => inner.slice(i * length, (i + 1) * length));
  }
  return shape.length === 0 ? level[0] : level;
}
