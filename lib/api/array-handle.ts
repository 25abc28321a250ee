/**
 * An open array.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { isPromise } from '../core/brands.js';
import type { DType, TypedArray } from '../core/dtype.js';
import { ClosedError, isPosixParError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import type { Resources } from '../exec/resources.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { DomainBounds } from '../formats/format.js';
import { runAsync, runSync } from '../io/driver.js';
import { untilClosed } from '../io/native-backend.js';
import { runInSlices } from '../io/time-slices.js';
import { withCaller } from './caller-stack.js';
import { checkExplainable, checkExplainableChunks, type Explanation, explainRead } from './explain.js';
import { inspected } from './inspect.js';
import type { AnySelection } from './named-selection.js';
import {
  type AsyncReadOptions,
  asyncReadKeys,
  type ExplainOptions,
  explainKeys,
  type ReadOptions,
  readKeys,
} from './options.js';
import { type OpenedArray, readSteps, runStepsAsync, runStepsSync } from './reading.js';
import {
  freshTarget,
  freshTargetOrLater,
  givenTarget,
  hasLongList,
  type ReadRequest,
  readRequest,
  readRequestSliced,
} from './request.js';
import type { ReadResult } from './result.js';
import type { Only, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';

/** In place of a target: the read allocates one. */
const freshMemory = Symbol('fresh memory');

const forgotten = new FinalizationRegistry<{ readonly resources: Resources; readonly path: string }>(
  ({ resources, path }) => {
    resources.release();
    process.emitWarning(`An array handle of ${path} was garbage-collected without close()`, 'PosixParWarning');
  },
);

/**
 * An open array: its description, and reads of any selection of it. Any number of reads may run at the same time.
 * Close it when it is no longer needed (`await using`, or `close()`).
 * @typeParam D the element type; a claim of the caller unless `is` has checked it.
 */
export class ArrayHandle<D extends DType = DType> {
  readonly #array: OpenedArray;
  readonly #defaults: ReadDefaults;
  readonly #inFlight = new Set<Promise<unknown>>();
  /** Aborted by `close()`: what is in flight may end, but not hang. */
  readonly #closing = new AbortController();
  #closed = false;

  /** @internal Use `openArray`. */
  constructor(array: OpenedArray, defaults: ReadDefaults) {
    this.#array = array;
    this.#defaults = defaults;
    forgotten.register(this, { resources: array.resources, path: array.descriptor.path }, this);
  }

  /** The name of the format, such as `npy`. */
  get format(): string {
    return this.#array.descriptor.format;
  }
  /** The path that was opened, from the root. */
  get path(): string {
    return this.#array.descriptor.path;
  }
  /** The array within its file or store; '' where there is only one. */
  get name(): string {
    return this.#array.descriptor.name;
  }
  /** The extents, as the format orders the dimensions; empty for a single value. */
  get shape(): readonly number[] {
    return this.#array.descriptor.shape;
  }
  /** The element type, which reads return unless they are told otherwise. */
  get dtype(): D {
    return this.#array.descriptor.dtype as D;
  }
  /** Shape of a chunk; the array's shape where it is not chunked. */
  get chunkShape(): readonly number[] {
    return this.#array.descriptor.chunkShape;
  }
  /** What absent chunks read as; null where the format gives none (then 0). */
  get fillValue(): FillValue {
    return this.#array.descriptor.fillValue;
  }
  /** What the format stores beside the data, by name; empty where there is nothing. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#array.descriptor.attributes;
  }
  /** Names per dimension where the format has them. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#array.descriptor.dimensionNames;
  }
  /** The coordinates that the format gives to positions; null where they are the positions. */
  get domain(): readonly DomainBounds[] | null {
    return this.#array.descriptor.domain ?? null;
  }
  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /** Whether the elements are of type `dtype`; narrows the type of `data` in what is read. */
  is<T extends DType>(dtype: T): this is ArrayHandle<T> {
    return (this.dtype as DType) === dtype;
  }

  /**
   * Reads a selection into new memory, on native threads.
   * @param selection one entry per dimension, text, or entries by dimension name; default the whole array.
   * @throws {SelectionError} before any I/O. @throws {MemoryLimitError} before memory is allocated. @throws {FormatError} damaged metadata. @throws {ReadError} from the system.
   * @throws {CodecError} damaged chunk. @throws {ExternalFileError} a file that `externalFiles` does not permit. @throws {ConversionError} with `as`. @throws {AbortError} @throws {ClosedError}
   * @example const { data, shape } = await arr.read([slice(0, 64), null, -1])
   */
  read(selection?: AnySelection): Promise<ReadResult<D>>;
  read<O extends AsyncReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>>>;
  read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult> {
    return this.#track(this.#readInto(freshMemory, selection, options));
  }

  /**
   * Reads a selection into the caller's memory, which may be over a SharedArrayBuffer. Its buffer must not be
   * transferred before the read has settled: that is reported, but while nobody keeps the buffer's new owner alive the
   * threads write to memory that is gone. Nothing is written after the read has settled.
   * @param target a typed array of the result's type and length.
   * @throws as {@link read}; {TypeError} or {RangeError} when the target does not fit.
   */
  readInto<A extends TypedArray>(target: A, selection?: AnySelection): Promise<ReadResult<D, A>>;
  readInto<A extends TypedArray, O extends AsyncReadOptions | undefined>(
    target: A,
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>, A>>;
  readInto(
    target: TypedArray,
    selection?: AnySelection,
    options?: AsyncReadOptions,
  ): Promise<ReadResult<DType, TypedArray>> {
    return this.#track(this.#readInto(target, selection, options));
  }

  /**
   * The same read, done before it returns; the calling thread helps.
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
    const target = freshTarget(request);
    try {
      return runStepsSync(readSteps(this.#array, request, target), this.#array.access);
    } finally {
      target.begun();
    }
  }

  /**
   * Says what `read(selection)` would do, without reading data. Formats with a chunk index may read metadata; names of chunks
   * (Zarr) are looked up until one is found. Blocks until that is done, so it takes at most 1,048,576 chunks or listed indices:
   * use {@link explainAsync} for more.
   * @throws {SelectionError} also for more than that. @throws {FormatError}
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
   * Says what `read(selection)` would do, for any number of chunks or listed indices, without blocking: other work runs while
   * it plans. Until the promise settles, index lists of the selection must not be changed.
   * @throws {SelectionError} @throws {FormatError} @throws {ReadError} from the system. @throws {AbortError} @throws {ClosedError}
   * @example const { chunks, bytesToRead } = await arr.explainAsync(selection, { signal })
   */
  explainAsync(selection?: AnySelection, options?: ExplainOptions): Promise<Explanation> {
    return this.#track(this.#explain(selection, options));
  }

  /**
   * Waits for reads in flight, then gives everything back. Further reads fail with a ClosedError; closing again is fine. A read in
   * flight whose file system does not answer for 5 seconds fails with a ClosedError. A `readInto` is waited for as long as it may write
   * to the caller's memory.
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, path, name, dtype, shape } = this;
    return inspected('ArrayHandle', { format, dtype, shape, path, ...(name === '' ? {} : { name }) }, depth, options);
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
  ): Promise<ReadResult> {
    checkReadOptions(options, asyncReadKeys);
    const { signal, onProgress } = options ?? {};
    const request = hasLongList(selection)
      ? await this.#requestSliced(selection, options, signal)
      : this.#request(selection, options);
    const memory = given === freshMemory ? freshTargetOrLater(request) : givenTarget(request, given);
    const target = isPromise(memory) ? await memory : memory;
    try {
      const closing = this.#closing.signal;
      const watch = { signal, onProgress, closing, isFresh: target.isFresh };
      return await runStepsAsync(readSteps(this.#array, request, target), this.#array.access, watch);
    } catch (error) {
      const cause = isPosixParError(error, 'AbortError') && signal?.aborted !== true ? error.cause : undefined;
      throw isPosixParError(cause, 'ClosedError') ? cause : error;
    } finally {
      target.begun();
    }
  }

  async #explain(selection: AnySelection | undefined, options: ExplainOptions | undefined): Promise<Explanation> {
    checkReadOptions(options, explainKeys);
    const signal = options?.signal;
    const request = await this.#requestSliced(selection, options, signal);
    const backend = untilClosed(this.#array.access.asyncBackend, this.#closing.signal);
    return await runAsync(explainRead(this.#array.descriptor, request), backend, signal);
  }

  #requestSliced(
    selection: AnySelection | undefined,
    options: ReadOptions | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReadRequest> {
    if (this.#closed) throw this.#closedError();
    return runInSlices(readRequestSliced(this.#array.descriptor, this.#defaults, selection, options), signal);
  }

  #request(selection: AnySelection | undefined, options: ReadOptions | undefined): ReadRequest {
    if (this.#closed) throw this.#closedError();
    return readRequest(this.#array.descriptor, this.#defaults, selection, options);
  }

  #closedError(): ClosedError {
    return new ClosedError(`The array ${this.path} was closed`);
  }
}
