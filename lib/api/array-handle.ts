/**
 * An open array.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { isPromise } from '../core/brands.js';
import { asyncDispose } from '../core/dispose.js';
import { type DType, type DTypeKind, type DTypesByKind, isOfType, type TypedArray } from '../core/dtype.js';
import { ClosedError, isPosixParError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import { toJsonValue } from '../core/json-value.js';
import { expected } from '../core/validate.js';
import type { Resources } from '../exec/resources.js';
import type { ReadStats } from '../exec/stats.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { DomainBounds } from '../formats/format.js';
import { runAsync, runSync } from '../io/driver.js';
import { untilClosed } from '../io/native-backend.js';
import { runInSlices } from '../io/time-slices.js';
import { type AnyBatchResult, type BatchResult, createBatchResult } from './batch-result.js';
import { withCaller } from './caller-stack.js';
import { checkExplainable, checkExplainableChunks, type Explanation, explainRead } from './explain.js';
import { formatInspect } from './inspect.js';
import type { AnySelection } from './named-selection.js';
import {
  type AsyncReadOptions,
  asyncReadKeys,
  type ExplainOptions,
  explainKeys,
  type ReadManyOptions,
  type ReadOptions,
  readKeys,
  readManyKeys,
} from './options.js';
import {
  type AnyResult,
  createResult,
  type ReadResult,
  type ResultMemory,
  type TypedReadResult,
} from './read-result.js';
import { type CompletedRead, type OpenedArray, readSteps, runStepsAsync, runStepsSync } from './reading.js';
import {
  allocateFreshTarget,
  allocateFreshTargetOrWait,
  hasLongList,
  parseManySliced,
  parseRequest,
  parseRequestSliced,
  type ReadRequest,
  type ResultTarget,
  wrapTarget,
} from './request.js';
import type { Only, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';

/** Passed instead of a target if the read must allocate the result itself. */
const freshMemory = Symbol('fresh memory');

/** Returns the memory of a completed read. */
function memoryOf({ out }: ReadRequest, { data, mask }: ResultTarget, stats: ReadStats): ResultMemory {
  return { data, mask, dtype: out.name, stats };
}

const forgotten = new FinalizationRegistry<{ readonly resources: Resources; readonly path: string }>(
  ({ resources, path }) => {
    resources.release();
    process.emitWarning(`An array handle of ${path} was garbage-collected without close()`, 'PosixParWarning');
  },
);

/**
 * An open array. It describes the array and reads any selection of it. Several reads may run at the same time. Close it
 * when it is no longer needed (`await using`, or `close()`).
 * @typeParam D the element type. It is an unchecked claim of the caller unless `is` has returned true.
 */
export class ArrayHandle<D extends DType = DType> {
  readonly #array: OpenedArray;
  readonly #defaults: ReadDefaults;
  readonly #inFlight = new Set<Promise<unknown>>();
  /** Aborted by `close()`. Reads in flight may still finish; a read that hangs is abandoned. */
  readonly #closing = new AbortController();
  #closed = false;

  /** @internal Use `openArray`. */
  constructor(array: OpenedArray, defaults: ReadDefaults) {
    this.#array = array;
    this.#defaults = defaults;
    forgotten.register(this, { resources: array.resources, path: array.descriptor.path }, this);
  }

  /** Name of the format, such as `npy`. */
  get format(): string {
    return this.#array.descriptor.format;
  }
  /** Absolute path that was opened. */
  get path(): string {
    return this.#array.descriptor.path;
  }
  /** Path of the array within its file or store; '' if the file holds only one array. */
  get name(): string {
    return this.#array.descriptor.name;
  }
  /** Length of each dimension, in the format's order; empty for a scalar. */
  get shape(): readonly number[] {
    return this.#array.descriptor.shape;
  }
  /** Element type. Reads return this type unless their options ask for another. */
  get dtype(): D {
    return this.#array.descriptor.dtype as D;
  }
  /** Shape of one chunk; the shape of the array if it is not chunked. */
  get chunkShape(): readonly number[] {
    return this.#array.descriptor.chunkShape;
  }
  /** Value of the elements of absent chunks; null if the format defines none, in which case they are 0. */
  get fillValue(): FillValue {
    return this.#array.descriptor.fillValue;
  }
  /** Attributes stored with the array, by name; empty if there are none. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#array.descriptor.attributes;
  }
  /** Name of each dimension; null if the format has no dimension names. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#array.descriptor.dimensionNames;
  }
  /** Coordinate range of each dimension; null if the format has no coordinates and positions count from 0. */
  get domain(): readonly DomainBounds[] | null {
    return this.#array.descriptor.domain ?? null;
  }
  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /**
   * True if the elements are of type `type`, or of a kind of types: `'number'`, `'bigint'` or `'float'`. Also narrows
   * the type of `data` in later reads.
   * @example if (arr.is('number')) total += (await arr.read()).data[0]
   */
  is<T extends DType | DTypeKind>(type: T): this is ArrayHandle<T extends DTypeKind ? DTypesByKind[T] : T & DType> {
    return isOfType(this.dtype, type);
  }

  /**
   * Reads a selection into new memory, on native threads.
   * @param selection one entry per dimension, text, or entries by dimension name. Default: the whole array.
   * @throws {SelectionError} before any I/O. @throws {MemoryLimitError} before memory is allocated.
   * @throws {FormatError} if metadata is damaged. @throws {CodecError} if a chunk is damaged.
   * @throws {ReadError} if a system call fails. @throws {ExternalFileError} if `externalFiles` does not permit a file.
   * @throws {ConversionError} if `as` cannot represent a value. @throws {AbortError} @throws {ClosedError}
   * @example const { data, shape } = await arr.read([slice(0, 64), null, -1])
   */
  read(selection?: AnySelection): Promise<ReadResult<D>>;
  read<O extends AsyncReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>>>;
  read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult> {
    return this.#track(this.#readInto(freshMemory, selection, options)) as Promise<ReadResult>;
  }

  /**
   * Reads a selection into the caller's memory. The memory may be a SharedArrayBuffer. Nothing is written to it after
   * the promise settles.
   *
   * Do not transfer its buffer before the promise settles. A transfer is reported as an error, but if the buffer's new
   * owner is garbage-collected in the meantime, native threads write to freed memory.
   *
   * If the read is aborted or the array is closed while a system call hangs, the promise rejects after 5 seconds.
   * The call may still write when it returns, so the target's buffer is detached first: its length becomes 0.
   * A SharedArrayBuffer and the memory of WebAssembly cannot be detached. Do not use such memory after this error.
   * @param target a typed array of the result's type and length.
   * @throws as {@link read}; {TypeError} or {RangeError} if `target` has the wrong type or length.
   */
  readInto<A extends TypedArray>(target: A, selection?: AnySelection): Promise<TypedReadResult<D, A>>;
  readInto<A extends TypedArray, O extends AsyncReadOptions | undefined>(
    target: A,
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<TypedReadResult<ResultDType<D, O>, A>>;
  readInto(target: TypedArray, selection?: AnySelection, options?: AsyncReadOptions): Promise<AnyResult> {
    return this.#track(this.#readInto(target, selection, options));
  }

  /**
   * Reads many selections in one call. Each chunk is read and decoded once and supplies every box that needs it. Boxes
   * may overlap and repeat. If one box fails, the whole call fails.
   *
   * The results share one block of memory. {@link BatchResult} describes it.
   * @param selections the selections, each as for {@link read}. May be empty. Do not change them before the promise
   *   settles.
   * @param options as for {@link read}, and `into`: memory for all boxes.
   * @throws as {@link read}; {SelectionError} names the index of the selection. {TypeError} or {RangeError} if `into`
   *   has the wrong type or length.
   * @example
   * const crops = await arr.readMany(centers.map(([y, x]) => [slice(y - 32, y + 32), slice(x - 32, x + 32)]))
   * console.log(crops.shape) // [n, 64, 64]
   * for (const crop of crops) train(crop.data)
   */
  readMany(selections: readonly AnySelection[]): Promise<BatchResult<D>>;
  readMany<A extends TypedArray, O extends ReadManyOptions>(
    selections: readonly AnySelection[],
    options: O & { readonly into: A } & Only<O, ReadManyOptions>,
  ): Promise<BatchResult<ResultDType<D, O>, A>>;
  readMany<O extends ReadManyOptions | undefined>(
    selections: readonly AnySelection[],
    options: O & Only<O, ReadManyOptions>,
  ): Promise<BatchResult<ResultDType<D, O>>>;
  readMany(selections: readonly AnySelection[], options?: ReadManyOptions): Promise<AnyBatchResult> {
    return this.#track(this.#readMany(selections, options));
  }

  /**
   * Reads a selection and blocks until it is complete. The calling thread takes part in the work.
   * @throws as {@link read}.
   */
  readSync(selection?: AnySelection): ReadResult<D>;
  readSync<O extends ReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, ReadOptions>,
  ): ReadResult<ResultDType<D, O>>;
  readSync(selection?: AnySelection, options?: ReadOptions): ReadResult {
    checkReadOptions(options, readKeys);
    const request = this.#request(selection, options);
    const target = allocateFreshTarget(request);
    try {
      const { outputs, stats } = runStepsSync(readSteps(this.#array, request, target), this.#array.access);
      return createResult(memoryOf(request, target, stats), outputs) as ReadResult;
    } finally {
      target.begun();
    }
  }

  /**
   * Describes what `read(selection)` would do, without reading data. Formats with a chunk index may read metadata. For
   * Zarr, the names of chunks are looked up until one exists. This call blocks, so it accepts at most 1,048,576 chunks
   * or listed indices; use {@link explainAsync} for more.
   * @throws {SelectionError} also if there are more chunks or indices than that. @throws {FormatError}
   * @example arr.explain([slice(0, 64), null, -1]).systemCalls
   */
  explain(selection?: AnySelection, options?: ReadOptions): Explanation {
    checkReadOptions(options, readKeys);
    const request = this.#request(selection, options);
    let listed = 0;
    for (const axis of request.slab) if (axis.kind === 'list') listed += axis.count;
    checkExplainable(listed, 'indices');
    return runSync(
      explainRead(this.#array.descriptor, request, checkExplainableChunks),
      this.#array.access.syncBackend,
    );
  }

  /**
   * Describes what `read(selection)` would do, without blocking and for any number of chunks or listed indices. Do not
   * change index lists of the selection before the promise settles.
   * @throws {SelectionError} @throws {FormatError} @throws {ReadError} if a system call fails. @throws {AbortError}
   * @throws {ClosedError}
   * @example const { chunks, bytesToRead } = await arr.explainAsync(selection, { signal })
   */
  explainAsync(selection?: AnySelection, options?: ExplainOptions): Promise<Explanation> {
    return this.#track(this.#explain(selection, options));
  }

  /**
   * Waits for reads in flight, then closes the files. Later reads fail with a ClosedError; closing again has no effect.
   * A read in flight fails with a ClosedError if its file system does not answer for 5 seconds;
   * {@link readInto} describes what happens to its target.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      forgotten.unregister(this);
    }
    this.#closing.abort(this.#closedError());
    await Promise.allSettled(this.#inFlight);
    this.#array.resources.release();
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Describes the array for `JSON.stringify`. 64-bit integers, NaN and infinities become strings. */
  toJSON(): Record<string, unknown> {
    const { format, path, name, dtype, shape, chunkShape, fillValue, dimensionNames, attributes } = this;
    const fields = { format, path, name, dtype, shape, chunkShape, fillValue, dimensionNames, attributes };
    return toJsonValue(fields) as Record<string, unknown>;
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, path, name, dtype, shape } = this;
    return formatInspect(
      'ArrayHandle',
      { format, dtype, shape, path, ...(name === '' ? {} : { name }) },
      depth,
      options,
    );
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#inFlight.add(promise);
    const done = (): void => {
      this.#inFlight.delete(promise);
    };
    promise.then(done, done);
    return withCaller(promise);
  }

  async #readInto(
    given: TypedArray | typeof freshMemory,
    selection: AnySelection | undefined,
    options: AsyncReadOptions | undefined,
  ): Promise<AnyResult> {
    checkReadOptions(options, asyncReadKeys);
    const { signal, onProgress } = options ?? {};
    const request = hasLongList(selection)
      ? await this.#requestSliced(selection, options, signal)
      : this.#request(selection, options);
    const memory = given === freshMemory ? allocateFreshTargetOrWait(request) : wrapTarget(request, given);
    const target = isPromise(memory) ? await memory : memory;
    try {
      const { outputs, stats } = await this.#perform(request, target, signal, onProgress);
      return createResult(memoryOf(request, target, stats), outputs);
    } catch (error) {
      throw closedErrorOr(error, signal);
    } finally {
      target.begun();
    }
  }

  async #readMany(selections: readonly AnySelection[], options: ReadManyOptions | undefined): Promise<AnyBatchResult> {
    checkReadOptions(options, readManyKeys);
    if (!Array.isArray(selections)) throw expected('an array of selections', 'selections', selections);
    if (this.#closed) throw this.#closedError();
    const { signal, onProgress, into } = options ?? {};
    const parsing = parseManySliced(this.#array.descriptor, this.#defaults, selections, options);
    const request = await runInSlices(parsing, signal);
    const target = into === undefined ? await allocateFreshTargetOrWait(request) : wrapTarget(request, into);
    try {
      const { outputs, stats } = await this.#perform(request, target, signal, onProgress);
      // The data is complete, so the signal has no effect any more.
      return await runInSlices(createBatchResult(memoryOf(request, target, stats), outputs), undefined);
    } catch (error) {
      throw closedErrorOr(error, signal);
    } finally {
      target.begun();
    }
  }

  /** Performs a read. Is not async: another promise would cost a noticeable part of a small read. */
  #perform(
    request: ReadRequest,
    target: ResultTarget,
    signal: AbortSignal | undefined,
    onProgress: AsyncReadOptions['onProgress'],
  ): Promise<CompletedRead> {
    const closing = this.#closing.signal;
    const watch = { signal, onProgress, closing, isFresh: target.isFresh };
    return runStepsAsync(readSteps(this.#array, request, target), this.#array.access, watch);
  }

  async #explain(selection: AnySelection | undefined, options: ExplainOptions | undefined): Promise<Explanation> {
    checkReadOptions(options, explainKeys);
    const signal = options?.signal;
    const request = await this.#requestSliced(selection, options, signal);
    const backend = untilClosed(this.#array.access.asyncBackend, this.#closing.signal);
    try {
      return await runAsync(explainRead(this.#array.descriptor, request), backend, signal);
    } catch (error) {
      throw closedErrorOr(error, signal);
    }
  }

  #requestSliced(
    selection: AnySelection | undefined,
    options: ReadOptions | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReadRequest> {
    if (this.#closed) throw this.#closedError();
    return runInSlices(parseRequestSliced(this.#array.descriptor, this.#defaults, selection, options), signal);
  }

  #request(selection: AnySelection | undefined, options: ReadOptions | undefined): ReadRequest {
    if (this.#closed) throw this.#closedError();
    return parseRequest(this.#array.descriptor, this.#defaults, selection, options);
  }

  #closedError(): ClosedError {
    return new ClosedError(`The array ${this.path} was closed`);
  }
}

/** Returns the ClosedError that caused `error`, if a close and not the caller's signal aborted the call. */
function closedErrorOr(error: unknown, signal: AbortSignal | undefined): unknown {
  const cause = isPosixParError(error, 'AbortError') && signal?.aborted !== true ? error.cause : undefined;
  return isPosixParError(cause, 'ClosedError') ? cause : error;
}
