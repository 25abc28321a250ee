/**
 * Reads boxes in groups and yields them as they complete.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type DType, dtypeInfo } from '../core/dtype.js';
import type { PosixParError } from '../core/errors.js';
import { product } from '../core/numbers.js';
import { Fields } from '../core/validate.js';
import { runInSlices } from '../io/time-slices.js';
import { toSelection } from '../plan/compose.js';
import { type Hyperslab, lowestIndex } from '../plan/hyperslab.js';
import { ascending, sortKeys } from '../plan/order.js';
import type { AnyBatchResult } from './batch-result.js';
import { type BoundedRead, readBounded } from './bounded-reads.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions, ReadManyOptions, ReadOptions, StreamOptions } from './options.js';
import type { AnyResult, ReadResult } from './read-result.js';
import { countElements, normalizeAll, type Selectable } from './request.js';
import type { OptionValue, ResultDType } from './result-types.js';

/** A box that {@link ArrayHandle.stream} has read. */
export interface StreamedBox<D extends DType = DType> {
  /** Index of the selection. */
  readonly index: number;
  /**
   * Result of the box. It shares its memory with the other boxes of its group: use `result.data.slice()` to keep a box
   * for a long time.
   */
  readonly result: ReadResult<D>;
  readonly error: null;
}

/** A box of a stream with `onError: 'collect'` that could not be read. */
export interface FailedBox {
  /** Index of the selection. */
  readonly index: number;
  readonly result: null;
  readonly error: PosixParError;
}

/** A box of a stream with options of type `O`. */
export type BoxOf<D extends DType, O> =
  | StreamedBox<ResultDType<D, O>>
  | ('collect' extends OptionValue<O, 'onError'> ? FailedBox : never);

/** A box of any type, read or failed. */
export type AnyBox = { readonly index: number; readonly result: AnyResult; readonly error: null } | FailedBox;

/** An array that reads many boxes in one call. */
export interface BatchSource extends Selectable {
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readMany(selections: readonly AnySelection[], options: ReadManyOptions): Promise<AnyBatchResult>;
}

/** Default of `budgetBytes`. */
export const defaultBudgetBytes = 128 * 2 ** 20;
/** Number of groups that are read at the same time. One is read while the consumer uses another. */
const groupsInFlight = 2;
/** Maximum number of boxes in a group. */
const maxBoxesPerGroup = 4096;
/**
 * Size in bytes after which the first group may end. Each later group may be twice as large as the one before it. So
 * the first boxes do not wait for many others.
 */
const firstGroupBytes = 4 * 2 ** 20;

/** Returns the value of `options.budgetBytes`. @throws {TypeError} if it is not a positive integer. */
export function budgetOf(options: { readonly budgetBytes?: number | undefined } | undefined): number {
  return options === undefined
    ? defaultBudgetBytes
    : Fields.ofOptions(options).integer('budgetBytes', 1, defaultBudgetBytes);
}

/** Returns an estimate of the bytes per element of a result and its mask. It is exact unless CF attributes apply. */
export function bytesPerElement(dtype: DType, options: ReadOptions | undefined): number {
  const isDecoded = options?.scaled === true || options?.decode !== undefined;
  const { size } = dtypeInfo(options?.as ?? (isDecoded ? 'float64' : dtype));
  return size + (options?.mask === true ? 1 : 0);
}

/**
 * Reads boxes in groups whose results fit into the byte budget; a box that is larger is read alone. Boxes are grouped
 * by their first chunk, so that boxes that share chunks are mostly read together.
 */
export async function* streamBoxes(
  source: BatchSource,
  selections: readonly AnySelection[],
  options: StreamOptions | undefined,
): AsyncGenerator<AnyBox, void, void> {
  const { budgetBytes: _, ...readOptions } = options ?? {};
  const budgetBytes = budgetOf(options);
  const { signal } = readOptions;
  const boxes = await runInSlices(normalizeAll(source, selections, options), signal);
  const order = await runInSlices(orderByChunk(boxes, source), signal);
  const elementBytes = bytesPerElement(source.dtype, options);
  const progress = sumProgress(boxes, elementBytes, options?.onProgress);
  const groups = (function* (): Generator<BoundedRead<readonly AnyBox[]>> {
    for (const { indices, bytes } of group(boxes, order, elementBytes, budgetBytes / groupsInFlight)) {
      const chosen = Array.from(indices, (i) => toSelection(boxes[i] ?? []));
      yield {
        bytes,
        start: async (groupSignal) => {
          const onProgress = progress?.();
          const watch = { signal: groupSignal, ...(onProgress === undefined ? {} : { onProgress }) };
          const batch = await source.readMany(chosen, { ...readOptions, coordinates: 'positions', ...watch });
          return batch.results.map((result, i) => createBox(indices[i] ?? 0, result, batch.errors.get(i)));
        },
      };
    }
  })();
  const bounds = { budgetBytes, maxInFlight: groupsInFlight, order: 'finished' as const, signal };
  for await (const some of readBounded(groups, bounds)) yield* some;
}

function createBox(index: number, result: AnyResult | null, error: PosixParError | undefined): AnyBox {
  if (result !== null) return { index, result, error: null };
  if (error === undefined) throw new RangeError('Expected a result or an error for each box');
  return { index, result: null, error };
}

/**
 * Splits boxes, in the given order, into groups of at most `maxBytes` bytes. A larger box is a group of its own. The
 * first groups are smaller, but not so small that boxes with the same first chunk are separated.
 */
function* group(
  boxes: readonly Hyperslab[],
  { indices, chunks }: BoxOrder,
  elementBytes: number,
  maxBytes: number,
): Generator<{ indices: Uint32Array; bytes: number }> {
  let begin = 0;
  let bytes = 0;
  let enoughBytes = firstGroupBytes;
  for (let i = 0; i < indices.length; i++) {
    const more = countElements(boxes[indices[i] ?? 0] ?? []) * elementBytes;
    const isFull = bytes + more > maxBytes || i - begin === maxBoxesPerGroup;
    const isLarge = bytes + more > enoughBytes && chunks[i] !== chunks[i - 1];
    if (i > begin && (isFull || isLarge)) {
      yield { indices: indices.subarray(begin, i), bytes };
      begin = i;
      bytes = 0;
      enoughBytes *= 2;
    }
    bytes += more;
  }
  if (begin < indices.length) yield { indices: indices.subarray(begin), bytes };
}

/** Boxes, sorted by the first chunk that each of them touches. */
interface BoxOrder {
  /** Indices of the boxes. */
  readonly indices: Uint32Array;
  /** A number per entry of `indices`. It is equal for boxes that begin in the same chunk. */
  readonly chunks: ArrayLike<number>;
}

/** Sorts boxes by the first chunk that each of them touches. Does not sort if the array has more than 2^53 chunks. */
function* orderByChunk(
  boxes: readonly Hyperslab[],
  { shape, chunkShape }: Pick<BatchSource, 'shape' | 'chunkShape'>,
): Sliced<BoxOrder> {
  // If the array is one chunk, sorts the boxes by their first element instead.
  const isOneChunk = shape.every((size, d) => size <= (chunkShape[d] ?? size));
  const units = shape.map((_, d) => (isOneChunk ? 1 : Math.max(1, chunkShape[d] ?? 1)));
  const counts = shape.map((size, d) => Math.ceil(size / (units[d] ?? 1)));
  if (product(counts) > Number.MAX_SAFE_INTEGER) {
    const indices = yield* ascending(boxes.length);
    return { indices, chunks: indices };
  }
  const keys = new Float64Array(boxes.length);
  for (const [i, box] of boxes.entries()) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    let key = 0;
    for (const [d, axis] of box.entries()) {
      key = key * (counts[d] ?? 1) + Math.floor(lowestIndex(axis) / (units[d] ?? 1));
    }
    keys[i] = key;
  }
  const { positions: indices, keys: sorted } = yield* sortKeys(keys);
  return { indices, chunks: isOneChunk ? new Uint8Array(indices.length) : sorted };
}

/**
 * Returns a function that creates the progress callback of each group; undefined if the caller wants no progress.
 * `chunksTotal` counts only the chunks of groups that have begun.
 */
export function sumProgress(
  boxes: readonly Hyperslab[],
  elementBytes: number,
  onProgress: AsyncReadOptions['onProgress'],
): (() => NonNullable<AsyncReadOptions['onProgress']>) | undefined {
  if (onProgress === undefined) return undefined;
  const bytesTotal = boxes.reduce((sum, box) => sum + countElements(box), 0) * elementBytes;
  const sums = { bytesDone: 0, chunksDone: 0, chunksTotal: 0 };
  return () => {
    const before = { bytesDone: 0, chunksDone: 0, chunksTotal: 0 };
    return (now) => {
      for (const key of ['bytesDone', 'chunksDone', 'chunksTotal'] as const) {
        sums[key] += now[key] - before[key];
        before[key] = now[key];
      }
      onProgress({ ...sums, bytesTotal: Math.max(bytesTotal, sums.bytesDone) });
    };
  };
}
