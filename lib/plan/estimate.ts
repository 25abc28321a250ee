/**
 * Computes how much a layer reads, without enumerating chunks. The projection of a chunk is a product over dimensions,
 * so most totals are products too. Their cost depends on the number of segments, not of chunks. Location tables are
 * scanned once.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { dtypeInfo } from '../core/dtype.js';
import type { ChunkExtents } from './coalesce.js';
import { type ExtentShape, segmentBounds, segmentCount } from './extent-shape.js';
import type { ChunkGrid } from './layout.js';
import type { TableLocations, TemplateLocations } from './locations.js';
import { axesOf, type LayerPlan } from './read-plan.js';
import { type AxisProjection, segmentWord, segmentWords } from './segments.js';

/** Totals of what a layer reads. */
export interface IoEstimate {
  readonly files: number;
  readonly extents: number;
  readonly bytes: number;
  /**
   * Number of chunks known to be absent. If chunks are files with template names, a missing file is only noticed when
   * the read opens it.
   */
  readonly absent: number;
}

/** Number of extents, and their bytes. */
type Totals = Pick<IoEstimate, 'extents' | 'bytes'>;

/** Computes the totals of {@link extentsOf}. */
export function* estimateIo(layer: LayerPlan): Sliced<IoEstimate> {
  const { locations, extentShape, chunkCount, chunkExtents } = layer;
  if (locations.kind === 'absent') return { files: 0, extents: 0, bytes: 0, absent: chunkCount };
  if (locations.kind === 'template') {
    const totals = extentShape === null ? wholeChunks(layer) : yield* extentsOfBox(layer, extentShape, axesOf(layer));
    return { files: countNames(layer, locations), ...totals, absent: 0 };
  }
  const { files, absent } = yield* inspectTable(locations);
  if (extentShape === null) return { files, absent, ...(yield* coalescedTotals(locations, chunkExtents)) };
  if (absent === chunkCount) return { files, absent, extents: 0, bytes: 0 };
  let { extents, bytes } = yield* extentsOfBox(layer, extentShape, axesOf(layer));
  if (absent > 0) {
    const without = yield* extentsOfAbsent(layer, extentShape, locations);
    extents -= without.extents;
    bytes -= without.bytes;
  }
  return { files, absent, extents, bytes };
}

/** Counts the distinct names of a template. Fields of the same dimension contain the same coordinate. */
function countNames(layer: LayerPlan, { fields }: TemplateLocations): number {
  const printed = new Set(fields.map(({ dimension }) => dimension));
  return axesOf(layer).reduce((product, { count }, d) => (printed.has(d) ? product * count : product), 1);
}

function wholeChunks(layer: LayerPlan): Totals {
  const elements = axesOf(layer).reduce((product, axis, d) => product * sizeSum(layer.grid, axis, d), 1);
  return { extents: layer.chunkCount, bytes: elements * dtypeInfo(layer.grid.layout.dtype).size };
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

/** Sums over the segments of one dimension. */
interface AxisSums {
  readonly segments: number;
  readonly elements: number;
  /** Sum of the distances from the first to the last selected element of each segment. */
  readonly reach: number;
  /** Sum of the chunk lengths. */
  readonly sizeTotal: number;
}

/** Returns the number and the total bytes of the extents in the chunks of the box that `axes` span. */
function* extentsOfBox(layer: LayerPlan, extentShape: ExtentShape, axes: readonly AxisProjection[]): Sliced<Totals> {
  const { grid } = layer;
  const { axisOrder, pitchBytes } = grid.layout;
  const size = dtypeInfo(grid.layout.dtype).size;
  if (axes.length === 0) return { extents: 1, bytes: size };
  const levels: AxisSums[] = [];
  for (const d of axisOrder) {
    const axis = axes[d] as AxisProjection;
    const { reach } = yield* blockSums(axis, Number.POSITIVE_INFINITY);
    levels.push({ segments: axis.count, elements: axis.elements, reach, sizeTotal: sizeSum(grid, axis, d) });
  }
  const { level } = extentShape;
  const { blocks, reach } = yield* blockSums(axes[axisOrder[level] ?? 0] as AxisProjection, extentShape.block);
  let outer = 1;
  for (const { elements } of levels.slice(0, level)) outer *= elements;
  const inner = levels.slice(level + 1);
  let chunks = 1; // Number of combinations of the segments of the inner dimensions.
  for (const { segments } of inner) chunks *= segments;
  // Sums over these combinations: the stride of `level`, and the bytes that the inner dimensions cover.
  const stride = level === 0 && pitchBytes !== undefined ? pitchBytes * chunks : inner.reduce(bySize, size);
  let innerReach = 0;
  inner.forEach((axis, i) => {
    const between = inner.slice(0, i).reduce((product, { segments }) => product * segments, 1);
    innerReach += axis.reach * between * inner.slice(i + 1).reduce(bySize, size);
  });
  return {
    extents: outer * blocks * chunks,
    bytes: outer * (reach * stride + blocks * (size * chunks + innerReach)),
  };
}

function bySize(product: number, { sizeTotal }: AxisSums): number {
  return product * sizeTotal;
}

/**
 * Splits segments into blocks of `block` elements. Returns the number of blocks, and the sum over the blocks of the
 * distance from their first to their last element.
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

/** Number of chunks between two checkpoints if each chunk is computed separately. */
const chunksPerCheckpoint = 256;

function* extentsOfAbsent(layer: LayerPlan, extentShape: ExtentShape, { offsets }: TableLocations): Sliced<Totals> {
  const axes = axesOf(layer);
  let extents = 0;
  let bytes = 0;
  for (let index = 0; index < offsets.length; index++) {
    if (index % chunksPerCheckpoint === chunksPerCheckpoint - 1) yield checkpoint;
    if ((offsets[index] ?? -1) >= 0) continue;
    const totals = yield* extentsOfBox(layer, extentShape, chunkAxes(axes, index));
    extents += totals.extents;
    bytes += totals.bytes;
  }
  return { extents, bytes };
}

/** Returns the axes restricted to chunk `index`. */
function chunkAxes(axes: readonly AxisProjection[], index: number): AxisProjection[] {
  const chosen = new Array<AxisProjection>(axes.length);
  for (let d = axes.length - 1; d >= 0; d--) {
    const axis = axes[d] as AxisProjection;
    const s = index % axis.count;
    index = Math.floor(index / axis.count);
    const elements = segmentCount(axis, s);
    const words = s * segmentWords;
    const segments = Array.from({ length: segmentWords }, (_, w) => axis.segments[words + w] ?? 0);
    const { low, high } = segmentBounds(axis, s, 0, elements);
    const distance = elements < 2 ? 0 : (high - low) / (elements - 1);
    chosen[d] = { count: 1, segments, lists: axis.lists, elements, largest: elements, distance };
  }
  return chosen;
}
