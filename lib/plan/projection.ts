/**
 * Projects a hyperslab on a regular chunk grid, one dimension at a time. A segment is the part of an axis that lies in
 * one chunk. Selections are orthogonal and grids are regular, so the selected part of a chunk is the product of one
 * segment per dimension. For example, 100,000 chunks of a three-dimensional grid need only about 140 segments.
 * @module
 */
import { checkpoint, finish, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { Axis, RangeAxis } from './hyperslab.js';
import { adjacentGrid, intersect, listInGrid } from './interleaving.js';
import type { Interleaving } from './layout.js';
import { projectList } from './list-projection.js';
import type { ChunkCoordinates } from './locations.js';
import { type AxisProjection, emptyProjection, type GridAxis, segmentWord, segmentWords } from './segments.js';

export { type AxisProjection, type GridAxis, type SegmentLists, segmentWord, segmentWords } from './segments.js';

/** Projects one axis of a hyperslab on a grid, without interruption. */
export function projectAxis(axis: Axis, grid: GridAxis): AxisProjection {
  if (grid.interleaving != null) return finish(projectInterleaved(axis, grid, grid.interleaving));
  if (axis.kind === 'list') return finish(projectList(axis, grid));
  const walk = walkRange(axis, grid);
  if (!(walk instanceof RangeWalk)) return walk;
  walk.advance(Number.POSITIVE_INFINITY);
  return walk.result();
}

/** Projects like {@link projectAxis}, in time slices. */
export function* projectAxisSliced(axis: Axis, grid: GridAxis): Sliced<AxisProjection> {
  if (grid.interleaving != null) return yield* projectInterleaved(axis, grid, grid.interleaving);
  if (axis.kind === 'list') return yield* projectList(axis, grid);
  const walk = walkRange(axis, grid);
  if (!(walk instanceof RangeWalk)) return walk;
  while (walk.advance(stepsPerCheckpoint)) yield checkpoint;
  return walk.result();
}

const unknownBounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** Projects an axis on a grid whose elements are not adjacent in the array. */
function* projectInterleaved(axis: Axis, grid: GridAxis, interleaving: Interleaving): Sliced<AxisProjection> {
  const adjacent = adjacentGrid(grid);
  if (axis.kind === 'list') {
    const indices = yield* listInGrid(axis.indices, grid, interleaving);
    return yield* projectList({ indices, ...unknownBounds }, adjacent);
  }
  const { from, fromStep, step } = interleaving;
  const stop = grid.start + Math.ceil((grid.stop - grid.start) / step) * step;
  const common = intersect(axis, { start: grid.start, step, count: (stop - grid.start) / step });
  if (common === null) return emptyProjection;
  const { first, period, count } = common;
  const start = from + common.within * fromStep;
  const distance = count < 2 ? 1 : common.withinStep * fromStep;
  const inGrid: RangeAxis = { kind: 'range', start, step: distance, count, dropped: axis.dropped };
  return { ...(yield* projectAxisSliced(inGrid, adjacent)), out: { first, step: period } };
}

/**
 * Returns the projection if it has at most one segment (the most frequent case); otherwise an object that computes it.
 */
function walkRange(axis: RangeAxis, grid: GridAxis): AxisProjection | RangeWalk {
  const { start, step } = axis;
  const { origin, chunkSize } = grid;
  const [begin, end] = stepsWithin(axis, grid.start, grid.stop);
  if (begin >= end) return emptyProjection;
  const position = start + begin * step - origin;
  const chunk = Math.floor(position / chunkSize);
  const lastChunk = Math.floor((start + (end - 1) * step - origin) / chunkSize);
  const taken = end - begin;
  if (chunk !== lastChunk) {
    const count = Math.abs(step) <= chunkSize ? Math.abs(lastChunk - chunk) + 1 : taken;
    return new RangeWalk(axis, grid, begin, end, count);
  }
  return {
    count: 1,
    segments: [chunk, position - chunk * chunkSize, taken < 2 ? 1 : step, taken, begin, -1],
    lists: null,
    elements: taken,
    largest: taken,
    distance: taken < 2 ? 0 : Math.abs(step),
  };
}

/** Number of segments above which they are kept in a typed array. */
const fewSegments = 1024;

/** Computes the segments of a range, a limited number at a time. */
class RangeWalk {
  readonly #axis: RangeAxis;
  readonly #grid: GridAxis;
  readonly #begin: number;
  readonly #end: number;
  readonly #count: number;
  readonly #segments: number[] | Float64Array;
  /** Position in the range of the first element that is in no segment yet. */
  #step: number;
  /** Number of segments that were computed so far. */
  #made = 0;
  /** Number of elements of the largest segment so far. */
  #largest = 0;

  /** @param count number of segments that contain the positions `begin` to `end` (exclusive) of the range. */
  constructor(axis: RangeAxis, grid: GridAxis, begin: number, end: number, count: number) {
    this.#axis = axis;
    this.#grid = grid;
    this.#begin = begin;
    this.#end = end;
    this.#count = count;
    this.#step = begin;
    const words = count * segmentWords;
    this.#segments = count > fewSegments ? new Float64Array(words) : new Array<number>(words);
  }

  /** Computes at most `limit` more segments. Returns true if some remain. */
  advance(limit: number): boolean {
    const { start, step } = this.#axis;
    const { origin, chunkSize } = this.#grid;
    const segments = this.#segments;
    const count = this.#count;
    const end = this.#end;
    const stop = Math.min(count, this.#made + limit);
    let i = this.#step;
    for (let made = this.#made; made < stop; made++) {
      const position = start + i * step - origin;
      const chunk = Math.floor(position / chunkSize);
      const low = chunk * chunkSize;
      const inChunk =
        step > 0 ? Math.ceil((low + chunkSize - position) / step) : Math.floor((position - low) / -step) + 1;
      const taken = Math.min(inChunk, end - i);
      // Segments are in ascending chunk order, so that chunk tables can be read in grid order.
      const w = (step > 0 ? made : count - 1 - made) * segmentWords;
      segments[w + segmentWord.chunk] = chunk;
      segments[w + segmentWord.from] = position - low;
      segments[w + segmentWord.step] = taken < 2 ? 1 : step;
      segments[w + segmentWord.count] = taken;
      segments[w + segmentWord.out] = i;
      segments[w + segmentWord.list] = -1;
      if (taken > this.#largest) this.#largest = taken;
      i += taken;
    }
    this.#step = i;
    this.#made = stop;
    return stop < count;
  }

  result(): AxisProjection {
    const largest = this.#largest;
    return {
      count: this.#count,
      segments: this.#segments,
      lists: null,
      elements: this.#end - this.#begin,
      largest,
      distance: largest < 2 ? 0 : Math.abs(this.#axis.step),
    };
  }
}

/** Returns the steps i (begin inclusive, end exclusive) for which low <= start + i * step < high. */
function stepsWithin({ start, step, count }: RangeAxis, low: number, high: number): [begin: number, end: number] {
  const last = start + (count - 1) * step;
  if (step > 0) {
    return [start < low ? Math.ceil((low - start) / step) : 0, last >= high ? Math.ceil((high - start) / step) : count];
  }
  return [
    start >= high ? Math.ceil((start - high + 1) / -step) : 0,
    last < low ? Math.floor((start - low) / -step) + 1 : count,
  ];
}

/** Returns the chunk coordinates of the segments. */
export function* chunkCoordinates({ count, segments }: AxisProjection): Sliced<ChunkCoordinates> {
  // Allocates all memory at once: a growing array would be copied as a whole in one step, which may take long. The
  // pages of a typed array are supplied one by one, when they are first written.
  const coordinates = count <= stepsPerCheckpoint ? new Array<number>(count) : new Float64Array(count);
  for (let i = 0; i < count; ) {
    const stop = Math.min(count, i + stepsPerCheckpoint);
    for (; i < stop; i++) coordinates[i] = segments[i * segmentWords] ?? 0;
    if (i < count) yield checkpoint;
  }
  return coordinates;
}
