/**
 * Enumerates the extents of a plan one by one. Only tests use this; estimate.ts computes totals without enumeration.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import type { ChunkExtents } from './coalesce.js';
import { type ExtentShape, segmentBounds, segmentCount } from './extent-shape.js';
import { byteStrides, type ChunkGrid, shapeOfChunk } from './layout.js';
import type { ChunkLocations, TableLocations } from './locations.js';
import { axesOf, type LayerPlan } from './read-plan.js';
import { type AxisProjection, segmentWord, segmentWords } from './segments.js';

/** A contiguous run of bytes in one file. */
export interface Extent {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Yields every extent of a layer in reading order. If the chunks are files that a name template describes, it is not
 * known yet which of them exist, so all count as present, with the size of a decoded chunk.
 */
export function* extentsOf(layer: LayerPlan): Generator<Extent> {
  const { locations, extentShape } = layer;
  if (locations.kind === 'absent') return;
  if (extentShape === null && locations.kind === 'table') {
    yield* coalescedExtents(locations, layer.chunkExtents);
    return;
  }
  for (const { index, coordinates, segments } of chunksOf(layer)) {
    const extent = chunkExtent(layer.grid, locations, index, coordinates);
    if (extent === null) continue;
    if (extentShape === null) yield extent;
    else yield* partialExtents(layer, extentShape, coordinates, segments, extent);
  }
}

/** Yields the file of every chunk of a layer, in chunk order and without consecutive repeats. Skips absent chunks. */
export function* chunkFilesOf(layer: LayerPlan): Generator<string> {
  let last: string | null = null;
  for (const { index, coordinates } of chunksOf(layer)) {
    const extent = chunkExtent(layer.grid, layer.locations, index, coordinates);
    if (extent === null || extent.file === last) continue;
    last = extent.file;
    yield last;
  }
}

/** A chunk of a layer: its row-major index in the box, its grid coordinates, and its segment in each dimension. */
interface ChunkOfLayer {
  readonly index: number;
  readonly coordinates: readonly number[];
  readonly segments: readonly number[];
}

function* chunksOf(layer: LayerPlan): Generator<ChunkOfLayer> {
  const axes = axesOf(layer);
  const rank = axes.length;
  const segments = new Array<number>(rank).fill(0);
  for (let index = 0; index < layer.chunkCount; index++) {
    const coordinates = axes.map(
      (axis, d) => axis.segments[(segments[d] ?? 0) * segmentWords + segmentWord.chunk] ?? 0,
    );
    yield { index, coordinates, segments };
    for (let d = rank - 1; d >= 0; d--) {
      const next = (segments[d] ?? 0) + 1;
      segments[d] = next < (axes[d]?.count ?? 0) ? next : 0;
      if (segments[d] !== 0) break;
    }
  }
}

function chunkExtent(
  grid: ChunkGrid,
  locations: ChunkLocations,
  index: number,
  coordinates: readonly number[],
): Extent | null {
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
  let name = locations.literals[0] ?? '';
  locations.fields.forEach((field, i) => {
    name += String(coordinates[field.dimension] ?? 0).padStart(field.width, '0') + (locations.literals[i + 1] ?? '');
  });
  const elements = shapeOfChunk(grid, coordinates).reduce((product, size) => product * size, 1);
  return {
    file: `${locations.directory}/${name}`,
    offset: locations.offset,
    length: elements * dtypeInfo(grid.layout.dtype).size,
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

function axisAt(layer: LayerPlan, level: number): { axis: AxisProjection; dimension: number } {
  const dimension = layer.grid.layout.axisOrder[level] ?? 0;
  const axis = axesOf(layer)[dimension];
  if (axis === undefined) throw new RangeError(`Expected a projection for dimension ${dimension}`);
  return { axis, dimension };
}

function* partialExtents(
  layer: LayerPlan,
  extentShape: ExtentShape,
  coordinates: readonly number[],
  segments: readonly number[],
  extent: Extent,
): Generator<Extent> {
  const strides = byteStrides(layer.grid.layout, shapeOfChunk(layer.grid, coordinates));
  const rank = axesOf(layer).length;
  function* walk(level: number, offset: number): Generator<Extent> {
    if (level === rank) {
      yield { file: extent.file, offset, length: dtypeInfo(layer.grid.layout.dtype).size };
      return;
    }
    const { axis, dimension } = axisAt(layer, level);
    const s = segments[dimension] ?? 0;
    const count = segmentCount(axis, s);
    const stride = strides[dimension] ?? 0;
    const block = level === extentShape.level ? Math.min(extentShape.block, count) : 1;
    for (let begin = 0; begin < count; begin += block) {
      const end = Math.min(begin + block, count);
      const { low, high } = segmentBounds(axis, s, begin, end);
      if (level < extentShape.level) yield* walk(level + 1, offset + low * stride);
      else {
        const inner = innerSpan(layer, level, segments, strides);
        yield {
          file: extent.file,
          offset: offset + low * stride + inner.low,
          length: (high - low) * stride + inner.length,
        };
      }
    }
  }
  yield* walk(0, extent.offset);
}

/** Returns offset and length in bytes of the range that the dimensions after `level` cover. */
function innerSpan(
  layer: LayerPlan,
  level: number,
  segments: readonly number[],
  strides: readonly number[],
): { low: number; length: number } {
  let lowBytes = 0;
  let length = dtypeInfo(layer.grid.layout.dtype).size;
  for (let i = level + 1; i < axesOf(layer).length; i++) {
    const { axis, dimension } = axisAt(layer, i);
    const s = segments[dimension] ?? 0;
    const { low, high } = segmentBounds(axis, s, 0, segmentCount(axis, s));
    lowBytes += low * (strides[dimension] ?? 0);
    length += (high - low) * (strides[dimension] ?? 0);
  }
  return { low: lowBytes, length };
}
