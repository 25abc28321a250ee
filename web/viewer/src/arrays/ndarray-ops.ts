/**
 * Replaces the package `ndarray-ops` in the viewer, for the same reason as `ndarray.ts`. The viewer and h5web use only
 * `assign`.
 * @see https://github.com/scijs/ndarray-ops
 * @module
 */
import type { NdArray } from './ndarray.js';

/** Copies the elements of `source` to `target`, which has the same shape. */
export function assign<T>(target: NdArray<T>, source: NdArray<T>): void {
  const { shape } = target;
  if (shape.length !== source.shape.length || shape.some((extent, d) => extent !== source.shape[d])) {
    throw new Error(`Expected the shape [${shape.join()}], received [${source.shape.join()}]`);
  }
  if (target.size === 0) return;
  const last = shape.length - 1;
  const count = shape[last] ?? 1;
  const [targetPace, sourcePace] = [target.stride[last] ?? 1, source.stride[last] ?? 1];
  const position = shape.map(() => 0);
  for (;;) {
    let to = target.index(...position);
    let from = source.index(...position);
    for (let i = 0; i < count; i++, to += targetPace, from += sourcePace) target.data[to] = source.data[from] as T;
    let d = last - 1;
    for (; d >= 0; d--) {
      const next = (position[d] ?? 0) + 1;
      position[d] = next < (shape[d] ?? 0) ? next : 0;
      if (next < (shape[d] ?? 0)) break;
    }
    if (d < 0) return;
  }
}

export default { assign };
