/**
 * Reads selections of several arrays in one call.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { dispose } from '../core/dispose.js';
import type { DType } from '../core/dtype.js';
import { isPosixParError, type PosixParError, SelectionError } from '../core/errors.js';
import { checkKeys, expected } from '../core/validate.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import { toSelection } from '../plan/compose.js';
import type { SelectionEntry } from '../plan/selection.js';
import type { AnyBatchResult } from './batch-result.js';
import { type BoundedRead, readBounded } from './bounded-reads.js';
import { withCaller } from './caller-stack.js';
import type { AnySelection } from './named-selection.js';
import { type StreamOptions, streamKeys } from './options.js';
import type { AnyResult, ReadResult } from './read-result.js';
import { ReadableArray } from './readable-array.js';
import { countElements, normalizeOne } from './request.js';
import type { OptionValue, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';
import { type BatchSource, budgetOf, bytesPerElement, sumProgress } from './stream.js';

/** A selection of an array. */
export interface ArraySelection<D extends DType = DType> {
  /** An open array, a view, or joined arrays. Keep it open until the promise settles. */
  readonly array: ReadableArray<D>;
  /** As for {@link ReadableArray.read}. Default: the whole array. */
  readonly selection?: AnySelection;
}

type DTypeOf<R> = R extends { readonly array: { readonly dtype: infer D extends DType } } ? D : DType;

/**
 * Result of {@link readMany}. Iterating over it yields the results in the order of the requests.
 * @typeParam R the requests. @typeParam O the options.
 */
export interface ArraysResult<R extends readonly ArraySelection[] = readonly ArraySelection[], O = undefined> {
  /**
   * One result per request, in the order of the requests; null for selections that could not be read, with `onError:
   * 'collect'`. The results of one array share one block of memory, and have the statistics of all reads of this array.
   */
  readonly results: {
    readonly [K in keyof R]:
      | ReadResult<ResultDType<DTypeOf<R[K]>, O>>
      | ('collect' extends OptionValue<O, 'onError'> ? null : never);
  };
  /** Errors of the selections that could not be read, by the index of the request. Only with `onError: 'collect'`. */
  readonly errors: ReadonlyMap<number, PosixParError>;
  /** Statistics of all reads. */
  readonly stats: ReadStats;
  [Symbol.iterator](): IterableIterator<this['results'][number]>;
  /**
   * Gives the memory of all results back at once; see {@link TypedReadResult.release}.
   * @throws {TypeError} if a read or write in flight uses the memory.
   */
  release(): void;
  /** Calls {@link release}, for `using`. */
  [dispose](): void;
}

/** The requests that concern one array. */
interface ArrayGroup {
  readonly array: ReadableArray;
  /** Indices of the requests. */
  readonly indices: number[];
  readonly selections: SelectionEntry[][];
  bytes: number;
}

/** Maximum number of arrays that are read at the same time. */
const maxArraysInFlight = 16;
/** Number of requests between two checkpoints, at which other work may run. */
const requestsPerCheckpoint = 256;

/**
 * Reads selections of several arrays, which may be of any formats and types, in one call.
 *
 * The requests of one array are read by one plan, as {@link ArrayHandle.readMany} reads them: each encoded chunk is
 * read and decoded once for all of them. Different arrays have different plans, even if they are in one file, so chunks
 * are not shared among arrays. The plans share a budget, a signal and the native threads. They start in the order of
 * the paths of the arrays; within each plan, the reads are in the order of the files and offsets.
 * @param requests arrays and selections. Do not change them before the promise settles.
 * @param options as for {@link ArrayHandle.readMany} without `into`. `budgetBytes`: maximum number of bytes of the
 *   results that are being read at the same time, 128 MiB by default; an array with larger results is read alone. The
 *   budget does not limit the memory of finished results, because all of them are returned.
 * @throws as {@link ReadableArray.read}; {SelectionError} names the index of the request.
 * @example
 * const { results } = await readMany([
 *   { array: wind, selection: [0, slice(10, 20)] },
 *   { array: rain, selection: [0, slice(10, 20)] },
 * ]);
 */
export function readMany<const R extends readonly ArraySelection[]>(requests: R): Promise<ArraysResult<R>>;
export function readMany<const R extends readonly ArraySelection[], O extends StreamOptions | undefined>(
  requests: R,
  options: O,
): Promise<ArraysResult<R, O>>;
export function readMany(requests: readonly ArraySelection[], options?: StreamOptions): Promise<ArraysResult> {
  return withCaller(readArrays(requests, options));
}

async function readArrays(
  requests: readonly ArraySelection[],
  options: StreamOptions | undefined,
): Promise<ArraysResult> {
  checkReadOptions(options, streamKeys);
  const budgetBytes = budgetOf(options);
  checkRequests(requests);
  const { budgetBytes: _, signal, onProgress, ...common } = options ?? {};
  const groups = await runInSlices(groupByArray(requests, options), signal);
  const bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  const total = [{ kind: 'range', start: 0, step: 1, count: bytes, dropped: false }] as const;
  const progress = sumProgress([total], 1, onProgress);
  const batches: AnyBatchResult[] = [];
  const results = new Array<AnyResult | null>(requests.length).fill(null);
  const errors = new Map<number, PosixParError>();
  const reads = groups.map(
    ({ array, indices, selections, bytes: groupBytes }): BoundedRead<void> => ({
      bytes: groupBytes,
      start: async (groupSignal) => {
        const reported = progress?.();
        const watch = { signal: groupSignal, ...(reported === undefined ? {} : { onProgress: reported }) };
        try {
          const source = array as unknown as BatchSource;
          const batch = await source.readMany(selections, { ...common, coordinates: 'positions', ...watch });
          batches.push(batch);
          for (const [i, index] of indices.entries()) results[index] = batch.results[i] ?? null;
          for (const [i, error] of batch.errors) errors.set(indices[i] ?? 0, error);
        } catch (error) {
          if (options?.onError !== 'collect' || !isOfArray(error)) throw error;
          for (const index of indices) errors.set(index, error);
        }
      },
    }),
  );
  const bounds = { budgetBytes, maxInFlight: maxArraysInFlight, order: 'finished', signal } as const;
  try {
    for await (const _read of readBounded(reads.values(), bounds));
  } catch (error) {
    for (const batch of batches) batch.release();
    throw error;
  }
  return new ResultsOfArrays(results, errors, batches) as unknown as ArraysResult;
}

/** True if an error may concern only one array, so that the others can still be read. */
function isOfArray(error: unknown): error is PosixParError {
  const tags = ['CodecError', 'ReadError', 'FormatError', 'ConversionError', 'ExternalFileError', 'UnsupportedError'];
  return tags.some((tag) => isPosixParError(error, tag as 'ReadError'));
}

function checkRequests(requests: unknown): asserts requests is readonly ArraySelection[] {
  if (!Array.isArray(requests)) throw expected('a list of { array, selection }', 'requests', requests);
  for (const [i, request] of requests.entries()) {
    if (typeof request !== 'object' || request === null) {
      throw expected('{ array, selection }', `requests[${i}]`, request);
    }
    checkKeys(request, { array: true, selection: true }, `requests[${i}]`);
    const { array } = request as { readonly array?: unknown };
    if (!(array instanceof ReadableArray)) throw expected('an open array', `requests[${i}].array`, array);
  }
}

/** Validates the selections, and groups them by array. The groups are in the order of the paths of the arrays. */
function* groupByArray(
  requests: readonly ArraySelection[],
  options: StreamOptions | undefined,
): Sliced<readonly ArrayGroup[]> {
  const groups = new Map<ReadableArray, ArrayGroup>();
  for (const [i, { array, selection }] of requests.entries()) {
    if (i % requestsPerCheckpoint === requestsPerCheckpoint - 1) yield checkpoint;
    let group = groups.get(array);
    if (group === undefined) {
      group = { array, indices: [], selections: [], bytes: 0 };
      groups.set(array, group);
    }
    try {
      const slab = yield* normalizeOne(array, selection, options);
      group.indices.push(i);
      group.selections.push(toSelection(slab));
      group.bytes += countElements(slab) * bytesPerElement(array.dtype, options);
    } catch (error) {
      if (!isPosixParError(error, 'SelectionError')) throw error;
      throw new SelectionError(`requests[${i}]: ${error.message}`, error.dimension ?? undefined, { cause: error });
    }
  }
  return [...groups.values()].sort((a, b) => (a.array.path < b.array.path ? -1 : a.array.path > b.array.path ? 1 : 0));
}

class ResultsOfArrays {
  readonly results: readonly (AnyResult | null)[];
  readonly errors: ReadonlyMap<number, PosixParError>;
  readonly stats: ReadStats;
  readonly #batches: AnyBatchResult[];

  constructor(
    results: readonly (AnyResult | null)[],
    errors: ReadonlyMap<number, PosixParError>,
    batches: AnyBatchResult[],
  ) {
    this.results = results;
    this.errors = errors;
    this.stats = sumStats(batches.map(({ stats }) => stats));
    this.#batches = batches;
  }

  release(): void {
    for (const batch of this.#batches) batch.release();
  }

  [dispose](): void {
    this.release();
  }

  [Symbol.iterator](): IterableIterator<AnyResult | null> {
    return this.results.values();
  }
}
