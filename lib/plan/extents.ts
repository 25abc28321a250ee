/**
 * Enumerates the extents and the files of a layer one by one. Only tests use the extents; the library computes their
 * totals in estimate.ts without enumeration.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import type { ChunkExtents } from './coalesce.js';
import { type ExtentShape, segmentBounds, segmentCount } from './extent-shape.js';
import { byteStrides, bytesOfChunk, type ChunkGrid, shapeOfChunk } from './layout.js';
import { type ChunkLocations, chunkPath, type TableLocations } from './locations.js';
import type { LayerPlan } from './read-plan.js';
import { type AxisProjection, chunkAt, findSegments } from './segments.js';

/** A contiguous run of bytes in one file. */
export interface Extent {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Yields every extent of a layer in reading order. If the chunks are files whose names a template describes, all of
 * them count as present, with the size of a decoded chunk, because it is not known yet which files exist.
 */
export function* extentsOf(layer: LayerPlan): Generator<Extent> {
  const { locations, extentShape } = layer;
  if (locations.kind === 'absent') return;
  if (extentShape === null && locations.kind === 'table') {
    yield* coalescedExtents(locations, layer.chunkExtents);
    return;
  }
  for (const chunk of chunksOf(layer, extentShape === null ? 'once' : 'per use')) {
    const extent = chunkExtent(layer.grid, locations, chunk);
    if (extent === null) continue;
    if (extentShape === null) yield extent;
    else yield* partialExtents(layer.grid, extentShape, chunk, extent);
  }
}

/** Yields the file of every chunk of a layer, in chunk order and without consecutive repeats. Skips absent chunks. */
export function* chunkFilesOf(layer: LayerPlan): Generator<string> {
  let last: string | null = null;
  for (const chunk of chunksOf(layer, 'once')) {
    const extent = chunkExtent(layer.grid, layer.locations, chunk);
    if (extent === null || extent.file === last) continue;
    last = extent.file;
    yield last;
  }
}

/** A chunk that a read touches, and its file. */
export interface LocatedChunk {
  readonly coordinates: readonly number[];
  /** Null if the chunk is known to be absent. A file that is named after its chunk may not exist. */
  readonly file: string | null;
}

/** Yields every chunk of a layer once, in chunk order. */
export function* locatedChunksOf(layer: LayerPlan): Generator<LocatedChunk> {
  for (const chunk of chunksOf(layer, 'once')) {
    const file = chunkExtent(layer.grid, layer.locations, chunk)?.file ?? null;
    yield { coordinates: chunk.coordinates, file };
  }
}

/** A chunk of a layer, as one box uses it. */
interface ChunkOfLayer {
  /** Index of the chunk in the layer. */
  readonly index: number;
  /** Coordinates of the chunk in the grid. */
  readonly coordinates: readonly number[];
  /** Axes of the box that uses the chunk. */
  readonly axes: readonly AxisProjection[];
  /** Segment of the chunk in each dimension. */
  readonly segments: readonly number[];
}

/** Yields each chunk of a layer: once, or once per box that needs it. */
function* chunksOf({ projections, uses, chunkCount }: LayerPlan, each: 'once' | 'per use'): Generator<ChunkOfLayer> {
  for (let index = 0; index < chunkCount; index++) {
    const first = uses === null ? index : (uses.starts[index] ?? 0);
    const stop = uses === null || each === 'once' ? first + 1 : (uses.starts[index + 1] ?? 0);
    for (let use = first; use < stop; use++) {
      const axes = projections[uses?.entries[2 * use] ?? 0]?.axes ?? [];
      const segments: number[] = [];
      findSegments(axes, uses?.entries[2 * use + 1] ?? use, segments);
      yield { index, coordinates: axes.map((axis, d) => chunkAt(axis, segments[d] ?? 0)), axes, segments };
    }
  }
}

function chunkExtent(grid: ChunkGrid, locations: ChunkLocations, { index, coordinates }: ChunkOfLayer): Extent | null {
  if (locations.kind === 'table') {
    const offset = locations.offsets[index] ?? -1;
    if (offset < 0) return null;
    return {
      file: locations.files[locations.fileIndex?.[index] ?? 0] ?? '',
      offset,
      length: locations.lengths[index] ?? 0,
    };
  }
  if (locations.kind === 'absent') return null;
  return {
    file: chunkPath(locations, coordinates),
    offset: locations.offset,
    length: bytesOfChunk(grid.layout, shapeOfChunk(grid, coordinates)),
  };
}

function* coalescedExtents(table: TableLocations, chunkExtents: ChunkExtents | null): Generator<Extent> {
  const count = chunkExtents === null ? table.offsets.length : chunkExtents.starts.length - 1;
  for (let g = 0; g < count; g++) {
    const begin = chunkExtents?.starts[g] ?? g;
    const end = chunkExtents?.starts[g + 1] ?? g + 1;
    const first = chunkExtents?.order[begin] ?? begin;
    const offset = table.offsets[first] ?? -1;
    if (offset < 0) continue;
    let stop = offset;
    for (let k = begin; k < end; k++) {
      const i = chunkExtents?.order[k] ?? k;
      stop = Math.max(stop, (table.offsets[i] ?? 0) + (table.lengths[i] ?? 0));
    }
    yield { file: table.files[table.fileIndex?.[first] ?? 0] ?? '', offset, length: stop - offset };
  }
}

function* partialExtents(
  grid: ChunkGrid,
  extentShape: ExtentShape,
  { coordinates, axes, segments }: ChunkOfLayer,
  extent: Extent,
): Generator<Extent> {
  const { layout } = grid;
  const strides = byteStrides(layout, shapeOfChunk(grid, coordinates));
  const { size } = dtypeInfo(layout.dtype);
  function* walk(level: number, offset: number): Generator<Extent> {
    const dimension = layout.axisOrder[level] ?? 0;
    const axis = axes[dimension];
    if (axis === undefined) {
      yield { file: extent.file, offset, length: size };
      return;
    }
    const s = segments[dimension] ?? 0;
    const count = segmentCount(axis, s);
    const stride = strides[dimension] ?? 0;
    const block = level === extentShape.level ? Math.min(extentShape.block, count) : 1;
    for (let begin = 0; begin < count; begin += block) {
      const end = Math.min(begin + block, count);
      const { low, high } = segmentBounds(axis, s, begin, end);
      if (level < extentShape.level) yield* walk(level + 1, offset + low * stride);
      else {
        const inner = spanOf(layout.axisOrder.slice(level + 1));
        yield {
          file: extent.file,
          offset: offset + low * stride + inner.low,
          length: (high - low) * stride + inner.length,
        };
      }
    }
  }
  /** Returns offset and length in bytes of the range that `dimensions` cover. */
  function spanOf(dimensions: readonly number[]): { low: number; length: number } {
    const span = { low: 0, length: size };
    for (const dimension of dimensions) {
      const s = segments[dimension] ?? 0;
      const axis = axes[dimension] as AxisProjection;
      const { low, high } = segmentBounds(axis, s, 0, segmentCount(axis, s));
      span.low += low * (strides[dimension] ?? 0);
      span.length += (high - low) * (strides[dimension] ?? 0);
    }
    return span;
  }
  yield* walk(0, extent.offset + (layout.spacing?.offset ?? 0));
}
