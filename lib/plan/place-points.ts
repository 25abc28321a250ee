/**
 * Finds the chunks that contain points, and the positions of the points in these chunks. The time is linear in the
 * number of points.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type ChunkShape, describeChunkShape, type ElementClass } from './chunk-elements.js';
import { type ChunkRegion, createRegion } from './chunk-numbers.js';
import type { ChunkGrid, Interleaving } from './layout.js';
import { sortKeys } from './order.js';
import type { Points } from './points.js';
import { type AxisProjection, segmentWord, segmentWords } from './segments.js';

/** Points in chunks of one shape and in one class of elements. */
export interface PlacedPoints {
  readonly shape: readonly number[];
  readonly elements: ElementClass;
  /** Projection of the points on the flattened grid. Its chunk coordinates are numbers of chunks of the region. */
  readonly axis: AxisProjection;
  /** Numbers of the chunks, ascending. */
  readonly chunks: Float64Array;
}

/** The points of a grid. */
export interface PointsOfGrid {
  readonly region: ChunkRegion;
  readonly parts: readonly PlacedPoints[];
  /** Number of points in the grid. */
  readonly count: number;
  /** Indices of the points that are not in the grid. */
  readonly others: Uint32Array;
}

/** Thrown if the chunks between the first and the last point are too many to be numbered. */
export class TooManyChunks extends RangeError {}

/** Maps array indices along one dimension to positions of a grid. */
class GridDimension {
  readonly size: number;
  readonly #start: number;
  readonly #stop: number;
  readonly #origin: number;
  readonly #interleaving: Interleaving | null;

  constructor(grid: ChunkGrid, d: number) {
    this.size = grid.chunkShape[d] ?? 1;
    this.#start = grid.start[d] ?? 0;
    this.#stop = grid.stop[d] ?? 0;
    this.#origin = grid.origin[d] ?? 0;
    this.#interleaving = grid.interleaving?.[d] ?? null;
  }

  /** Returns the position in the grid; -1 if the grid does not supply the index. */
  position(index: number): number {
    if (index < this.#start || index >= this.#stop) return -1;
    if (this.#interleaving === null) return index - this.#origin;
    const { step, from, fromStep } = this.#interleaving;
    const distance = index - this.#start;
    return distance % step === 0 ? from + (distance / step) * fromStep : -1;
  }
}

/** Shapes of the chunks that contain points: the full shape, and shapes of clipped chunks at the edges of the grid. */
class ChunkShapes {
  readonly list: { readonly shape: readonly number[]; readonly of: ChunkShape; readonly firstPart: number }[] = [];
  /**
   * Number of parts of the shapes in `list`. A part consists of the elements of one class (ElementClass) in the chunks
   * of one shape.
   */
  parts = 0;
  readonly #grid: ChunkGrid;
  /** Per dimension, the first chunk coordinate whose chunks are clipped. */
  readonly #clippedFrom: readonly number[];
  readonly #byCut = new Map<number, number>();

  constructor(grid: ChunkGrid) {
    this.#grid = grid;
    this.#clippedFrom = grid.chunkShape.map((size, d) =>
      grid.layout.edge === 'full' ? Number.POSITIVE_INFINITY : Math.floor((grid.gridShape[d] ?? 0) / size),
    );
  }

  /** True if all chunks have the same shape. */
  get isUniform(): boolean {
    return this.#grid.layout.edge === 'full';
  }

  /** Returns the index in `list` of the shape of the chunk at `coordinates`. */
  indexOf(coordinates: readonly number[]): number {
    const isClipped = (d: number): boolean => (coordinates[d] ?? 0) >= (this.#clippedFrom[d] ?? 0);
    let cut = 0;
    for (let d = 0; d < coordinates.length; d++) cut = 2 * cut + (isClipped(d) ? 1 : 0);
    const known = this.#byCut.get(cut);
    if (known !== undefined) return known;
    const shape = this.#grid.chunkShape.map((size, d) =>
      isClipped(d) ? (this.#grid.gridShape[d] ?? 0) - (this.#clippedFrom[d] ?? 0) * size : size,
    );
    const of = describeChunkShape(this.#grid.layout, shape);
    const index = this.list.push({ shape, of, firstPart: this.parts }) - 1;
    this.parts += of.classes.length;
    this.#byCut.set(cut, index);
    return index;
  }
}

/**
 * Places points in the chunks of `grid`.
 * @param among indices of the points to consider; null: all.
 * @throws {TooManyChunks}
 */
export function* placePoints(points: Points, among: Uint32Array | null, grid: ChunkGrid): Sliced<PointsOfGrid> {
  const dimensions = points.lists.map((_, d) => new GridDimension(grid, d));
  const { inside, others, lows, highs } = yield* selectInside(points, among, dimensions);
  const region = createRegion(lows, highs);
  const shapes = new ChunkShapes(grid);
  const { keys, offsets } = yield* computeKeys(points, inside, dimensions, region, shapes);
  const byOffset = yield* sortKeys(offsets);
  const sorted = yield* sortKeys(yield* gather(keys, byOffset.positions), byOffset.positions);
  const from = yield* gather(offsets, sorted.positions);
  const out = new Uint32Array(inside.length);
  for (let i = 0; i < out.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    out[i] = inside[sorted.positions[i] ?? 0] ?? 0;
  }
  const parts = yield* cutIntoParts(sorted.keys, from, out, region, shapes);
  return { region, parts, count: inside.length, others };
}

/**
 * Separates the points that the grid supplies from the others. Also finds the lowest and highest coordinates of the
 * chunks that contain points.
 */
function* selectInside(
  { lists, count }: Points,
  among: Uint32Array | null,
  dimensions: readonly GridDimension[],
): Sliced<{ inside: Uint32Array; others: Uint32Array; lows: number[]; highs: number[] }> {
  const total = among?.length ?? count;
  const inside = new Uint32Array(total);
  const others = new Uint32Array(total);
  const lows = dimensions.map(() => Number.POSITIVE_INFINITY);
  const highs = dimensions.map(() => 0);
  const chunk = dimensions.map(() => 0);
  let at = 0;
  for (let i = 0; i < total; i++) {
    if (i % pointsPerCheckpoint === pointsPerCheckpoint - 1) yield checkpoint;
    const point = among === null ? i : (among[i] ?? 0);
    let isInside = true;
    for (let d = 0; d < dimensions.length; d++) {
      const dimension = dimensions[d] as GridDimension;
      const position = dimension.position((lists[d] as Float64Array)[point] ?? 0);
      if (position < 0) {
        isInside = false;
        break;
      }
      chunk[d] = Math.floor(position / dimension.size);
    }
    if (!isInside) {
      others[i - at] = point;
      continue;
    }
    inside[at++] = point;
    for (let d = 0; d < chunk.length; d++) {
      const c = chunk[d] ?? 0;
      if (c < (lows[d] ?? 0)) lows[d] = c;
      if (c > (highs[d] ?? 0)) highs[d] = c;
    }
  }
  return { inside: inside.subarray(0, at), others: others.subarray(0, total - at), lows, highs };
}

/** Number of points between two checkpoints. Each point has several dimensions. */
const pointsPerCheckpoint = stepsPerCheckpoint / 4;

/**
 * Computes two sort keys of each point. `keys`: the number of its chunk plus `region.size` times the number of its
 * part. `offsets`: its position among the elements of its part in the chunk.
 */
function* computeKeys(
  { lists }: Points,
  inside: Uint32Array,
  dimensions: readonly GridDimension[],
  region: ChunkRegion,
  shapes: ChunkShapes,
): Sliced<{ keys: Float64Array; offsets: Float64Array }> {
  const keys = new Float64Array(inside.length);
  const offsets = new Float64Array(inside.length);
  const within = dimensions.map(() => 0);
  const chunk = dimensions.map(() => 0);
  let shape = 0;
  for (let i = 0; i < inside.length; i++) {
    if (i % pointsPerCheckpoint === pointsPerCheckpoint - 1) yield checkpoint;
    const point = inside[i] ?? 0;
    let key = 0;
    for (let d = 0; d < dimensions.length; d++) {
      const dimension = dimensions[d] as GridDimension;
      const position = dimension.position((lists[d] as Float64Array)[point] ?? 0);
      const c = Math.floor(position / dimension.size);
      chunk[d] = c;
      within[d] = position - c * dimension.size;
      key += (c - (region.lows[d] ?? 0)) * (region.strides[d] ?? 1);
    }
    if (i === 0 || !shapes.isUniform) shape = shapes.indexOf(chunk);
    const { of, firstPart } = shapes.list[shape] as ChunkShapes['list'][number];
    let units = 0;
    for (let d = 0; d < within.length; d++) units += (within[d] ?? 0) * (of.strides[d] ?? 0);
    const classes = of.classes.length;
    if (classes === 1) {
      offsets[i] = units;
      keys[i] = firstPart * region.size + key;
    } else {
      offsets[i] = Math.floor(units / classes);
      keys[i] = (firstPart + (units % classes)) * region.size + key;
    }
  }
  if (shapes.parts * region.size > Number.MAX_SAFE_INTEGER) throw new TooManyChunks();
  return { keys, offsets };
}

/** Returns `values[positions[0]]`, `values[positions[1]]`, … */
function* gather(values: Float64Array, positions: Uint32Array): Sliced<Float64Array> {
  const gathered = new Float64Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    gathered[i] = values[positions[i] ?? 0] ?? 0;
  }
  return gathered;
}

/** Splits sorted points by parts and chunks. */
function* cutIntoParts(
  keys: Float64Array | Uint32Array,
  from: Float64Array,
  out: Uint32Array,
  region: ChunkRegion,
  shapes: ChunkShapes,
): Sliced<PlacedPoints[]> {
  const starts = new Uint32Array(keys.length + 1);
  let chunks = 0;
  for (let i = 0; i < keys.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    if (i === 0 || keys[i] !== keys[i - 1]) starts[chunks++] = i;
  }
  starts[chunks] = keys.length;
  const parts: PlacedPoints[] = [];
  const partOf = (c: number): number => Math.floor((keys[starts[c] ?? 0] ?? 0) / region.size);
  for (let c = 0; c < chunks; ) {
    const part = partOf(c);
    let end = c + 1;
    for (; end < chunks && partOf(end) === part; end++) {
      if (end % stepsPerCheckpoint === 0) yield checkpoint;
    }
    const found = shapes.list.findLast(({ firstPart }) => firstPart <= part);
    const elements = found?.of.classes[part - found.firstPart];
    if (found === undefined || elements === undefined) throw new RangeError(`There is no part ${part}`);
    const numbers = new Float64Array(end - c);
    for (let i = 0; i < numbers.length; i++) {
      if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      numbers[i] = (keys[starts[c + i] ?? 0] ?? 0) - part * region.size;
    }
    const axis = yield* projectPoints(numbers, starts.subarray(c, end + 1), from, out);
    parts.push({ shape: found.shape, elements, axis, chunks: numbers });
    c = end;
  }
  return parts;
}

/**
 * Creates the projection of sorted points.
 * @param starts position in `from` of the first point of each chunk; then the end of the last chunk.
 */
function* projectPoints(
  chunks: Float64Array,
  starts: Uint32Array,
  from: Float64Array,
  out: Uint32Array,
): Sliced<AxisProjection> {
  const count = chunks.length;
  const base = starts[0] ?? 0;
  const end = starts[count] ?? 0;
  const segments = new Float64Array(count * segmentWords);
  let largest = 0;
  let distance = 0;
  for (let s = 0; s < count; s++) {
    if (s % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const begin = starts[s] ?? 0;
    const taken = (starts[s + 1] ?? 0) - begin;
    const low = from[begin] ?? 0;
    const w = s * segmentWords;
    segments[w + segmentWord.chunk] = chunks[s] ?? 0;
    segments[w + segmentWord.from] = low;
    segments[w + segmentWord.step] = 1;
    segments[w + segmentWord.count] = taken;
    segments[w + segmentWord.out] = out[begin] ?? 0;
    segments[w + segmentWord.list] = taken === 1 ? -1 : begin - base;
    if (taken <= largest) continue;
    largest = taken;
    distance = taken < 2 ? 0 : ((from[begin + taken - 1] ?? 0) - low) / (taken - 1);
  }
  const lists = { from: from.subarray(base, end), out: out.subarray(base, end) };
  return { count, segments, lists, elements: end - base, largest, distance };
}
