/**
 * An open array.
 * @module
 */
import { isPromise } from '../core/brands.js';
import { asyncDispose } from '../core/dispose.js';
import { type DType, type DTypeKind, type DTypesByKind, isOfType, type TypedArray } from '../core/dtype.js';
import { ClosedError } from '../core/errors.js';
import { expected } from '../core/validate.js';
import type { ReduceStates } from '../exec/reduce-states.js';
import { useGivenMemory } from '../exec/target-memory.js';
import type { ReadDefaults } from '../exec/wire.js';
import { runAsync, runSync } from '../io/driver.js';
import type { Io } from '../io/io.js';
import { untilClosed } from '../io/native-backend.js';
import { runInSlices } from '../io/time-slices.js';
import { type AnyBatchResult, type BatchResult, createBatchResult, type ManyResult, noErrors } from './batch-result.js';
import { withCaller, withCallersFrames } from './caller-stack.js';
import { CallsInFlight } from './calls-in-flight.js';
import { closedErrorOr, forgottenHandles } from './closing.js';
import { type Perform, readCollecting } from './collect-errors.js';
import { DescribedArray } from './described-array.js';
import {
  checkExplainable,
  checkExplainableChunks,
  type Explanation,
  explainMany,
  explainRead,
  type ManyExplanation,
} from './explain.js';
import { noteIndexPairs } from './index-pairs.js';
import type { AnySelection } from './named-selection.js';
import { rememberParts } from './opened-parts.js';
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
import { readPlain, readPlainAsync } from './plain-read.js';
import { type AnyResult, createResult, type ReadResult, type TypedReadResult } from './read-result.js';
import { type CompletedRead, memoryOf, readSteps, runStepsAsync, runStepsSync } from './reading.js';
import { type Added, addWhileReading } from './reduce-read.js';
import {
  allocateTarget,
  allocateTargetOrWait,
  hasLongList,
  parseManySliced,
  parseRequest,
  parseRequestSliced,
  type ReadRequest,
  type ResultTarget,
  wrapTarget,
} from './request.js';
import type { MaskFor, Only, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';
import { type ArrayToken, type ShareableArray, type SharedKind, shareArray } from './share.js';

/** Passed instead of a target if the read must allocate the result itself. */
const freshMemory = Symbol('fresh memory');

/**
 * An open array: its properties, and methods that read any selection of it. Several reads may run at the same time.
 * Close it when it is no longer needed (`await using`, or `close()`).
 * @typeParam D the element type. It is an unchecked claim of the caller unless `is` has returned true.
 */
export class ArrayHandle<D extends DType = DType> extends DescribedArray<D> {
  readonly #array: ShareableArray;
  readonly #defaults: ReadDefaults;
  readonly #inFlight = new CallsInFlight();
  #token: ArrayToken<SharedKind> | null = null;
  /** Aborted by `close()`. Reads in flight may still finish; a read that hangs is abandoned. */
  readonly #closing = new AbortController();
  #closed = false;

  /** @internal Use `openArray`. */
  constructor(array: ShareableArray, defaults: ReadDefaults) {
    super(array);
    this.#array = array;
    this.#defaults = defaults;
    rememberParts(this, array, defaults);
    forgottenHandles.register(this, { resources: array.resources, path: array.descriptor.path }, this);
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
   * @throws {SelectionError} before any I/O. @throws {MemoryLimitError} if the result does not fit into memory.
   * @throws {FormatError} if metadata is damaged. @throws {CodecError} if a chunk is damaged.
   * @throws {ReadError} if a system call fails. @throws {ExternalFileError} if `externalFiles` does not permit a file.
   * @throws {ConversionError} if `as` cannot represent a value. @throws {AbortError} @throws {ClosedError}
   * @example const { data, shape } = await arr.read([slice(0, 64), null, -1])
   */
  read(selection?: AnySelection): Promise<ReadResult<D>>;
  read<O extends AsyncReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>> & MaskFor<O>>;
  read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult> {
    return this.#readInto(freshMemory, selection, options) as Promise<ReadResult>;
  }

  /**
   * Reads a selection into the caller's memory. The memory may be a SharedArrayBuffer. Nothing is written to it after
   * the promise settles, unless a system call hangs (see below).
   *
   * Do not transfer its buffer before the promise settles. A transfer is reported as an error, but if the buffer's new
   * owner is garbage-collected in the meantime, native threads write to freed memory.
   *
   * If the read is aborted or the array is closed while a system call hangs, the promise rejects after 5 seconds. The
   * system call may still write to the memory when it returns, so the target's buffer is detached first: its length
   * becomes 0. A SharedArrayBuffer and the memory of WebAssembly cannot be detached. Do not use such memory after this
   * error.
   * @param target a typed array of the result's type and length.
   * @throws as {@link read}; {TypeError} or {RangeError} if `target` has the wrong type or length.
   */
  readInto<A extends TypedArray>(target: A, selection?: AnySelection): Promise<TypedReadResult<D, A>>;
  readInto<A extends TypedArray, O extends AsyncReadOptions | undefined>(
    target: A,
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<TypedReadResult<ResultDType<D, O>, A> & MaskFor<O>>;
  readInto(target: TypedArray, selection?: AnySelection, options?: AsyncReadOptions): Promise<AnyResult> {
    return this.#readInto(target, selection, options);
  }

  /**
   * Reads many selections (*boxes*) in one call. Each encoded chunk is read and decoded once and supplies every box
   * that needs it. Boxes may overlap and repeat. If one box fails, the whole call fails. With `onError: 'collect'` it
   * does not: boxes are read again in smaller groups to find those that fail, so chunks may be decoded more than once.
   *
   * The results share one block of memory. {@link BatchResult} describes it.
   * @param selections the selections, each as for {@link read}. May be empty. Do not change them before the promise
   *   settles.
   * @param options as for {@link read}; `into`: memory for all boxes; `onError`: treatment of boxes that fail.
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
  ): Promise<ManyResult<D, O, A>>;
  readMany<O extends ReadManyOptions | undefined>(
    selections: readonly AnySelection[],
    options: O & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O>>;
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
  ): ReadResult<ResultDType<D, O>> & MaskFor<O>;
  readSync(selection?: AnySelection, options?: ReadOptions): ReadResult {
    checkReadOptions(options, readKeys);
    const request = this.#request(selection, options);
    const target = allocateTarget(request);
    try {
      const { outputs, stats } =
        readPlain(this.#array, request, target) ??
        runStepsSync(readSteps(this.#array, request, target), this.#array.access);
      return createResult(memoryOf(request, target, stats), outputs) as ReadResult;
    } finally {
      target.begun();
    }
  }

  /**
   * Describes what `read(selection)` would do, without reading data. May read metadata if the format has a chunk index.
   * For Zarr, looks for the chunk files until one is found, at most 4,096. This call blocks, so it accepts at most
   * 1,048,576 chunks or listed indices; use {@link explainAsync} for more.
   * @throws {SelectionError} also if there are more chunks or indices than that. @throws {FormatError}
   * @example arr.explain([slice(0, 64), null, -1]).systemCalls
   */
  explain(selection?: AnySelection, options?: ReadOptions): Explanation {
    checkReadOptions(options, readKeys);
    const request = this.#request(selection, options);
    let listed = 0;
    for (const axis of request.slab) if (axis.kind === 'list') listed += axis.count;
    checkExplainable(listed, 'indices');
    const { descriptor, access } = this.#array;
    return noteIndexPairs(
      runSync(explainRead(descriptor, request, checkExplainableChunks), access.syncBackend),
      selection,
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
   * Describes what `readMany(selections)` would do, like {@link explainAsync}.
   * @example const { chunks, amplification } = await arr.explainMany(selections)
   */
  explainMany(selections: readonly AnySelection[], options?: ExplainOptions): Promise<ManyExplanation> {
    return this.#track(this.#explainMany(selections, options));
  }

  /**
   * Returns a token for {@link attach}, which opens the same array in another thread of this process. The token is a
   * plain object. Post it to workers, or pass it in `workerData`. It can be used until this handle is closed.
   * @throws {ClosedError}
   * @example const worker = new Worker(file, { workerData: { token: arr.share() } })
   */
  share(): ArrayToken {
    return this.shareAs('array');
  }

  /** @internal Performs `share` of a handle that reads through this one. Each handle has one kind. */
  shareAs<K extends SharedKind>(kind: K): ArrayToken<K> {
    if (this.#closed) throw this.#closedError();
    this.#token ??= shareArray(this.#array, this.#defaults, kind);
    return this.#token as ArrayToken<K>;
  }

  /** @internal Adds a selection to the state of a reduction, as {@link AddingSource.addTo} says. */
  addTo(states: ReduceStates, selection: AnySelection, options: AsyncReadOptions): Added {
    const request = this.#requestSliced(selection, options, options.signal);
    return this.#track(addWhileReading(this.#array, request, states, { ...options, closing: this.#closing.signal }));
  }

  /**
   * Waits for reads in flight, then closes the files. Later reads fail with a ClosedError; closing again has no effect.
   * A read in flight fails with a ClosedError if its file system does not answer for 5 seconds;
   * {@link readInto} describes what happens to its target.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      forgottenHandles.unregister(this);
    }
    this.#closing.abort(this.#closedError());
    await this.#inFlight.untilEnded();
    this.#array.resources.release();
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#inFlight.add(promise);
    return withCaller(promise);
  }

  /**
   * Reads one box. A small read of cached data creates only the promise of this function, because further promises
   * would noticeably slow it down.
   */
  async #readInto(
    given: TypedArray | typeof freshMemory,
    selection: AnySelection | undefined,
    options: AsyncReadOptions | undefined,
  ): Promise<AnyResult> {
    this.#inFlight.begin();
    const endUse = given === freshMemory ? null : useGivenMemory(given);
    let target: ResultTarget | undefined;
    try {
      checkReadOptions(options, asyncReadKeys);
      const request = hasLongList(selection)
        ? await this.#requestSliced(selection, options, options?.signal)
        : this.#request(selection, options);
      const memory = given === freshMemory ? allocateTargetOrWait(request) : wrapTarget(request, given);
      target = isPromise(memory) ? await memory : memory;
      const outcome = this.#perform(request, target, options?.signal, options?.onProgress);
      const { outputs, stats } = isPromise(outcome) ? await outcome : outcome;
      return createResult(memoryOf(request, target, stats), outputs);
    } catch (error) {
      throw withCallersFrames(closedErrorOr(error, options?.signal));
    } finally {
      target?.begun();
      endUse?.();
      this.#inFlight.end();
    }
  }

  async #readMany(selections: readonly AnySelection[], options: ReadManyOptions | undefined): Promise<AnyBatchResult> {
    checkReadOptions(options, readManyKeys);
    const { signal, onProgress, into } = options ?? {};
    const endUse = useGivenMemory(into);
    let target: ResultTarget | undefined;
    try {
      const request = await this.#requestMany(selections, options, signal);
      target = into === undefined ? await allocateTargetOrWait(request) : wrapTarget(request, into);
      const perform: Perform = (of, part, reported) => this.#perform(of, part, signal, reported);
      const { outputs, stats, errors } =
        options?.onError === 'collect'
          ? await readCollecting(request, target, perform, onProgress)
          : { ...(await perform(request, target, onProgress)), errors: noErrors };
      // The data is complete, so the signal has no effect any more.
      return await runInSlices(createBatchResult(memoryOf(request, target, stats), outputs, errors), undefined);
    } catch (error) {
      throw closedErrorOr(error, signal);
    } finally {
      target?.begun();
      endUse();
    }
  }

  /** Performs a read. This is not an async function, because another promise would noticeably slow down small reads. */
  #perform(
    request: ReadRequest,
    target: ResultTarget,
    signal: AbortSignal | undefined,
    onProgress: AsyncReadOptions['onProgress'],
  ): CompletedRead | Promise<CompletedRead> {
    const closing = this.#closing.signal;
    const watch = { signal, onProgress, closing, isOwned: target.isOwned };
    return (
      readPlainAsync(this.#array, request, target, watch) ??
      runStepsAsync(readSteps(this.#array, request, target), this.#array.access, watch)
    );
  }

  async #explain(selection: AnySelection | undefined, options: ExplainOptions | undefined): Promise<Explanation> {
    checkReadOptions(options, explainKeys);
    const signal = options?.signal;
    const request = await this.#requestSliced(selection, options, signal);
    return noteIndexPairs(await this.#parse(explainRead(this.#array.descriptor, request), signal), selection);
  }

  async #explainMany(
    selections: readonly AnySelection[],
    options: ExplainOptions | undefined,
  ): Promise<ManyExplanation> {
    checkReadOptions(options, explainKeys);
    const signal = options?.signal;
    const request = await this.#requestMany(selections, options, signal);
    return await this.#parse(explainMany(this.#array.descriptor, request), signal);
  }

  /** Runs a parser that may read metadata. */
  async #parse<T>(io: Io<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await runAsync(io, untilClosed(this.#array.access.asyncBackend, this.#closing.signal), signal);
    } catch (error) {
      throw closedErrorOr(error, signal);
    }
  }

  #requestMany(
    selections: readonly AnySelection[],
    options: ReadOptions | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReadRequest> {
    if (!Array.isArray(selections)) throw expected('an array of selections', 'selections', selections);
    if (this.#closed) throw this.#closedError();
    return runInSlices(parseManySliced(this.#array.descriptor, this.#defaults, selections, options), signal);
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
