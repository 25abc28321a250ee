/**
 * Reads several fields of records together. Native threads read all fields of a block of records at the same time. A
 * cache of decoded chunks is shared by these reads, so that each chunk is decoded once if the cache is large enough.
 * @module
 */
import { product } from '../core/numbers.js';
import type { Utf8Text } from '../core/utf8-text.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import type { ReadDefaults } from '../exec/wire.js';
import { chooseElements } from '../formats/field.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { runAsync } from '../io/driver.js';
import { untilClosed } from '../io/native-backend.js';
import { runInSlices } from '../io/time-slices.js';
import { indexAt, toSelection } from '../plan/compose.js';
import { type Axis, type Hyperslab, highestIndex, lowestIndex, shapeOf } from '../plan/hyperslab.js';
import { ChunkCache, handleOf } from './chunk-cache.js';
import { printWithoutStats } from './inspect.js';
import type { StorageOptions } from './options.js';
import { type OpenedArray, readSteps, runStepsAsync } from './reading.js';
import type { NumberField, RecordResult, SequenceField, TextField } from './record-result.js';
import { allocateTargetOrWait, parseRequest, type ReadRequest, type ResultTarget, wrapTarget } from './request.js';
import { toValues } from './sequence-result.js';
import { type TextUnits, toStrings, unitsToUtf8 } from './text-result.js';

/**
 * Maximum number of bytes of decoded chunks that a block of the selection needs, unless one row of chunks needs more.
 */
const blockBytes = 64 * 2 ** 20;
/** Maximum number of bytes of decoded chunks that are kept until all fields of a block are read. */
const maxKeptBytes = 2 ** 30;

/** Size of the cache in relation to the decoded chunks, because memory is allocated in larger units. */
const cacheSlack = 1.25;
/** Minimum size of the cache in bytes. */
const minCacheBytes = 16 * 2 ** 20;

/** A read of several fields. */
export interface RecordRead {
  /** The array of the bytes of the records. */
  readonly array: OpenedArray;
  /** Names of the fields. */
  readonly names: readonly string[];
  /** Selected records. */
  readonly slab: Hyperslab;
  readonly defaults: ReadDefaults;
  readonly options: StorageOptions;
  readonly signal: AbortSignal | undefined;
  /** Aborted when the array is closed. */
  readonly closing: AbortSignal;
  /** Maximum number of bytes of the texts and sequences of variable length. */
  readonly maxBytes: number;
}

/** A field that is read: its description, and the request and memory for the whole selection. */
interface FieldRead {
  readonly name: string;
  readonly array: OpenedArray;
  readonly request: ReadRequest;
  readonly target: ResultTarget;
}

/** Reads the fields block by block. @throws the first error of a block, in the order of the fields. */
export async function readRecords(read: RecordRead): Promise<RecordResult> {
  const { array, names, slab, options } = read;
  const { blocks, keptBytes } = await planBlocks(read);
  const cache =
    keptBytes === 0 || read.defaults.chunkCache !== null
      ? null
      : new ChunkCache(Math.max(minCacheBytes, Math.ceil(keptBytes * cacheSlack)));
  const defaults = cache === null ? read.defaults : { ...read.defaults, chunkCache: handleOf(cache) };
  const fields: FieldRead[] = [];
  try {
    for (const name of names) {
      const descriptor = chooseElements(array.descriptor, name);
      const inner = descriptor.shape.slice(slab.length);
      const request = parseRequest(descriptor, defaults, [...toSelection(slab), ...inner.map(() => null)], options);
      fields.push({
        name,
        array: fieldOf(array, descriptor, name),
        request,
        target: await allocateTargetOrWait(request),
      });
    }
    const stats: ReadStats[] = [];
    for (const block of blocks) {
      const parts = await Promise.allSettled(fields.map((field) => readBlock(read, field, block)));
      for (const part of parts) {
        if (part.status === 'rejected') throw part.reason;
        stats.push(part.value);
      }
    }
    const results = new Map<string, NumberField | TextField | SequenceField>();
    let left = read.maxBytes;
    for (const field of fields) {
      const { value, heapBytes } = await resultOf(field, read, left);
      results.set(field.name, value);
      left -= heapBytes;
    }
    return printWithoutStats('RecordResult', { fields: results, shape: shapeOf(slab), stats: sumStats(stats) });
  } finally {
    for (const { target } of fields) target.begun();
    cache?.close();
  }
}

function fieldOf(array: OpenedArray, descriptor: ArrayDescriptor, name: string): OpenedArray {
  const { access, resources, reopen } = array;
  return {
    descriptor,
    access,
    resources,
    *reopen() {
      return chooseElements(yield* reopen(), name);
    },
  };
}

/** Part of a selection: positions of the first dimension. */
interface Block {
  readonly from: number;
  readonly to: number;
}

async function readBlock(read: RecordRead, field: FieldRead, { from, to }: Block): Promise<ReadStats> {
  const { signal, closing, slab } = read;
  const { request, target, array } = field;
  const [first, ...others] = request.slab;
  // Without dimensions, the first axis of the request is inside a record.
  const isWhole = slab.length === 0 || first === undefined || to - from === first.count;
  const part = isWhole ? { request, target } : partOf(request, target, [cutAxis(first, from, to), ...others], from);
  const watch = { signal, onProgress: undefined, closing, isOwned: part.target.isOwned };
  const { stats } = await runStepsAsync(readSteps(array, part.request, part.target), array.access, watch);
  return stats;
}

/** Returns the request for a part of the selection, and the part of the memory that it fills. */
function partOf(
  request: ReadRequest,
  target: ResultTarget,
  slab: Hyperslab,
  from: number,
): { request: ReadRequest; target: ResultTarget } {
  const rows = request.slab[0]?.count ?? 1;
  const elements = (request.elements / rows) * (slab[0]?.count ?? 1);
  const entriesPerRow = target.data.length / rows;
  const data = target.data.subarray(from * entriesPerRow, (from + (slab[0]?.count ?? 1)) * entriesPerRow);
  const part = { ...request, slab, elements };
  return { request: part, target: { ...wrapTarget(part, data), isOwned: target.isOwned } };
}

function cutAxis(axis: Axis, from: number, to: number): Axis {
  const count = to - from;
  if (axis.kind === 'list') return { ...axis, indices: axis.indices.subarray(from, to), count };
  return { ...axis, start: axis.start + from * axis.step, step: count < 2 ? 1 : axis.step, count };
}

/**
 * Divides the selection into blocks of rows of chunks, if its first dimension is an ascending range and there is only
 * one layer. Otherwise the whole selection is one block.
 * @returns the blocks, and the number of bytes of decoded chunks to keep for a block; 0 if the chunks are not encoded.
 */
async function planBlocks({
  array,
  slab,
  signal,
  closing,
}: RecordRead): Promise<{ blocks: Block[]; keptBytes: number }> {
  const { descriptor, access } = array;
  const [first] = slab;
  const whole = [{ from: 0, to: first?.count ?? 1 }];
  if (slab.some(({ count }) => count === 0)) return { blocks: [], keptBytes: 0 };
  const size = descriptor.shape.at(-1) ?? 1;
  const start = [...slab.map(lowestIndex), 0];
  const stop = [...slab.map((axis) => highestIndex(axis) + 1), size];
  const layers = await runAsync(descriptor.layers(start, stop), untilClosed(access.asyncBackend, closing), signal);
  const encoded = layers.filter(({ layout }) => layout.codecs.length > 0);
  const [layer] = encoded;
  if (layer === undefined) return { blocks: whole, keptBytes: 0 };
  const rowBytes = encoded.reduce((sum, one) => sum + bytesOfRow(one, slab), 0);
  const rowSize = layer.chunkShape[0] ?? 1;
  const firstRow = Math.floor((start[0] ?? 0) / rowSize);
  const lastRow = Math.floor(((stop[0] ?? 1) - 1) / rowSize);
  const isAscending = first?.kind === 'range' && first.step > 0 && encoded.length === layers.length;
  if (layers.length > 1 || first === undefined || !isAscending) {
    const rows = first === undefined ? 1 : lastRow - firstRow + 1;
    return { blocks: whole, keptBytes: Math.min(maxKeptBytes, rows * rowBytes) };
  }
  const rowsPerBlock = Math.max(1, Math.floor(blockBytes / rowBytes));
  const origin = layer.origin[0] ?? 0;
  const blockOf = (index: number): number => Math.floor((index - origin) / (rowSize * rowsPerBlock));
  const blocks: Block[] = [];
  for (let from = 0; from < first.count; ) {
    const end = (blockOf(indexAt(first, from)) + 1) * rowSize * rowsPerBlock + origin;
    const to = Math.min(first.count, Math.max(from + 1, Math.ceil((end - first.start) / first.step)));
    blocks.push({ from, to });
    from = to;
  }
  return { blocks, keptBytes: Math.min(maxKeptBytes, rowsPerBlock * rowBytes) };
}

/** Returns the decoded size of the chunks of one row, that is, with the same coordinate in the first dimension. */
function bytesOfRow({ chunkShape, origin }: Layer, slab: Hyperslab): number {
  let bytes = product(chunkShape);
  for (const [d, axis] of slab.entries()) {
    if (d === 0) continue;
    const length = chunkShape[d] ?? 1;
    const at = (index: number): number => Math.floor((index - (origin[d] ?? 0)) / length);
    bytes *= Math.min(axis.count, at(highestIndex(axis)) - at(lowestIndex(axis)) + 1);
  }
  return bytes;
}

/** The elements of a field, and the bytes of them that are of variable length. */
interface FieldResult {
  readonly value: NumberField | TextField | SequenceField;
  readonly heapBytes: number;
}

/** @throws {ValuesLimitError} if texts or sequences of variable length have more than `maxBytes` bytes. */
async function resultOf(
  { array, request, target }: FieldRead,
  { signal, closing }: RecordRead,
  maxBytes: number,
): Promise<FieldResult> {
  const shape = shapeOf(request.slab);
  const { descriptor, access } = array;
  const { text, heapText, sequences } = descriptor;
  const outer = shape.slice(0, -1);
  const backend = untilClosed(access.asyncBackend, closing);
  if (sequences !== undefined) {
    const found = await runAsync(sequences.resolve(target.data as Uint8Array, maxBytes), backend, signal);
    const heapBytes = found.bytes.length;
    const data = await runInSlices(toValues(found, sequences), signal);
    return { value: { dtype: 'sequence', shape: outer, data }, heapBytes };
  }
  let utf8: Utf8Text;
  if (heapText !== undefined) {
    utf8 = await runAsync(heapText.resolve(target.data as Uint8Array, maxBytes), backend, signal);
  } else if (text !== undefined) {
    const units = target.data as TextUnits;
    utf8 = await runInSlices(unitsToUtf8(units, shape.at(-1) ?? 0, text.type, product(outer)), signal);
  } else {
    return { value: { dtype: request.out.name, shape, data: target.data }, heapBytes: 0 };
  }
  const heapBytes = heapText === undefined ? 0 : utf8.bytes.length;
  const data = await runInSlices(toStrings(utf8), signal);
  return { value: { dtype: 'text', shape: outer, data }, heapBytes };
}
