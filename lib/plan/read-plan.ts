/**
 * The read plan: immutable data that says which chunks are read, where they are, which bytes of them, and where each element
 * goes. What performs or prints a plan decides nothing.
 * @module
 */
import { type Checkpoint, finish, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { dtypeInfo } from '../core/dtype.js';
import { type ChunkExtents, coalesceChunks } from './coalesce.js';
import { type Coalescing, chooseExtentShape, type ExtentShape } from './extent-shape.js';
import type { Hyperslab } from './hyperslab.js';
import type { ChunkGrid } from './layout.js';
import type { ChunkBox, ChunkLocations, TableLocations } from './locations.js';
import { type ElementConversion, type Output, outputOf } from './output.js';
import { type AxisProjection, chunkCoordinates, type GridAxis, projectAxis, projectAxisSliced } from './projection.js';

/** Which elements of a layer's chunks go where in one output: one projection per dimension. */
export interface Projection {
  /** Index into {@link ReadPlan.outputs}. */
  readonly output: number;
  readonly axes: readonly AxisProjection[];
  /** Elements of the output that the layer supplies. */
  readonly elements: number;
}

/** The part of a plan that one chunk grid supplies. */
export interface LayerPlan<G extends ChunkGrid = ChunkGrid> {
  readonly grid: G;
  /** One per output that the layer supplies elements of. Each chunk is read and decoded once for all of them. */
  readonly projections: readonly Projection[];
  /** Chunks touched. With one projection: the product of its axes, in row-major order. */
  readonly chunkCount: number;
  /** How plain chunks are read in part; null if chunks are read and decoded whole. */
  readonly extentShape: ExtentShape | null;
  /** Where the chunks are, in the order of the chunks. */
  readonly locations: ChunkLocations;
  /** Which whole chunks are read together, and in which order; null if each is read on its own, in the order of `locations`. */
  readonly chunkExtents: ChunkExtents | null;
}

/** A plan for reading one array. */
export interface ReadPlan<G extends ChunkGrid = ChunkGrid> {
  readonly outputs: readonly Output[];
  readonly layers: readonly LayerPlan<G>[];
  /** Chunks of all layers. */
  readonly chunkCount: number;
}

/** What is to be planned. */
export interface PlanRequest {
  /** The normalised selection. */
  readonly slab: Hyperslab;
  readonly conversion: ElementConversion;
  /** Limits of merged reads. */
  readonly coalescing: Coalescing;
}

/** What the planner must know of the grids of an array. */
export interface GridFacts<G extends ChunkGrid> {
  /** True if the bytes of a grid's chunks are stored unencoded, each chunk with room for partial reads. */
  isPlain(grid: G): boolean;
  /** The locations of all chunks of a grid if they are known without asking its index. */
  fixedLocations(grid: G): ChunkLocations | undefined;
}

/** Chunks of plain data below this size are read whole, together with their neighbours in the file. */
export const smallChunkBytes = 65536;

/** True if the slab is planned in so few steps that no other work has to run in between. */
export function isSmallSlab(slab: Hyperslab): boolean {
  let steps = 0;
  for (const { count } of slab) steps += count;
  return steps <= stepsPerCheckpoint;
}

/**
 * Plans a small slab of grids whose locations are known, in one go. Null for other grids.
 * @param grids the layers' grids, disjoint.
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
 * Plans a slab in slices.
 * @param grids the layers' grids, disjoint.
 * @param locate asks the index of a grid where the chunks of a box are.
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
  return { outputs: [outputOf(slab, conversion, supplied)], layers, chunkCount };
}

function gridAxis(grid: ChunkGrid, d: number): GridAxis {
  return {
    start: grid.start[d] ?? 0,
    stop: grid.stop[d] ?? 0,
    origin: grid.origin[d] ?? 0,
    chunkSize: grid.chunkShape[d] ?? 1,
  };
}

/** Null if the grid supplies nothing of the slab. */
function* projectSlab(slab: Hyperslab, grid: ChunkGrid): Sliced<AxisProjection[] | null> {
  const axes: AxisProjection[] = [];
  for (const [d, axis] of slab.entries()) {
    const projection = yield* projectAxisSliced(axis, gridAxis(grid, d));
    if (projection.count === 0) return null;
    axes.push(projection);
  }
  return axes;
}

/** The shape of the extents of plain chunks; null if the chunks are so small that they are read whole. */
function extentShapeOf(grid: ChunkGrid, axes: readonly AxisProjection[], coalescing: Coalescing): ExtentShape | null {
  let chunkCount = 1;
  let chunkBytes = dtypeInfo(grid.layout.dtype).size;
  for (let d = 0; d < axes.length; d++) {
    chunkCount *= axes[d]?.count ?? 0;
    chunkBytes *= grid.chunkShape[d] ?? 1;
  }
  return chunkCount === 1 || chunkBytes > smallChunkBytes ? chooseExtentShape(grid, axes, coalescing) : null;
}

function layerPlan<G extends ChunkGrid>(
  grid: G,
  axes: readonly AxisProjection[],
  extentShape: ExtentShape | null,
  locations: ChunkLocations,
  chunkExtents: ChunkExtents | null,
): LayerPlan<G> {
  let chunkCount = 1;
  let elements = 1;
  for (const axis of axes) {
    chunkCount *= axis.count;
    elements *= axis.elements;
  }
  return { grid, projections: [{ output: 0, axes, elements }], chunkCount, extentShape, locations, chunkExtents };
}

function mayCoalesce(extentShape: ExtentShape | null, locations: ChunkLocations): locations is TableLocations {
  return extentShape === null && locations.kind === 'table' && locations.offsets.length > 1;
}

/** The box of the chunk grid that projections touch. */
export function* chunkBox(axes: readonly AxisProjection[]): Sliced<ChunkBox> {
  const box: number[][] = [];
  for (const axis of axes) box.push(yield* chunkCoordinates(axis));
  return box;
}

/**
 * The axes of a layer that has one projection, as all have today.
 * @throws {RangeError} if it has several: what calls this must learn to walk the chunks of several projections.
 */
export function axesOf(layer: LayerPlan): readonly AxisProjection[] {
  const [projection, more] = layer.projections;
  if (projection === undefined || more !== undefined) throw new RangeError('Expected a layer with one projection');
  return projection.axes;
}
