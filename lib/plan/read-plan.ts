/**
 * The read plan: immutable data that says which chunks, which bytes and where each element goes.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { type Hyperslab, shapeOf } from './hyperslab.js';
import type { ChunkGrid } from './layout.js';
import type { ChunkBox } from './locations.js';
import { type AxisProjection, chunkCoordinates, projectAxis, segmentWord, segmentWords } from './projection.js';
import { type Coalescing, chooseSpans, type Spans } from './spans.js';

/** The part of a plan that one chunk grid supplies. */
export interface LayerPlan<G extends ChunkGrid = ChunkGrid> {
  readonly grid: G;
  /** One projection per dimension. */
  readonly axes: readonly AxisProjection[];
  /** Chunks touched: the product of the projections' counts. */
  readonly chunkCount: number;
  /** Elements of the result that this layer supplies. */
  readonly elements: number;
  /** How plain chunks are read in part; null when chunks are read and decoded whole. */
  readonly spans: Spans | null;
}

/** A plan for one hyperslab of one array. */
export interface ReadPlan<G extends ChunkGrid = ChunkGrid> {
  /** Shape of the result. */
  readonly shape: readonly number[];
  readonly elements: number;
  /** Distance in elements of the result between neighbours along each dimension of the array; 0 for dropped dimensions. */
  readonly outStrides: readonly number[];
  readonly layers: readonly LayerPlan<G>[];
  /** Whether the layers supply every element; otherwise the result is filled first. */
  readonly covered: boolean;
}

/** Chunks of plain data below this size are read whole, together with their neighbours in the file. */
export const smallChunkBytes = 65536;

/**
 * Plans a hyperslab.
 * @param slab the normalised selection.
 * @param grids the layers' grids, disjoint.
 * @param isPlain whether the bytes of a grid's chunks are stored unencoded, each chunk with room for partial reads.
 * @param coalescing limits in bytes.
 */
export function planRead<G extends ChunkGrid>(
  slab: Hyperslab,
  grids: readonly G[],
  isPlain: (grid: G) => boolean,
  coalescing: Coalescing,
): ReadPlan<G> {
  const shape = shapeOf(slab);
  const outStrides: number[] = [];
  for (let d = 0; d < slab.length; d++) outStrides.push(0);
  let elements = 1;
  for (let d = slab.length - 1; d >= 0; d--) {
    const axis = slab[d];
    if (axis === undefined || axis.dropped) continue;
    outStrides[d] = elements;
    elements *= axis.count;
  }
  const layers: LayerPlan<G>[] = [];
  let supplied = 0;
  if (elements > 0) {
    for (const grid of grids) {
      const layer = planLayer(slab, grid, isPlain(grid), coalescing);
      if (layer === null) continue;
      layers.push(layer);
      supplied += layer.elements;
    }
  }
  return { shape, elements, outStrides, layers, covered: supplied === elements };
}

function planLayer<G extends ChunkGrid>(
  slab: Hyperslab,
  grid: G,
  plain: boolean,
  coalescing: Coalescing,
): LayerPlan<G> | null {
  const axes: AxisProjection[] = [];
  let chunkCount = 1;
  let elements = 1;
  let chunkBytes = dtypeInfo(grid.layout.dtype).size;
  for (let d = 0; d < slab.length; d++) {
    const axis = slab[d];
    if (axis === undefined) return null;
    const extent = grid.chunkShape[d] ?? 1;
    const projection = projectAxis(axis, {
      start: grid.start[d] ?? 0,
      stop: grid.stop[d] ?? 0,
      origin: grid.origin[d] ?? 0,
      extent,
    });
    if (projection.count === 0) return null;
    axes.push(projection);
    chunkCount *= projection.count;
    chunkBytes *= extent;
    let selected = 0;
    for (let s = 0; s < projection.count; s++)
      selected += projection.segments[s * segmentWords + segmentWord.count] ?? 0;
    elements *= selected;
  }
  const inParts = plain && (chunkCount === 1 || chunkBytes > smallChunkBytes);
  return { grid, axes, chunkCount, elements, spans: inParts ? chooseSpans(grid, axes, coalescing) : null };
}

/** The box of the chunk grid that a layer touches. */
export function chunkBox(layer: LayerPlan): ChunkBox {
  return layer.axes.map(chunkCoordinates);
}
