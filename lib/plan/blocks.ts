/**
 * Divides a selection into blocks.
 * @module
 */

import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { product } from '../core/numbers.js';
import type { Axis, Hyperslab } from './hyperslab.js';

/** Boundaries of the blocks in each dimension `d`: block `b` has the positions [cuts[d][b], cuts[d][b + 1]). */
export type BlockCuts = readonly (readonly number[])[];

/**
 * Cuts an axis into pieces of at most `size` positions.
 * @param chunkSize distance between chunk boundaries. If the axis is an ascending range, pieces that can contain a
 *   whole chunk end at chunk boundaries, and smaller pieces do not cross them. 0 to ignore chunks.
 */
export function* cutAxis(axis: Axis, size: number, chunkSize: number): Sliced<number[]> {
  const { count } = axis;
  const cuts = [0];
  for (let at = 0; at < count; ) {
    at = Math.min(count, nextCut(axis, at, size, chunkSize));
    cuts.push(at);
    if (cuts.length % stepsPerCheckpoint === 0) yield checkpoint;
  }
  if (count === 0) cuts.push(0);
  return cuts;
}

/** Returns the end of the piece that begins at position `at`. */
function nextCut(axis: Axis, at: number, size: number, chunkSize: number): number {
  if (axis.kind === 'list' || axis.step < 0 || chunkSize === 0) return at + size;
  const { start, step } = axis;
  const index = start + at * step;
  const reach = size * step;
  const chunkStart = Math.floor(index / chunkSize) * chunkSize;
  const unit = reach >= chunkSize ? Math.floor(reach / chunkSize) * chunkSize : reach;
  const origin = reach >= chunkSize ? 0 : chunkStart;
  const end = origin + (Math.floor((index - origin) / unit) + 1) * unit;
  const stop = reach >= chunkSize ? end : Math.min(end, chunkStart + chunkSize);
  return Math.max(at + 1, Math.ceil((stop - start) / step));
}

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

/** Returns the positions of the block with these coordinates in the grid of blocks. */
export function blockAt(cuts: BlockCuts, coordinates: readonly number[]): BlockRange {
  return {
    begin: coordinates.map((b, d) => cuts[d]?.[b] ?? 0),
    end: coordinates.map((b, d) => cuts[d]?.[b + 1] ?? 0),
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
export function countBlocks(cuts: BlockCuts): number[] {
  return cuts.map((of) => of.length - 1);
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
