/**
 * Shapes of the results of a reduction, and the distances with which a kernel steps through elements and results.
 * @module
 */
import { product } from '../core/numbers.js';
import type { Hyperslab } from './hyperslab.js';

/** One dimension of a block of elements. A step is the distance between two neighbours along the dimension. */
export interface ReduceDim {
  readonly count: number;
  readonly sourceStep: number;
  /** Distance between the results of two neighbours; 0 if the dimension is reduced, because they share one result. */
  readonly outputStep: number;
}

/** Returns `shape` without the reduced dimensions, or with length 1 for each of them if `keepDims` is true. */
export function reducedShape(shape: readonly number[], isReduced: readonly boolean[], keepDims: boolean): number[] {
  return shape.flatMap((size, d) => (isReduced[d] === true ? (keepDims ? [1] : []) : [size]));
}

/**
 * Returns the dimensions of a block whose elements and results are in C order. Merges neighbouring dimensions that can
 * be treated as one.
 * @param entries number of values per element, each with its own result: 2 for complex numbers.
 */
export function reduceDims(shape: readonly number[], isReduced: readonly boolean[], entries: number): ReduceDim[] {
  const dims: ReduceDim[] = entries === 1 ? [] : [{ count: entries, sourceStep: 1, outputStep: 1 }];
  let sourceStep = entries;
  let outputStep = entries;
  for (let d = shape.length - 1; d >= 0; d--) {
    const count = shape[d] ?? 1;
    const reduced = isReduced[d] === true;
    const inner = dims[0];
    if (count !== 1) {
      if (inner !== undefined && (inner.outputStep === 0) === reduced) {
        dims[0] = { ...inner, count: inner.count * count };
      } else {
        dims.unshift({ count, sourceStep, outputStep: reduced ? 0 : outputStep });
      }
    }
    sourceStep *= count;
    if (!reduced) outputStep *= count;
  }
  return dims;
}

/**
 * Changes a block shape for a reduction. First shortens the block so that it has at most `maxOutputs` results. Then
 * extends it to at most `maxElements` elements along the reduced dimensions, because this adds no results.
 * @param sizes shape of the block before the change.
 * @param order dimensions in the order of storage, slowest first.
 * @param isReduced has one entry per dimension of the array.
 */
export function boundOutputs(
  sizes: readonly number[],
  slab: Hyperslab,
  order: readonly number[],
  isReduced: readonly boolean[],
  maxOutputs: number,
  maxElements: number,
): number[] {
  const shape = [...sizes];
  const product = (of: readonly number[]): number => of.reduce((all, d) => all * (shape[d] ?? 1), 1);
  const kept = order.filter((d) => isReduced[d] !== true);
  for (const d of kept) {
    const rest = product(kept) / (shape[d] ?? 1);
    shape[d] = Math.max(1, Math.min(shape[d] ?? 1, Math.floor(maxOutputs / rest)));
  }
  for (const d of order.toReversed()) {
    if (isReduced[d] !== true) continue;
    const size = shape[d] ?? 1;
    const factor = Math.floor(maxElements / Math.max(1, product(order)));
    shape[d] = Math.max(size, Math.min(slab[d]?.count ?? 1, size * factor));
  }
  return shape;
}

/**
 * Calls `copy` for each row of a box, which is a contiguous run along the last dimension. The arguments of `copy` are
 * the index of the first element in the box, the index of the same element in the array, and the number of elements.
 * @param box shape of the box. @param begin position of the box in the array. @param shape shape of the array.
 */
export function forEachRun(
  box: readonly number[],
  begin: readonly number[],
  shape: readonly number[],
  copy: (from: number, to: number, length: number) => void,
): void {
  const length = box.at(-1) ?? 1;
  const runs = product(box.slice(0, -1));
  for (let run = 0; run < runs && length > 0; run++) {
    let rest = run;
    let to = begin.at(-1) ?? 0;
    let stride = shape.at(-1) ?? 1;
    for (let d = box.length - 2; d >= 0; d--) {
      const size = box[d] ?? 1;
      to += ((begin[d] ?? 0) + (rest % size)) * stride;
      stride *= shape[d] ?? 1;
      rest = Math.floor(rest / size);
    }
    copy(run * length, to, length);
  }
}
