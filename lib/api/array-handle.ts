/**
 * An open array.
 * @module
 */
import { type DType, type DTypeInfo, dtypeInfo, type RealDType, type TypedArray } from '../core/dtype.js';
import { ClosedError, ReadError } from '../core/errors.js';
import { type FillValue, fillWords } from '../core/fill.js';
import type { Resources } from '../exec/resources.js';
import { NativeReadStats } from '../exec/stats.js';
import { submit, submitSync } from '../exec/submit.js';
import { encodePlan, type WireOptions, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, DomainBounds, Layer } from '../formats/format.js';
import { runAsync, runSync } from '../io/driver.js';
import type { Io } from '../io/io.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { nodeSyncBackend } from '../io/node-backend.js';
import type { ReadTarget } from '../native/binding.js';
import { positionsOf } from '../plan/domain.js';
import { type Hyperslab, normalizeSelection } from '../plan/hyperslab.js';
import type { Selection } from '../plan/selection.js';
import { withCaller } from './caller-stack.js';
import { decodedRead } from './decoding.js';
import { type Explanation, explain, findAnyChunk } from './explain.js';
import { type NamedSelection, positionalSelection } from './named-selection.js';
import {
  type AsyncReadOptions,
  checkReadOptions,
  overflowMode,
  type ReadDefaults,
  type ReadOptions,
  readDefaults,
  resultType,
} from './options.js';
import { type ResolvedPlan, resolveAsync, resolveFixed, resolveSync } from './resolve.js';
import { allocate, checkNotTransferred, checkTarget, nativeView, type ReadResult, stridesOf } from './result.js';
import { markMissing, sumOf, validityRead } from './validity.js';

/** What a caller may select: by position, as text, or by dimension names. */
export type AnySelection = Selection | NamedSelection;

/** A read that has been checked, before any I/O. */
interface Request {
  readonly slab: Hyperslab;
  readonly isMasked: boolean;
  readonly out: DTypeInfo;
  readonly elements: number;
  readonly defaults: ReadDefaults;
  readonly wire: WireOptions;
  readonly startedMs: number;
}

/** In place of a target: the read allocates one. */
const freshMemory = Symbol('fresh memory');

/** The memory that a read fills. */
interface Target {
  readonly data: TypedArray;
  readonly mask: Uint8Array | null;
  readonly native: ReadTarget;
}

/** `data` with a mask beside it where one is asked for; where nothing can be missing it stays as it is. */
function targetOf({ isMasked, wire, elements }: Request, data: TypedArray): Target {
  const mask = isMasked ? new Uint8Array(elements) : null;
  const view = nativeView(data);
  return { data, mask, native: mask === null || wire.decoding === null ? view : [view, mask] };
}

/** How often a read is planned anew when files are replaced while it runs. */
const maxAttempts = 50;

/** Opens an array again when its files have vanished. */
export type Reopen = () => Io<ArrayDescriptor>;

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
  readonly #resources: Resources;
  readonly #defaults: ReadDefaults;
  readonly #reopen: Reopen;
  readonly #inFlight = new Set<Promise<unknown>>();
  #descriptor: ArrayDescriptor;
  #closed = false;

  /** @internal Use `openArray`. */
  constructor(descriptor: ArrayDescriptor, resources: Resources, defaults: ReadDefaults, reopen: Reopen) {
    this.#descriptor = descriptor;
    this.#resources = resources;
    this.#defaults = defaults;
    this.#reopen = reopen;
    forgotten.register(this, { resources, path: descriptor.path }, this);
  }

  /** The name of the format, such as `npy`. */
  get format(): string {
    return this.#descriptor.format;
  }
  /** The path that was opened. */
  get path(): string {
    return this.#descriptor.path;
  }
  /** The array within its file or store; '' where there is only one. */
  get name(): string {
    return this.#descriptor.name;
  }
  get shape(): readonly number[] {
    return this.#descriptor.shape;
  }
  /** The element type that reads return by default. */
  get dtype(): D {
    return this.#descriptor.dtype as D;
  }
  /** Shape of a chunk; the array's shape where it is not chunked. */
  get chunkShape(): readonly number[] {
    return this.#descriptor.chunkShape;
  }
  /** What absent chunks read as; null where the format gives none (then 0). */
  get fillValue(): FillValue {
    return this.#descriptor.fillValue;
  }
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#descriptor.attributes;
  }
  /** Names per dimension where the format has them. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#descriptor.dimensionNames;
  }
  /** The coordinates that the format gives to positions; null where they are the positions. */
  get domain(): readonly DomainBounds[] | null {
    return this.#descriptor.domain ?? null;
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
   * @throws {SelectionError} before any I/O. @throws {FormatError} damaged metadata. @throws {ReadError} from the system.
   * @throws {CodecError} damaged chunk. @throws {ConversionError} with `as`. @throws {AbortError} @throws {ClosedError}
   * @example const { data, shape } = await arr.read([slice(0, 64), null, -1])
   */
  read<T extends RealDType>(
    selection: AnySelection | undefined,
    options: AsyncReadOptions & { readonly as: T },
  ): Promise<ReadResult<T>>;
  read(
    selection: AnySelection | undefined,
    options: AsyncReadOptions & { readonly scaled: true },
  ): Promise<ReadResult<'float64'>>;
  read(
    selection: AnySelection | undefined,
    options: AsyncReadOptions & { readonly decode: 'cf' },
  ): Promise<ReadResult<'float32' | 'float64' | D>>;
  read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult<D>>;
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
  readInto(target: TypedArray, selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult> {
    return this.#track(this.#readInto(target, selection, options));
  }

  /**
   * The same read, done before it returns; the calling thread helps.
   * @throws as {@link read}.
   */
  readSync<T extends RealDType>(
    selection: AnySelection | undefined,
    options: ReadOptions & { readonly as: T },
  ): ReadResult<T>;
  readSync(
    selection: AnySelection | undefined,
    options: ReadOptions & { readonly scaled: true },
  ): ReadResult<'float64'>;
  readSync(
    selection: AnySelection | undefined,
    options: ReadOptions & { readonly decode: 'cf' },
  ): ReadResult<'float32' | 'float64' | D>;
  readSync(selection?: AnySelection, options?: ReadOptions): ReadResult<D>;
  readSync(selection?: AnySelection, options?: ReadOptions): ReadResult {
    checkReadOptions(options, 'blocking');
    const request = this.#request(selection, options);
    const target = targetOf(request, allocate(request.out, request.elements));
    for (let attempt = 1; ; attempt++) {
      try {
        const resolved = resolveSync(this.#descriptor, request.slab, request.defaults.coalescing);
        const wire = this.#encode(resolved, request, true);
        const planned = performance.now();
        const words = this.#addNullsSync(submitSync(wire, target.native), target, request);
        return this.#result(words, target, request, resolved, planned);
      } catch (error) {
        if (!this.#mayRetry(error, attempt)) throw error;
        if (this.#descriptor.filesMayVanish === true) this.#descriptor = this.#runSync(this.#reopen());
      }
    }
  }

  /**
   * What `read(selection)` would do, without reading data. Formats with a chunk index may read metadata, blocking; Zarr's
   * chunks are looked for until one is found.
   * @throws {SelectionError} @throws {FormatError}
   */
  explain(selection?: AnySelection, options?: ReadOptions): Explanation {
    checkReadOptions(options, 'blocking');
    const { slab, defaults } = this.#request(selection, options);
    const resolved = resolveSync(this.#descriptor, slab, defaults.coalescing);
    const note = this.#runSync(findAnyChunk(resolved, defaults));
    return explain(this.format, resolved, this.#descriptor.guardedFiles, defaults, note);
  }

  /** Waits for reads in flight, then gives everything back. Further reads fail with a ClosedError; closing again is fine. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      forgotten.unregister(this);
    }
    await Promise.allSettled(this.#inFlight);
    this.#resources.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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
    checkReadOptions(options, 'not blocking');
    const request = this.#request(selection, options);
    if (given !== freshMemory) checkTarget(given, request.out, request.elements);
    const signal = options?.signal;
    const target = targetOf(request, given === freshMemory ? allocate(request.out, request.elements) : given);
    for (let attempt = 1; ; attempt++) {
      try {
        const { slab, defaults } = request;
        const resolved =
          resolveFixed(this.#descriptor, slab, defaults.coalescing) ??
          (await resolveAsync(this.#descriptor, slab, defaults.coalescing, signal));
        const wire = this.#encode(resolved, request, given === freshMemory);
        const planned = performance.now();
        const outcome = submit(wire, target.native, {
          signal,
          onProgress: options?.onProgress,
          bytesTotal: request.elements * request.out.size,
          chunksTotal: resolved.plan.layers.reduce((sum, layer) => sum + layer.chunkCount, 0),
        });
        const own = outcome instanceof Promise ? await outcome : outcome;
        const words = target.mask === null ? own : await this.#addNulls(own, target.mask, request, signal);
        checkNotTransferred(target.data, request.out, request.elements);
        return this.#result(words, target, request, resolved, planned);
      } catch (error) {
        if (!this.#mayRetry(error, attempt)) throw error;
        if (this.#descriptor.filesMayVanish === true)
          this.#descriptor = await runAsync(this.#reopen(), nativeAsyncBackend, signal);
      }
    }
  }

  /** Completes the mask where the format stores which values are there. Gives the account of all. */
  async #addNulls(
    words: readonly number[],
    mask: Uint8Array,
    { slab, wire }: Request,
    signal: AbortSignal | undefined,
  ): Promise<readonly number[]> {
    const nulls = validityRead(this.#descriptor, slab, wire, mask);
    if (nulls === null) return words;
    const places = await runAsync(nulls.resolve(), nativeAsyncBackend, signal);
    const watch = { signal, onProgress: undefined, bytesTotal: 0, chunksTotal: 0 };
    const cost = await submit(nulls.encode(places, this.#resources), nulls.cells, watch);
    markMissing(mask, nulls);
    return sumOf(words, cost);
  }

  #addNullsSync(words: readonly number[], { mask }: Target, { slab, wire }: Request): readonly number[] {
    const nulls = mask === null ? null : validityRead(this.#descriptor, slab, wire, mask);
    if (mask === null || nulls === null) return words;
    const cost = submitSync(nulls.encode(this.#runSync(nulls.resolve()), this.#resources), nulls.cells);
    markMissing(mask, nulls);
    return sumOf(words, cost);
  }

  /** Files of an index may be replaced between the index and the data; files of TileDB may vanish. Both are read anew. */
  #mayRetry(error: unknown, attempt: number): boolean {
    if (!(error instanceof ReadError)) return false;
    if (this.#descriptor.filesMayVanish === true) return error.code === 'ENOENT' && attempt === 1;
    if (error.code !== 'ECHANGED' || attempt >= maxAttempts || this.#descriptor.guardedFiles.includes(error.path))
      return false;
    this.#descriptor.forget?.(error.path);
    return true;
  }

  #runSync<T>(io: Io<T>): T {
    return runSync(io, nodeSyncBackend);
  }

  #request(selection: AnySelection | undefined, options: ReadOptions | undefined): Request {
    const startedMs = performance.now();
    if (this.#closed) throw new ClosedError(`The array ${this.path} was closed`);
    const { shape, dtype, scaling, dimensionNames, fillValue, domain } = this.#descriptor;
    const decoded = decodedRead(this.#descriptor, options);
    const named = positionalSelection(selection, dimensionNames);
    const isInDomain = options?.coordinates === 'domain';
    const slab = normalizeSelection(isInDomain ? positionsOf(named, shape, domain ?? []) : named, shape);
    const applied = options?.scaled === true ? scaling : null;
    const out = dtypeInfo(decoded?.out ?? resultType(options, dtype, options?.scaled === true));
    let elements = 1;
    for (const axis of slab) elements *= axis.count;
    if (elements * out.size > Number.MAX_SAFE_INTEGER)
      throw new RangeError(`The result would have ${elements} elements`);
    const defaults = options === undefined ? this.#defaults : readDefaults(options, this.#defaults);
    const wire = {
      out,
      overflow: overflowMode(options),
      scaling: applied,
      decoding: decoded?.wire ?? null,
      fill: { type: dtypeInfo(dtype), words: fillWords(fillValue, dtype) },
      threads: defaults.threads,
      engine: defaults.engine,
      cache: defaults.cache,
      readahead: defaults.readahead,
      aheadBytes: defaults.aheadBytes,
      queueDepth: defaults.queueDepth,
      coalescing: defaults.coalescing,
    };
    return { slab, isMasked: options?.mask === true, out, elements, defaults, wire, startedMs };
  }

  #encode(resolved: ResolvedPlan, request: Request, fresh: boolean): WirePlan {
    return encodePlan<Layer>(resolved.plan, resolved.locations, this.#resources, request.wire, fresh);
  }

  #result(
    words: readonly number[],
    { data, mask }: Target,
    request: Request,
    resolved: ResolvedPlan,
    plannedMs: number,
  ): ReadResult {
    let chunks = 0;
    for (const layer of resolved.plan.layers) chunks += layer.chunkCount;
    const shape = resolved.plan.shape;
    return {
      data: data as ReadResult['data'],
      mask,
      shape,
      strides: stridesOf(shape),
      dtype: request.out.name,
      stats: new NativeReadStats(words, request.elements * request.out.size, chunks, plannedMs - request.startedMs),
    };
  }
}
