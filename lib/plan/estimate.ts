/**
 * Computes how many files, extents and bytes the read of a layer needs. A layer is the part of a plan that one chunk
 * grid supplies; a segment is the part of a selection that lies in one chunk, along one dimension. Most totals are
 * products over the dimensions, so the time depends on the number of segments, and not on the number of chunks.
 * Exceptions: location tables are scanned once, and absent chunks and the chunks of several boxes may be visited one by
 * one.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { dtypeInfo } from '../core/dtype.js';
import type { ChunkExtents } from './coalesce.js';
import { type ExtentShape, segmentBounds, segmentCount } from './extent-shape.js';
import { bytesOfChunk, type ChunkGrid } from './layout.js';
import type { TableLocations, TemplateLocations } from './locations.js';
import { axesOf, type LayerPlan } from './read-plan.js';
import { type AxisProjection, chunkAt, findSegments, segmentWord, segmentWords } from './segments.js';

/** Totals of the read of a layer. */
export interface IoEstimate {
  readonly files: number;
  readonly extents: number;
  readonly bytes: number;
  /**
   * Number of chunks known to be absent. If the names of chunk files follow from a template, it is 0, because a missing
   * file is only noticed when the read opens it.
   */
  readonly absent: number;
}

/** Number of extents, and their bytes. */
type Totals = Pick<IoEstimate, 'extents' | 'bytes'>;

/** Computes the totals of the read of `layer`, without enumerating the extents as {@link extentsOf} does. */
export function* estimateIo(layer: LayerPlan): Sliced<IoEstimate> {
  const { locations, extentShape, chunkCount, chunkExtents } = layer;
  if (locations.kind === 'absent') return { files: 0, extents: 0, bytes: 0, absent: chunkCount };
  if (locations.kind === 'template') {
    const totals = extentShape === null ? yield* wholeChunks(layer) : yield* extentsOfBoxes(layer, extentShape);
    return { files: yield* countNames(layer, locations), ...totals, absent: 0 };
  }
  const { files, absent } = yield* inspectTable(locations);
  if (extentShape === null) return { files, absent, ...(yield* coalescedTotals(locations, chunkExtents)) };
  if (absent === chunkCount) return { files, absent, extents: 0, bytes: 0 };
  let { extents, bytes } = yield* extentsOfBoxes(layer, extentShape);
  if (absent > 0) {
    const without = yield* extentsOfAbsent(layer, extentShape, locations);
    extents -= without.extents;
    bytes -= without.bytes;
  }
  return { files, absent, extents, bytes };
}

/** Number of chunks between two checkpoints if each chunk is computed separately. */
const chunksPerCheckpoint = 256;

/**
 * Counts the distinct names of the files that contain the chunks. A name does not depend on dimensions without a field
 * in the template, so several chunks may have the same name.
 */
function* countNames(layer: LayerPlan, { fields }: TemplateLocations): Sliced<number> {
  const printed = new Set(fields.map(({ dimension }) => dimension));
  if (layer.uses === null) {
    return axesOf(layer).reduce((product, { count }, d) => (printed.has(d) ? product * count : product), 1);
  }
  if (layer.grid.chunkShape.every((_, d) => printed.has(d))) return layer.chunkCount;
  const names = new Set<string>();
  for (let c = 0; c < layer.chunkCount; c++) {
    if (c % chunksPerCheckpoint === chunksPerCheckpoint - 1) yield checkpoint;
    names.add(
      chunkAxesOf(layer, c)
        .map((axis, d) => (printed.has(d) ? chunkAt(axis, 0) : ''))
        .join(),
    );
  }
  return names.size;
}

/** Returns the totals of a layer whose chunks are read as a whole, one extent per chunk. */
function* wholeChunks(layer: LayerPlan): Sliced<Totals> {
  const { layout, chunkShape } = layer.grid;
  // Formats with one file per chunk do not clip chunks that have other data between their elements, so all chunks have
  // the same size.
  if (layout.spacing !== undefined) {
    return { extents: layer.chunkCount, bytes: layer.chunkCount * bytesOfChunk(layout, chunkShape) };
  }
  const { size } = dtypeInfo(layout.dtype);
  const elementsOf = (axes: readonly AxisProjection[]): number =>
    axes.reduce((product, axis, d) => product * sizeSum(layer.grid, axis, d), 1);
  if (layer.uses === null) return { extents: layer.chunkCount, bytes: elementsOf(axesOf(layer)) * size };
  let elements = 0;
  for (let c = 0; c < layer.chunkCount; c++) {
    if (c % chunksPerCheckpoint === chunksPerCheckpoint - 1) yield checkpoint;
    elements += elementsOf(chunkAxesOf(layer, c));
  }
  return { extents: layer.chunkCount, bytes: elements * size };
}

/** Returns the axes of the first box that needs chunk `c`, restricted to the chunk. */
function chunkAxesOf({ projections, uses }: LayerPlan, c: number): AxisProjection[] {
  const use = uses === null ? -1 : 2 * (uses.starts[c] ?? 0);
  const projection = projections[uses?.entries[use] ?? 0];
  return chunkAxes(projection?.axes ?? [], uses?.entries[use + 1] ?? c);
}

/** Sums the sizes of the chunks along dimension `d`. Only the last chunk can be clipped. */
function sizeSum({ chunkShape, gridShape, layout }: ChunkGrid, { count, segments }: AxisProjection, d: number): number {
  const chunkSize = chunkShape[d] ?? 1;
  if (layout.edge === 'full') return count * chunkSize;
  const last = segments[(count - 1) * segmentWords + segmentWord.chunk] ?? 0;
  return (count - 1) * chunkSize + Math.min(chunkSize, (gridShape[d] ?? 0) - last * chunkSize);
}

function* inspectTable({ offsets, fileIndex, files }: TableLocations): Sliced<{ files: number; absent: number }> {
  const n = offsets.length;
  const isUsed = new Uint8Array(files.length + 1);
  let absent = 0;
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      if ((offsets[i] ?? -1) < 0) absent += 1;
      else isUsed[fileIndex?.[i] ?? 0] = 1;
    }
    if (i < n) yield checkpoint;
  }
  let used = 0;
  for (let f = 0; f < isUsed.length; ) {
    const stop = Math.min(isUsed.length, f + stepsPerCheckpoint);
    for (; f < stop; f++) used += isUsed[f] ?? 0;
    if (f < isUsed.length) yield checkpoint;
  }
  return { files: used, absent };
}

function* coalescedTotals(table: TableLocations, chunkExtents: ChunkExtents | null): Sliced<Totals> {
  const { offsets, lengths } = table;
  const n = offsets.length;
  let extents = 0;
  let bytes = 0;
  let next = 0;
  let begin = 0;
  let end = 0;
  for (let k = 0; k < n; ) {
    const slice = Math.min(n, k + stepsPerCheckpoint);
    for (; k < slice; k++) {
      const i = chunkExtents?.order[k] ?? k;
      const offset = offsets[i] ?? -1;
      const stop = offset + (lengths[i] ?? 0);
      const isFirst = chunkExtents === null || chunkExtents.starts[next] === k;
      if (isFirst) {
        next += 1;
        bytes += end - begin;
        begin = offset < 0 ? 0 : offset;
        end = offset < 0 ? 0 : stop;
        if (offset >= 0) extents += 1;
      } else if (offset >= 0 && stop > end) {
        end = stop;
      }
    }
    if (k < n) yield checkpoint;
  }
  return { extents, bytes: bytes + end - begin };
}

/** Totals of all segments of one dimension. */
interface AxisSums {
  readonly segments: number;
  readonly elements: number;
  /** Sum of the lengths of the segments in elements. The length is the distance from the first to the last element. */
  readonly reach: number;
  /** Sum of the lengths of the chunks in which the segments lie, in elements. */
  readonly sizeTotal: number;
  /** Distance in bytes between neighbours; 0 if they are contiguous. */
  readonly pitch: number;
}

/** Returns the number and the total bytes of the extents of all boxes. Each box reads its own extents. */
function* extentsOfBoxes(layer: LayerPlan, extentShape: ExtentShape): Sliced<Totals> {
  let extents = 0;
  let bytes = 0;
  for (const { axes } of layer.projections) {
    const totals = yield* extentsOfBox(layer, extentShape, axes);
    extents += totals.extents;
    bytes += totals.bytes;
    if (layer.uses !== null) yield checkpoint;
  }
  return { extents, bytes };
}

/** Returns the number and the total bytes of the extents that contain the elements that `axes` select. */
function* extentsOfBox(layer: LayerPlan, extentShape: ExtentShape, axes: readonly AxisProjection[]): Sliced<Totals> {
  const { grid } = layer;
  const { axisOrder, spacing } = grid.layout;
  const size = dtypeInfo(grid.layout.dtype).size;
  if (axes.length === 0) return { extents: 1, bytes: size };
  const levels: AxisSums[] = [];
  for (const d of axisOrder) {
    const axis = axes[d] as AxisProjection;
    const { reach } = yield* blockSums(axis, Number.POSITIVE_INFINITY);
    const pitch = spacing?.pitches[d] ?? 0;
    levels.push({ segments: axis.count, elements: axis.elements, reach, sizeTotal: sizeSum(grid, axis, d), pitch });
  }
  const { level } = extentShape;
  const { blocks, reach } = yield* blockSums(axes[axisOrder[level] ?? 0] as AxisProjection, extentShape.block);
  let outer = 1;
  for (const { elements } of levels.slice(0, level)) outer *= elements;
  const inner = levels.slice(level + 1);
  let chunks = 1; // Number of combinations of the segments of the inner dimensions.
  for (const { segments } of inner) chunks *= segments;
  // `stride` and `innerReach` are sums over these combinations: of the stride of `level`, and of the bytes that the
  // inner dimensions cover.
  const stride = strideSum(levels, level, size);
  let innerReach = 0;
  inner.forEach((axis, i) => {
    const between = inner.slice(0, i).reduce((product, { segments }) => product * segments, 1);
    innerReach += axis.reach * between * strideSum(levels, level + 1 + i, size);
  });
  return {
    extents: outer * blocks * chunks,
    bytes: outer * (reach * stride + blocks * (size * chunks + innerReach)),
  };
}

/**
 * Returns the total of the strides of `levels[level]`, in bytes. Each combination of segments of the later dimensions
 * has its own stride, because chunks at the edge may be smaller.
 */
function strideSum(levels: readonly AxisSums[], level: number, elementSize: number): number {
  let chunks = 1; // Number of combinations.
  let sum = elementSize;
  for (let i = levels.length - 1; i >= level; i--) {
    const { pitch = 0, segments = 1, sizeTotal = 1 } = levels[i] ?? {};
    if (pitch > 0) sum = pitch * chunks;
    if (i === level) break;
    sum *= sizeTotal;
    chunks *= segments;
  }
  return sum;
}

/**
 * Splits segments into blocks of `block` elements. Returns the number of blocks, and the sum over all blocks of the
 * distance from the first to the last element.
 */
function* blockSums(axis: AxisProjection, block: number): Sliced<{ blocks: number; reach: number }> {
  const { count, lists, largest, elements, distance } = axis;
  if (lists === null && block >= largest) return { blocks: count, reach: (elements - count) * distance };
  let blocks = 0;
  let reach = 0;
  let steps = 0;
  for (let s = 0; s < count; s++) {
    const selected = segmentCount(axis, s);
    for (let begin = 0; begin < selected; begin += block) {
      const { low, high } = segmentBounds(axis, s, begin, Math.min(begin + block, selected));
      blocks += 1;
      reach += high - low;
      if (++steps % stepsPerCheckpoint === 0) yield checkpoint;
    }
  }
  return { blocks, reach };
}

function* extentsOfAbsent(layer: LayerPlan, extentShape: ExtentShape, { offsets }: TableLocations): Sliced<Totals> {
  const { projections, uses } = layer;
  let extents = 0;
  let bytes = 0;
  for (let c = 0; c < offsets.length; c++) {
    if (c % chunksPerCheckpoint === chunksPerCheckpoint - 1) yield checkpoint;
    if ((offsets[c] ?? -1) >= 0) continue;
    const [first, stop] = uses === null ? [c, c + 1] : [uses.starts[c] ?? 0, uses.starts[c + 1] ?? 0];
    for (let use = first; use < stop; use++) {
      const axes = projections[uses?.entries[2 * use] ?? 0]?.axes ?? [];
      const totals = yield* extentsOfBox(layer, extentShape, chunkAxes(axes, uses?.entries[2 * use + 1] ?? use));
      extents += totals.extents;
      bytes += totals.bytes;
    }
  }
  return { extents, bytes };
}

/** Returns the axes with only the segments that lie in chunk `index`. */
function chunkAxes(axes: readonly AxisProjection[], index: number): AxisProjection[] {
  const found: number[] = [];
  findSegments(axes, index, found);
  const chosen: AxisProjection[] = [];
  for (const [d, axis] of axes.entries()) {
    const s = found[d] ?? 0;
    const elements = segmentCount(axis, s);
    const words = s * segmentWords;
    const segments = Array.from({ length: segmentWords }, (_, w) => axis.segments[words + w] ?? 0);
    const { low, high } = segmentBounds(axis, s, 0, elements);
    const distance = elements < 2 ? 0 : (high - low) / (elements - 1);
    chosen.push({ count: 1, segments, lists: axis.lists, elements, largest: elements, distance });
  }
  return chosen;
}
