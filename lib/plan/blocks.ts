/**
 * Divides a selection into blocks.
 * @module
 */
import { product } from '../core/numbers.js';
import type { AxisCuts } from './axis-cuts.js';
import type { Hyperslab } from './hyperslab.js';

/**
 * Chooses the shape of blocks of at most `maxElements` elements: whole chunks if one fits, otherwise parts of chunks.
 * Blocks are shortened along the slowest dimensions first, and extended along the fastest dimensions first.
 * @param axisOrder dimensions in the order of storage, slowest first.
 */
export function chooseBlockShape(
  slab: Hyperslab,
  chunkShape: readonly number[],
  axisOrder: readonly number[],
  maxElements: number,
): number[] {
  const shape = slab.map((axis, d) => {
    const step = axis.kind === 'range' ? Math.abs(axis.step) : 1;
    return Math.max(1, Math.min(axis.count, Math.ceil((chunkShape[d] ?? 1) / step)));
  });
  let elements = product(shape);
  for (const d of axisOrder) {
    if (elements <= maxElements) break;
    const rest = elements / (shape[d] ?? 1);
    shape[d] = Math.max(1, Math.floor(maxElements / rest));
    elements = rest * (shape[d] ?? 1);
  }
  for (const d of axisOrder.toReversed()) {
    const size = shape[d] ?? 1;
    const count = Math.max(1, slab[d]?.count ?? 1);
    const longer = Math.min(count, size * Math.max(1, Math.floor(maxElements / elements)));
    elements = (elements / size) * longer;
    shape[d] = longer;
    if (longer < count) break;
  }
  return shape;
}

/** One block: a position range of each dimension. */
export interface BlockRange {
  /** First position of each dimension. */
  readonly begin: readonly number[];
  /** End of each dimension (exclusive). */
  readonly end: readonly number[];
}

/**
 * Returns the positions of the block with these coordinates in the grid of blocks.
 * @param cuts pieces of each dimension.
 */
export function blockAt(cuts: readonly AxisCuts[], coordinates: readonly number[]): BlockRange {
  return {
    begin: coordinates.map((b, d) => cuts[d]?.at(b) ?? 0),
    end: coordinates.map((b, d) => cuts[d]?.at(b + 1) ?? 0),
  };
}

/** Extends a range by `overlap` positions on both sides of each dimension, within the selection. */
export function extendRange({ begin, end }: BlockRange, overlap: readonly number[], slab: Hyperslab): BlockRange {
  return {
    begin: begin.map((at, d) => Math.max(0, at - (overlap[d] ?? 0))),
    end: end.map((at, d) => Math.min(slab[d]?.count ?? 0, at + (overlap[d] ?? 0))),
  };
}

/** Returns the number of blocks of each dimension. */
export function countBlocks(cuts: readonly AxisCuts[]): number[] {
  return cuts.map(({ count }) => count);
}

/**
 * Returns the coordinates of a block.
 * @param index number of the block if the blocks are counted in the order of `axisOrder`, whose last dimension varies
 *   fastest.
 */
export function blockCoordinates(counts: readonly number[], axisOrder: readonly number[], index: number): number[] {
  const coordinates = counts.map(() => 0);
  let rest = index;
  for (const d of axisOrder.toReversed()) {
    const count = counts[d] ?? 1;
    coordinates[d] = rest % count;
    rest = (rest - (coordinates[d] ?? 0)) / count;
  }
  return coordinates;
}
