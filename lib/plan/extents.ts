/**
 * The exact extents of a plan: what an engine will be asked to read. Lazily enumerated, for tests and for `explain`.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { groupChunks } from './coalesce.js';
import { byteStrides, type ChunkGrid, shapeOfChunk } from './layout.js';
import type { ChunkLocations, TableLocations } from './locations.js';
import { type AxisProjection, segmentWord, segmentWords } from './projection.js';
import type { LayerPlan } from './read-plan.js';
import { type Coalescing, type Spans, segmentBounds, segmentCount } from './spans.js';

/** A contiguous run of one file. */
export interface Extent {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** Totals of a plan without enumerating every extent. */
export interface ExtentTotals {
  readonly files: number;
  readonly extents: number;
  readonly bytes: number;
  /** Chunks known to be absent. Chunks named by a template are found absent only when they are opened. */
  readonly absent: number;
}

/** Every extent of a layer in reading order. Chunks named by a template count as present, at their decoded size. */
export function* extentsOf(layer: LayerPlan, locations: ChunkLocations, coalescing: Coalescing): Generator<Extent> {
  if (locations.kind === 'absent') return;
  if (layer.spans === null && locations.kind === 'table') {
    yield* groupedExtents(locations, coalescing);
    return;
  }
  for (const { index, coordinates, segments } of chunksOf(layer)) {
    const place = placeOf(layer.grid, locations, index, coordinates);
    if (place === null) continue;
    if (layer.spans === null) yield place;
    else yield* spanExtents(layer, layer.spans, coordinates, segments, place);
  }
}

/** The totals of {@link extentsOf}, in time proportional to the chunks. */
export function extentTotals(layer: LayerPlan, locations: ChunkLocations, coalescing: Coalescing): ExtentTotals {
  if (locations.kind === 'absent') return { files: 0, extents: 0, bytes: 0, absent: layer.chunkCount };
  const files = new Set<string>();
  let extents = 0;
  let bytes = 0;
  let absent = 0;
  if (layer.spans === null && locations.kind === 'table') {
    for (const extent of groupedExtents(locations, coalescing)) {
      files.add(extent.file);
      extents += 1;
      bytes += extent.length;
    }
    for (const offset of locations.offsets) if (offset < 0) absent += 1;
    return { files: files.size, extents, bytes, absent };
  }
  for (const { index, coordinates, segments } of chunksOf(layer)) {
    const place = placeOf(layer.grid, locations, index, coordinates);
    if (place === null) {
      absent += 1;
      continue;
    }
    files.add(place.file);
    const part =
      layer.spans === null
        ? { extents: 1, bytes: place.length }
        : spanTotals(layer, layer.spans, coordinates, segments);
    extents += part.extents;
    bytes += part.bytes;
  }
  return { files: files.size, extents, bytes, absent };
}

/** A chunk of a layer: its number in row-major order of the box, its grid coordinates, its segment in each dimension. */
interface ChunkOfLayer {
  readonly index: number;
  readonly coordinates: readonly number[];
  readonly segments: readonly number[];
}

function* chunksOf(layer: LayerPlan): Generator<ChunkOfLayer> {
  const rank = layer.axes.length;
  const segments = new Array<number>(rank).fill(0);
  for (let index = 0; index < layer.chunkCount; index++) {
    const coordinates = layer.axes.map(
      (axis, d) => axis.segments[(segments[d] ?? 0) * segmentWords + segmentWord.chunk] ?? 0,
    );
    yield { index, coordinates, segments };
    for (let d = rank - 1; d >= 0; d--) {
      const next = (segments[d] ?? 0) + 1;
      segments[d] = next < (layer.axes[d]?.count ?? 0) ? next : 0;
      if (segments[d] !== 0) break;
    }
  }
}

function placeOf(
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
  const elements = shapeOfChunk(grid, coordinates).reduce((product, extent) => product * extent, 1);
  return {
    file: `${locations.directory}/${name}`,
    offset: locations.offset,
    length: elements * dtypeInfo(grid.layout.dtype).size,
  };
}

function* groupedExtents(table: TableLocations, coalescing: Coalescing): Generator<Extent> {
  const groups = groupChunks(table, coalescing);
  const count = groups === null ? table.offsets.length : groups.starts.length - 1;
  for (let g = 0; g < count; g++) {
    const begin = groups?.starts[g] ?? g;
    const end = groups?.starts[g + 1] ?? g + 1;
    const first = groups?.order[begin] ?? begin;
    const offset = table.offsets[first] ?? -1;
    if (offset < 0) continue;
    let stop = offset;
    for (let k = begin; k < end; k++) {
      const i = groups?.order[k] ?? k;
      stop = Math.max(stop, (table.offsets[i] ?? 0) + (table.lengths[i] ?? 0));
    }
    yield { file: table.files[table.fileIndex?.[first] ?? 0] ?? '', offset, length: stop - offset };
  }
}

function axisAt(layer: LayerPlan, level: number): { axis: AxisProjection; dimension: number } {
  const dimension = layer.grid.layout.axisOrder[level] ?? 0;
  const axis = layer.axes[dimension];
  if (axis === undefined) throw new RangeError(`Expected a projection for dimension ${dimension}`);
  return { axis, dimension };
}

function* spanExtents(
  layer: LayerPlan,
  spans: Spans,
  coordinates: readonly number[],
  segments: readonly number[],
  place: Extent,
): Generator<Extent> {
  const strides = byteStrides(layer.grid.layout, shapeOfChunk(layer.grid, coordinates));
  const rank = layer.axes.length;
  function* walk(level: number, offset: number): Generator<Extent> {
    if (level === rank) {
      yield { file: place.file, offset, length: dtypeInfo(layer.grid.layout.dtype).size };
      return;
    }
    const { axis, dimension } = axisAt(layer, level);
    const s = segments[dimension] ?? 0;
    const count = segmentCount(axis, s);
    const stride = strides[dimension] ?? 0;
    const block = level === spans.level ? Math.min(spans.block, count) : 1;
    for (let begin = 0; begin < count; begin += block) {
      const end = Math.min(begin + block, count);
      const { low, high } = segmentBounds(axis, s, begin, end);
      if (level < spans.level) yield* walk(level + 1, offset + low * stride);
      else {
        const inner = innerSpan(layer, level, segments, strides);
        yield {
          file: place.file,
          offset: offset + low * stride + inner.low,
          length: (high - low) * stride + inner.length,
        };
      }
    }
  }
  yield* walk(0, place.offset);
}

/** Offset and length in bytes of what all dimensions after `level` span. */
function innerSpan(
  layer: LayerPlan,
  level: number,
  segments: readonly number[],
  strides: readonly number[],
): { low: number; length: number } {
  let lowBytes = 0;
  let length = dtypeInfo(layer.grid.layout.dtype).size;
  for (let i = level + 1; i < layer.axes.length; i++) {
    const { axis, dimension } = axisAt(layer, i);
    const s = segments[dimension] ?? 0;
    const { low, high } = segmentBounds(axis, s, 0, segmentCount(axis, s));
    lowBytes += low * (strides[dimension] ?? 0);
    length += (high - low) * (strides[dimension] ?? 0);
  }
  return { low: lowBytes, length };
}

function spanTotals(
  layer: LayerPlan,
  spans: Spans,
  coordinates: readonly number[],
  segments: readonly number[],
): { extents: number; bytes: number } {
  const strides = byteStrides(layer.grid.layout, shapeOfChunk(layer.grid, coordinates));
  if (layer.axes.length === 0) return { extents: 1, bytes: dtypeInfo(layer.grid.layout.dtype).size };
  let outer = 1;
  for (let i = 0; i < spans.level; i++) {
    const { axis, dimension } = axisAt(layer, i);
    outer *= segmentCount(axis, segments[dimension] ?? 0);
  }
  const { axis, dimension } = axisAt(layer, spans.level);
  const s = segments[dimension] ?? 0;
  const count = segmentCount(axis, s);
  const block = Math.min(spans.block, count);
  const inner = innerSpan(layer, spans.level, segments, strides).length;
  let extents = 0;
  let bytes = 0;
  for (let begin = 0; begin < count; begin += block) {
    const { low, high } = segmentBounds(axis, s, begin, Math.min(begin + block, count));
    extents += 1;
    bytes += (high - low) * (strides[dimension] ?? 0) + inner;
  }
  return { extents: extents * outer, bytes: bytes * outer };
}
