/**
 * Parses serialized selections of dataspaces, which a virtual dataset uses to map its elements to those of its sources.
 * Source: HDF5 File Format Specification 4.0, section "Dataspace selection" (VIII.A).
 * @module
 */
import { UnsupportedError } from '../../../core/errors.js';
import { maxRank } from '../../../core/limits.js';
import type { Io, Pace } from '../../../io/io.js';
import { virtualHint } from '../../refusal-hints.js';
import { sorted } from '../../sorted.js';
import type { Hdf5Cursor } from '../cursor.js';

const virtualOwner = 'an HDF5 virtual dataset';

function refuse(what: string, owner: string, path: string): UnsupportedError {
  return new UnsupportedError(what, path, owner === virtualOwner ? virtualHint : 'Read it with h5py');
}

/**
 * Selected indices of a dimension: `count` blocks of `block` adjacent indices; `stride` is the distance between the
 * starts of neighbouring blocks. `count` or `block` is Infinity if the selection is unlimited.
 */
export interface Blocks {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
  readonly block: number;
}

/** Selected indices of a dimension, ascending. */
export type DimensionSelection = readonly Blocks[];

/** A selection: all elements, or the product of the selected indices of each dimension. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'product'; readonly dimensions: readonly DimensionSelection[] };

const typeCodes = { none: 0, points: 1, hyperslab: 2, all: 3 } as const;

/**
 * Parses the selection at the position of the cursor. A selection of nothing has a dimension without indices.
 * @param owner what has the selection, for errors.
 * @throws {UnsupportedError} if it is a list of points, or not a product of indices per dimension.
 */
export function* parseSelection(cursor: Hdf5Cursor, pace: Pace, owner = virtualOwner): Io<Selection> {
  const type = cursor.u32();
  switch (type) {
    case typeCodes.all:
    case typeCodes.none: {
      checkVersion(cursor, 1, 1);
      cursor.skip(8);
      return type === typeCodes.all ? { kind: 'all' } : { kind: 'product', dimensions: [[]] };
    }
    case typeCodes.hyperslab:
      return { kind: 'product', dimensions: yield* parseHyperslab(cursor, pace, owner) };
    case typeCodes.points:
      throw refuse(`${owner} that selects points`, owner, cursor.path);
    default:
      throw cursor.error(`expected a selection type of 0 to 3, found ${type}`, cursor.position - 4);
  }
}

/** A list of points. */
export interface Points {
  readonly rank: number;
  /** Coordinates of the points, one point after the other. */
  readonly coordinates: Float64Array;
}

/**
 * Parses the selection at the position of the cursor if it is a list of points. Otherwise returns null and does not
 * move the cursor.
 */
export function* parsePoints(cursor: Hdf5Cursor, pace: Pace): Io<Points | null> {
  const start = cursor.position;
  if (cursor.u32() !== typeCodes.points) {
    cursor.position = start;
    return null;
  }
  const version = checkVersion(cursor, 1, 2);
  const width = version === 1 ? 4 : cursor.u8();
  if (version === 1) cursor.skip(8);
  checkWidth(width, cursor);
  const rank = checkedRank(cursor);
  const count = cursor.uint(width);
  if (count * rank * width > cursor.remaining) throw cursor.error(`expected ${count} points, found fewer`);
  const coordinates = new Float64Array(count * rank);
  for (let i = 0; i < coordinates.length; i++) {
    if (pace.isDue()) yield* pace.pause();
    coordinates[i] = cursor.uint(width);
  }
  return { rank, coordinates };
}

function checkWidth(width: number, cursor: Hdf5Cursor): void {
  if (width !== 2 && width !== 4 && width !== 8) {
    throw cursor.error(`expected 2, 4 or 8 bytes per number, found ${width}`, cursor.position - 1);
  }
}

function checkedRank(cursor: Hdf5Cursor): number {
  const rank = cursor.u32();
  if (rank < 1 || rank > maxRank) throw cursor.error(`expected 1 to ${maxRank} dimensions, found ${rank}`);
  return rank;
}

function checkVersion(cursor: Hdf5Cursor, lowest: number, highest: number): number {
  const version = cursor.u32();
  if (version >= lowest && version <= highest) return version;
  throw cursor.error(`expected selection version ${lowest} to ${highest}, found ${version}`, cursor.position - 4);
}

function* parseHyperslab(cursor: Hdf5Cursor, pace: Pace, owner: string): Io<readonly DimensionSelection[]> {
  const version = checkVersion(cursor, 1, 3);
  let width = version === 1 ? 4 : 8;
  let isRegular = false;
  if (version === 1) cursor.skip(8);
  else {
    isRegular = (cursor.u8() & 1) !== 0;
    if (version === 2) cursor.skip(4);
    else width = cursor.u8();
  }
  checkWidth(width, cursor);
  const rank = checkedRank(cursor);
  if (isRegular) return regular(cursor, rank, width);
  const boxes = yield* parseBoxes(cursor, rank, width, pace);
  const dimensions = yield* productOf(boxes, cursor, pace);
  if (dimensions === null) throw refuse(`${owner} with an irregular selection`, owner, cursor.path);
  return dimensions;
}

function regular(cursor: Hdf5Cursor, rank: number, width: number): readonly DimensionSelection[] {
  return Array.from({ length: rank }, () => {
    const start = cursor.uint(width);
    const stride = cursor.uint(width);
    const count = cursor.uintOrUnlimited(width);
    const block = cursor.uintOrUnlimited(width);
    if (count === 0 || block === 0) return [];
    // The stride of a single block is often 1, whatever the size of the block.
    const isSingle = count === 1 || block === Number.POSITIVE_INFINITY;
    if (!isSingle && stride < block) throw cursor.error(`expected a stride of at least ${block}, found ${stride}`);
    const end = start + (Number.isFinite(count) ? (count - 1) * stride : 0) + (Number.isFinite(block) ? block : 0);
    if (!Number.isSafeInteger(end)) throw cursor.error('expected a selection that ends below 2^53');
    return [
      isSingle
        ? { start, stride: Number.isFinite(block) ? block : 1, count: 1, block }
        : { start, stride, count, block },
    ];
  });
}

/** Boxes of indices. For each box, `bounds` contains the first index of each dimension, then the last index of each. */
interface Boxes {
  readonly rank: number;
  readonly count: number;
  readonly bounds: Float64Array;
}

function* parseBoxes(cursor: Hdf5Cursor, rank: number, width: number, pace: Pace): Io<Boxes> {
  const count = cursor.uint(width);
  if (count * rank * 2 * width > cursor.remaining) throw cursor.error(`expected ${count} boxes, found fewer`);
  const bounds = new Float64Array(count * rank * 2);
  for (let i = 0; i < bounds.length; i++) {
    if (pace.isDue()) yield* pace.pause();
    bounds[i] = cursor.uint(width);
  }
  return { rank, count, bounds };
}

/**
 * Returns the selected indices of each dimension; null if the boxes are not all combinations of intervals, one set of
 * intervals per dimension.
 */
function* productOf(boxes: Boxes, cursor: Hdf5Cursor, pace: Pace): Io<readonly DimensionSelection[] | null> {
  const { rank, count, bounds } = boxes;
  const dimensions: DimensionSelection[] = [];
  /** For each box, its position among all combinations of the intervals. */
  const positions = new Float64Array(count);
  let combinations = 1;
  for (let d = 0; d < rank; d++) {
    const ends = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      if (pace.isDue()) yield* pace.pause();
      const [start, end] = [bounds[2 * i * rank + d] ?? 0, bounds[(2 * i + 1) * rank + d] ?? 0];
      if (start > end) throw cursor.error(`expected a box that ends after ${start}, found ${end}`);
      if ((ends.get(start) ?? end) !== end) return null;
      ends.set(start, end);
    }
    const intervals = yield* sorted([...ends], ([a], [b]) => a - b, pace);
    const order = new Map(intervals.map(([start], i) => [start, i]));
    for (let i = 0; i < count; i++) {
      if (pace.isDue()) yield* pace.pause();
      positions[i] = (positions[i] ?? 0) * order.size + (order.get(bounds[2 * i * rank + d] ?? 0) ?? 0);
    }
    combinations *= order.size;
    const blocks = toBlocks(intervals);
    if (blocks === null) return null;
    dimensions.push(blocks);
    if (pace.isDue(order.size)) yield* pace.pause();
  }
  if (count === 0) return [[]];
  const isTaken = new Uint8Array(count);
  for (const position of positions) {
    if (pace.isDue()) yield* pace.pause();
    if (combinations !== count || isTaken[position] !== 0) return null;
    isTaken[position] = 1;
  }
  return dimensions;
}

/**
 * Converts sorted intervals with inclusive ends to blocks: a single entry if the intervals are regular. Returns null if
 * they overlap.
 */
function toBlocks(intervals: readonly (readonly [number, number])[]): DimensionSelection | null {
  const blocks = intervals.map(([start, end]) => {
    return { start, stride: end - start + 1, count: 1, block: end - start + 1 };
  });
  const [first, second] = blocks;
  for (const [i, { start, block }] of blocks.entries()) {
    const next = blocks[i + 1];
    if (next !== undefined && next.start < start + block) return null;
  }
  if (first === undefined || second === undefined) return blocks;
  const stride = second.start - first.start;
  const isRegular = blocks.every(({ start, block }, i) => start === first.start + i * stride && block === first.block);
  return isRegular ? [{ start: first.start, stride, count: blocks.length, block: first.block }] : blocks;
}

/** Returns the number of selected indices; Infinity if the selection is unlimited. */
export function countIndices(selection: DimensionSelection): number {
  return selection.reduce((sum, { count, block }) => sum + count * block, 0);
}

/** Returns the end (exclusive) of the selected indices; Infinity if the selection is unlimited. */
export function endOf(selection: DimensionSelection): number {
  const last = selection.at(-1);
  return last === undefined ? 0 : last.start + (last.count - 1) * last.stride + last.block;
}

/** Returns the number of selected indices below `size`. */
export function countBelow(selection: DimensionSelection, size: number): number {
  let sum = 0;
  for (const { start, stride, count, block } of selection) {
    if (start >= size) continue;
    const complete = count === 1 ? 0 : Math.min(count, Math.floor((size - start) / stride));
    const partial = complete === count ? 0 : Math.min(block, size - start - complete * stride);
    // The product is NaN for 0 blocks of unlimited size.
    sum += (complete === 0 ? 0 : complete * block) + partial;
  }
  return sum;
}

/** Returns the first `limit` selected indices. */
export function takeIndices(selection: DimensionSelection, limit: number): DimensionSelection {
  const taken: Blocks[] = [];
  let left = limit;
  for (const { start, stride, count, block } of selection) {
    if (left === 0) break;
    const complete = Math.min(count, Math.floor(left / block));
    if (complete > 0) taken.push({ start, stride, count: complete, block });
    left -= complete > 0 ? complete * block : 0;
    if (complete === count || left === 0) continue;
    taken.push({ start: start + complete * stride, stride: left, count: 1, block: left });
    left = 0;
  }
  return taken;
}
