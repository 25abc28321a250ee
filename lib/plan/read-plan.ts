/**
 * The read plan: immutable data that says which chunks and which bytes of them are read, their locations, and the
 * position of each element in the result. Code that explains or executes a plan does not change it.
 * @module
 */
import { type Checkpoint, finish, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type ChunkExtents, coalesceChunks } from './coalesce.js';
import { type Coalescing, chooseExtentShape, type ExtentShape } from './extent-shape.js';
import type { Hyperslab } from './hyperslab.js';
import { bytesOfChunk, type ChunkGrid } from './layout.js';
import type { ChunkBox, ChunkCoordinates, ChunkLocations, TableLocations } from './locations.js';
import { createOutput, type ElementConversion, type Output } from './output.js';
import { type AxisProjection, chunkCoordinates, type GridAxis, projectAxis, projectAxisSliced } from './projection.js';
import { countChunks } from './segments.js';

/** Maps elements of a layer's chunks to elements of one output: one projection per dimension. */
export interface Projection {
  /** Index into {@link ReadPlan.outputs}. */
  readonly output: number;
  readonly axes: readonly AxisProjection[];
  /** Number of elements of the output that the layer supplies. */
  readonly elements: number;
}

/**
 * The chunks that several projections need. A *use* is a chunk together with one projection that needs it. Chunks are
 * in row-major order of their coordinates.
 */
export interface ChunkUses {
  /** Chunk `c` has the uses `starts[c]` to `starts[c + 1]` (exclusive). There is one more entry than chunks. */
  readonly starts: Uint32Array;
  /**
   * Two numbers per use: the index of the projection, and the index of the chunk in row-major order among the chunks
   * that this projection needs.
   */
  readonly entries: Uint32Array;
}

/** The part of a plan that one chunk grid supplies. */
export interface LayerPlan<G extends ChunkGrid = ChunkGrid> {
  readonly grid: G;
  /**
   * One projection per output that needs chunks of this layer. A chunk that is read as a whole is read and decoded once
   * for all of them.
   */
  readonly projections: readonly Projection[];
  /**
   * The projections that use each chunk. Null if there is one projection: its chunks are then the product of its axes,
   * in row-major order.
   */
  readonly uses: ChunkUses | null;
  /** Number of distinct chunks touched. */
  readonly chunkCount: number;
  /** Shape of the extents that are read of each uncompressed chunk; null if chunks are read as a whole. */
  readonly extentShape: ExtentShape | null;
  /** Chunk locations, in chunk order. */
  readonly locations: ChunkLocations;
  /**
   * Whole chunks that are read together, in reading order; null if each chunk is read separately, in the order of
   * `locations`.
   */
  readonly chunkExtents: ChunkExtents | null;
}

/** A plan for reading one or more boxes of an array. */
export interface ReadPlan<G extends ChunkGrid = ChunkGrid> {
  /** One output per box, one after the other in the result's memory. */
  readonly outputs: readonly Output[];
  readonly conversion: ElementConversion;
  readonly layers: readonly LayerPlan<G>[];
  /** Number of chunks of all layers. */
  readonly chunkCount: number;
}

/** Input of the planner. */
export interface PlanRequest {
  /** The normalised selection. */
  readonly slab: Hyperslab;
  readonly conversion: ElementConversion;
  /** Limits for merging byte runs. */
  readonly coalescing: Coalescing;
}

/** Properties of an array's grids that the planner needs. */
export interface GridFacts<G extends ChunkGrid> {
  /** True if the grid's chunks are stored without encoding, so that parts of a chunk can be read. */
  isPlain(grid: G): boolean;
  /** Returns the locations of all chunks of a grid; undefined if they must be looked up in its chunk index. */
  fixedLocations(grid: G): ChunkLocations | undefined;
}

/**
 * If a plan touches several uncompressed chunks of at most this size, they are read as a whole, and neighbours in the
 * file are read together.
 */
export const smallChunkBytes = 65536;

/** True if planning the slab takes so few steps that it need not be interrupted. */
export function isSmallSlab(slab: Hyperslab): boolean {
  let steps = 0;
  for (const { count } of slab) steps += count;
  return steps <= stepsPerCheckpoint;
}

/**
 * Plans the read of a small slab, without interruption. Returns null if the chunk locations of a grid must be looked
 * up.
 * @param grids disjoint grids, one per layer.
 */
export function planFixed<G extends ChunkGrid>(
  request: PlanRequest,
  grids: readonly G[],
  facts: GridFacts<G>,
): ReadPlan<G> | null {
  const { slab, coalescing } = request;
  const layers: LayerPlan<G>[] = [];
  for (const grid of isEmpty(slab) ? [] : grids) {
    const axes: AxisProjection[] = [];
    for (let d = 0; d < slab.length; d++) {
      const axis = slab[d];
      if (axis === undefined) return null;
      const projection = projectAxis(axis, gridAxis(grid, d));
      if (projection.count === 0) break;
      axes.push(projection);
    }
    if (axes.length < slab.length) continue;
    const locations = facts.fixedLocations(grid);
    if (locations === undefined) return null;
    const extentShape = facts.isPlain(grid) ? extentShapeOf(grid, axes, coalescing) : null;
    const chunkExtents = mayCoalesce(extentShape, locations) ? finish(coalesceChunks(locations, coalescing)) : null;
    layers.push(layerPlan(grid, axes, extentShape, locations, chunkExtents));
  }
  return assemble(request, layers);
}

/**
 * Plans the read of a slab, in time slices.
 * @param grids disjoint grids, one per layer.
 * @param locate asks the index of a grid for the locations of the chunks in a box.
 */
export function* planRead<G extends ChunkGrid, Question, Answer>(
  request: PlanRequest,
  grids: readonly G[],
  facts: GridFacts<G>,
  locate: (grid: G, box: ChunkBox) => Generator<Question, ChunkLocations, Answer>,
): Generator<Question | Checkpoint, ReadPlan<G>, Answer> {
  const { slab, coalescing } = request;
  const layers: LayerPlan<G>[] = [];
  for (const grid of isEmpty(slab) ? [] : grids) {
    const axes = yield* projectSlab(slab, grid);
    if (axes === null) continue;
    const locations = facts.fixedLocations(grid) ?? (yield* locate(grid, yield* chunkBox(axes)));
    const extentShape = facts.isPlain(grid) ? extentShapeOf(grid, axes, coalescing) : null;
    const chunkExtents = mayCoalesce(extentShape, locations) ? yield* coalesceChunks(locations, coalescing) : null;
    layers.push(layerPlan(grid, axes, extentShape, locations, chunkExtents));
  }
  return assemble(request, layers);
}

function isEmpty(slab: Hyperslab): boolean {
  for (const { count } of slab) if (count === 0) return true;
  return false;
}

function assemble<G extends ChunkGrid>(
  { slab, conversion }: PlanRequest,
  layers: readonly LayerPlan<G>[],
): ReadPlan<G> {
  let supplied = 0;
  let chunkCount = 0;
  for (const layer of layers) {
    chunkCount += layer.chunkCount;
    for (const { elements } of layer.projections) supplied += elements;
  }
  return { outputs: [createOutput(slab, supplied, 0)], conversion, layers, chunkCount };
}

function gridAxis(grid: ChunkGrid, d: number): GridAxis {
  return {
    start: grid.start[d] ?? 0,
    stop: grid.stop[d] ?? 0,
    origin: grid.origin[d] ?? 0,
    chunkSize: grid.chunkShape[d] ?? 1,
    interleaving: grid.interleaving?.[d] ?? null,
  };
}

/** Projects a slab on a grid; returns null if the grid supplies no element of the slab. */
export function* projectSlab(slab: Hyperslab, grid: ChunkGrid): Sliced<AxisProjection[] | null> {
  const axes: AxisProjection[] = [];
  for (const [d, axis] of slab.entries()) {
    const projection = yield* projectAxisSliced(axis, gridAxis(grid, d));
    if (projection.count === 0) return null;
    axes.push(projection);
  }
  return axes;
}

/**
 * Chooses the extents of uncompressed chunks; returns null if the chunks are so small that they are read as a whole.
 */
function extentShapeOf(grid: ChunkGrid, axes: readonly AxisProjection[], coalescing: Coalescing): ExtentShape | null {
  return isReadInParts(grid, countChunks(axes)) ? chooseExtentShape(grid, axes, coalescing) : null;
}

/** True if a plan that touches `chunkCount` uncompressed chunks of a grid reads only the needed parts of each chunk. */
export function isReadInParts(grid: ChunkGrid, chunkCount: number): boolean {
  return chunkCount === 1 || bytesOfChunk(grid.layout, grid.chunkShape) > smallChunkBytes;
}

function layerPlan<G extends ChunkGrid>(
  grid: G,
  axes: readonly AxisProjection[],
  extentShape: ExtentShape | null,
  locations: ChunkLocations,
  chunkExtents: ChunkExtents | null,
): LayerPlan<G> {
  let elements = 1;
  for (const axis of axes) elements *= axis.elements;
  return {
    grid,
    projections: [{ output: 0, axes, elements }],
    uses: null,
    chunkCount: countChunks(axes),
    extentShape,
    locations,
    chunkExtents,
  };
}

/** True if whole chunks may be read together with their neighbours. */
export function mayCoalesce(extentShape: ExtentShape | null, locations: ChunkLocations): locations is TableLocations {
  return extentShape === null && locations.kind === 'table' && locations.offsets.length > 1;
}

/** Returns the box of the chunk grid that the projections touch. */
export function* chunkBox(axes: readonly AxisProjection[]): Sliced<ChunkBox> {
  const box: ChunkCoordinates[] = [];
  for (const axis of axes) box.push(yield* chunkCoordinates(axis));
  return box;
}

/**
 * Returns the axes of a layer of a single box.
 * @throws {RangeError} if the layer has several projections.
 */
export function axesOf(layer: LayerPlan): readonly AxisProjection[] {
  const [projection, more] = layer.projections;
  if (projection === undefined || more !== undefined) throw new RangeError('Expected a layer with one projection');
  return projection.axes;
}
