/**
 * An array that is being written.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { hangMs, throwIfAborted } from '../core/abort.js';
import { asyncDispose } from '../core/dispose.js';
import type { DType } from '../core/dtype.js';
import { ClosedError, WriteError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import { noWriteStats, type WriteStats } from '../exec/submit-write.js';
import { useMemory } from '../exec/target-memory.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { type Hyperslab, normalizeSelection } from '../plan/hyperslab.js';
import {
  type AppendOptions,
  appendedSlab,
  checkAppendOptions,
  checkGrows,
  checkResize,
  growthOf,
  type ResizeOptions,
  resizeArray,
} from './append.js';
import { withCaller } from './caller-stack.js';
import { forgottenMessage } from './closing.js';
import { explainWrite, type WriteExplanation } from './explain-write.js';
import { formatInspect } from './inspect.js';
import { KeptReader } from './kept-reader.js';
import { type AnySelection, toPositionalSelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import { performWrite } from './perform-write.js';
import type { ReadResult } from './read-result.js';
import { rememberChanger, type WritableParts } from './writable-parts.js';
import { claimOfRead } from './write-back.js';
import { checkDistinct, checkWriteData, type WriteData, type WriteSource } from './write-data.js';
import { checkWriteOptions, type WriteOptions } from './write-options.js';
import { AccessOrder, type Claim, claimOf } from './write-order.js';

const forgotten = new FinalizationRegistry<Pick<WritableParts, 'resources' | 'target' | 'path'>>(
  ({ resources, target, path }) => {
    const release = (): void => resources.release();
    target.discard().then(release, release);
    process.emitWarning(forgottenMessage('A writable array handle', path), 'PosixParWarning');
  },
);

/**
 * An array that is being written; it can also be read. Any number of writes may be in flight: writes that may change
 * the same chunks run in the order of the calls, others at the same time.
 *
 * An array of `createArray` has a temporary name until `close()`. If a write has failed, `close()` removes the array
 * instead. Writes into an array of `openArray` with `mode: 'r+'` change the array at once.
 */
export class WritableArrayHandle<D extends DType = DType> {
  readonly #parts: WritableParts;
  /** Description of the array, which changes when the array grows. */
  #descriptor: ArrayDescriptor;
  readonly #order = new AccessOrder();
  readonly #reader: KeptReader;
  /** First error of a write, append, resize or flush that had begun. */
  #failure: unknown;
  /** True if a write was abandoned whose system call may still change the array. */
  #isHung = false;
  #closing: Promise<void> | null = null;

  /** @internal Use `createArray`, or `openArray` with `mode: 'r+'`. */
  constructor(parts: WritableParts) {
    this.#parts = parts;
    this.#descriptor = parts.descriptor;
    this.#reader = new KeptReader(parts.openReader);
    forgotten.register(this, { resources: parts.resources, target: parts.target, path: parts.path }, this);
    rememberChanger(this, { parts, change: (claim, act) => this.#change(claim, act) });
  }

  /** Name of the format, such as `npy`. */
  get format(): string {
    return this.#descriptor.format;
  }
  /** Absolute path of the array. A new array has this name once it is closed. */
  get path(): string {
    return this.#parts.path;
  }
  /** Length of each dimension. */
  get shape(): readonly number[] {
    return this.#descriptor.shape;
  }
  /** Type of the stored elements. */
  get dtype(): D {
    return this.#descriptor.dtype as D;
  }
  /** Shape of one chunk; the shape of the array if it is not chunked. */
  get chunkShape(): readonly number[] {
    return this.#descriptor.chunkShape;
  }
  /** Shape of one shard, a file with several chunks; null if chunks are not in shards. */
  get shardShape(): readonly number[] | null {
    return this.#parts.shardShape;
  }
  /** Value of elements that were never written; null if they are 0. */
  get fillValue(): FillValue {
    return this.#descriptor.fillValue;
  }
  /** Name of each dimension, or null for a dimension without a name. Null if the array has no dimension names. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#descriptor.dimensionNames;
  }
  /** Attributes stored with the array, by name. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#descriptor.attributes;
  }

  /**
   * Writes a selection, on native threads. Do not change `data` before the promise settles.
   * @param selection as for reading; an index may be listed only once. Null: the whole array.
   * @param data elements of the selection in C order. They are converted to the type of the array.
   * @throws {SelectionError} before anything is written, also if `data` has another number of elements.
   * @throws {TypeError} if `data` or an option is invalid. @throws {ConversionError} if a value does not fit.
   * @throws {WriteError} if a system call fails. @throws {AbortError} @throws {ClosedError}
   * @example await out.write([slice(0, 64), null, -1], new Float32Array(64 * 128))
   */
  write(selection: AnySelection | null | undefined, data: WriteData, options?: WriteOptions): Promise<WriteStats> {
    return withCaller(this.#write(selection, data, options));
  }

  /**
   * Adds elements at the end of a dimension. Waits for the writes that were called before; later calls wait for it. The
   * new shape is stored after the elements, so that readers never see elements that are not written yet. If the call
   * fails before it stores the new shape, an existing array keeps its shape.
   * @param data elements in C order. Their shape is that of the array, except along `axis`.
   * @throws {SelectionError} if the number of elements does not fit. @throws as {@link write}.
   * @throws {UnsupportedError} if an `npy` or `raw` file would grow along a dimension other than the slowest, if bytes
   *   follow the array in the file, or if its header has no room for the new shape.
   * @example await out.append(new Float32Array(2 * 64 * 64), { axis: 0 })
   */
  append(data: WriteData, options?: AppendOptions): Promise<WriteStats> {
    return withCaller(this.#append(data, options));
  }

  /**
   * Changes the length of dimensions. New elements have the fill value, or are 0; elements that another program stored
   * outside the old shape in chunks at its edge keep their values. Waits for the writes that were called before.
   * @param shape new length of each dimension, at least as long as now.
   * @throws {UnsupportedError} if a dimension would become shorter; @throws as {@link append}.
   * @throws {TypeError} if the shape is invalid. @throws {WriteError} @throws {AbortError} @throws {ClosedError}
   * @example await out.resize([2 * 64, 64, 64])
   */
  resize(shape: readonly number[], options?: ResizeOptions): Promise<void> {
    return withCaller(this.#resize(shape, options));
  }

  /**
   * Describes what `write(selection, data)` would do with data of the array's own type: chunks and runs, bytes, names
   * of temporary files, steps that make the data durable, and memory. Reads and writes no file of the array.
   * @param selection as for `write`. Null: the whole array.
   * @throws {SelectionError} if the selection is invalid. @throws {UnsupportedError} if it has too many chunks for one
   * write. @throws {ClosedError}
   * @example out.explainWrite([slice(0, 64), null, -1]).chunksMerged
   */
  explainWrite(selection?: AnySelection | null): WriteExplanation {
    if (this.#closing !== null) throw this.#closedError();
    const { target, path, writeDurability, defaults, engines, writeBack } = this.#parts;
    const { finalDurability = writeDurability } = this.#parts;
    const { dataPath, kind } = target;
    const descriptor = this.#descriptor;
    const positional = toPositionalSelection(selection ?? undefined, descriptor.dimensionNames);
    const slab = normalizeSelection(positional, descriptor.shape);
    checkDistinct(slab);
    const { threads } = defaults;
    const durability = { writeDurability, finalDurability, isWrittenBack: writeBack !== null };
    return explainWrite({ descriptor, path, dataPath, isNew: kind === 'new', ...durability, threads, engines }, slab);
  }

  /**
   * Reads a selection. Waits for the writes that were called before; later writes wait for the read.
   * @throws as `ArrayHandle.read`.
   */
  read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult<D>> {
    if (this.#closing !== null) return withCaller(Promise.reject(this.#closedError()));
    const { unit } = this.#parts;
    // If an append changes the shape before the read begins, positions from the end of a dimension select other chunks.
    const claim = this.#order.hasWholeWrite ? null : claimOfRead(this.#descriptor, selection, options, unit);
    const stored = this.#store(claim);
    stored.catch(() => {}); // The read reports the error.
    const result = this.#order.run('read', null, async () => {
      await stored;
      const reader = await this.#reader.get(this.shape);
      return (await reader.read(selection, options)) as ReadResult<D>;
    });
    return withCaller(result);
  }

  /**
   * Waits for all writes, stores the chunks that `writeBackBytes` keeps in memory, and makes all data durable as
   * `durability` asks. A new array keeps its temporary name until `close()`.
   * @throws {WriteError} if a system call fails. Chunks that could not be stored stay in memory; call `flush()` again.
   *   If a new array could not be synchronized, `close()` removes it. @throws {ClosedError}
   */
  async flush(): Promise<void> {
    if (this.#closing !== null) throw this.#closedError();
    await withCaller(this.#store(null));
    await this.#order.idle();
    const flushed = this.#parts.target.flush();
    flushed.catch((error) => (this.#failure ??= error)); // The data may be lost, although a second call may succeed.
    await withCaller(flushed);
  }

  /**
   * Waits for all writes, stores the chunks that are in memory, and makes all data durable. A new array then gets its
   * name; an existing one is unlocked. Closing again has no effect.
   * @throws {WriteError} if a system call fails, or if an earlier write into a new array has failed. A new array is
   *   then removed. An existing array then lacks the chunks that were only in memory.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return withCaller(this.#closing);
  }

  /**
   * Closes the array without giving it its name: a new array is removed. Waits for the writes in flight. An existing
   * array keeps what was stored. Chunks that are only in memory (`writeBackBytes`) are lost.
   */
  discard(): Promise<void> {
    this.#closing ??= this.#release(true);
    return this.#closing;
  }

  /** Closes the array. If a write has failed, discards it without another error. */
  [asyncDispose](): Promise<void> {
    return this.#failure === undefined ? this.close() : this.discard();
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, path, dtype, shape } = this;
    return formatInspect('WritableArrayHandle', { format, dtype, shape, path }, depth, options);
  }

  async #write(
    selection: AnySelection | null | undefined,
    data: WriteData,
    options: WriteOptions | undefined,
  ): Promise<WriteStats> {
    checkWriteOptions(options);
    if (this.#closing !== null) throw this.#closedError();
    const { unit } = this.#parts;
    const descriptor = this.#descriptor;
    const positional = toPositionalSelection(selection ?? undefined, descriptor.dimensionNames);
    const slab = normalizeSelection(positional, descriptor.shape);
    const source = checkWriteData(data, descriptor.dtype, slab);
    checkDistinct(slab);
    throwIfAborted(options?.signal, 'The write was aborted');
    if (slab.some(({ count }) => count === 0)) return noWriteStats();
    const claim: Claim = claimOf(slab, unit);
    this.#parts.writeBack?.noteWrite();
    const endUse = useMemory(source.memory);
    const written = this.#change(claim, () => this.#perform(this.#descriptor, slab, source, options));
    return await written.finally(endUse);
  }

  #change<T>(claim: Claim, act: (onHang: () => void) => Promise<T>): Promise<T> {
    return this.#order.run('write', claim, async () => {
      this.#reader.drop();
      try {
        this.#throwIfHung();
        await this.#parts.target.prepare(null);
        return await act(this.#onHang);
      } catch (error) {
        this.#failure ??= error;
        throw error;
      }
    });
  }

  async #append(data: WriteData, options: AppendOptions | undefined): Promise<WriteStats> {
    const { axis, ...writeOptions } = checkAppendOptions(options);
    if (this.#closing !== null) throw this.#closedError();
    throwIfAborted(writeOptions.signal, 'The write was aborted');
    this.#parts.writeBack?.noteWrite();
    // The write conflicts with all others, so the shape does not change until it has ended.
    return await this.#order.run('write', null, async () => {
      const { target } = this.#parts;
      const { slab, shape } = appendedSlab(this.#descriptor, data, axis);
      const source = checkWriteData(data, this.#descriptor.dtype, slab);
      if (slab.some(({ count }) => count === 0)) return noWriteStats();
      const resized = await resizeArray(this.#descriptor, shape, writeOptions.signal);
      this.#reader.drop();
      let isWritten = false;
      try {
        await target.prepare(growthOf(this.#descriptor, resized));
        const stats = await this.#perform(resized.descriptor, slab, source, writeOptions);
        isWritten = true;
        await this.#parts.writeBack?.storeNow(claimOf(slab, this.#parts.unit));
        await target.resize(resized);
        this.#descriptor = resized.descriptor;
        await this.#parts.engines.examine(target.dataPath, resized.descriptor);
        return stats;
      } catch (error) {
        this.#failure ??= error;
        // Shrinks the file again, unless storing the new shape has begun: readers may already see that shape.
        if (!isWritten) await target.undoGrowth(resized).catch(() => {});
        throw error;
      }
    });
  }

  async #resize(given: readonly number[], options: ResizeOptions | undefined): Promise<void> {
    const { shape, signal } = checkResize(given, options, this.shape.length);
    if (this.#closing !== null) throw this.#closedError();
    throwIfAborted(signal, 'The change of the shape was aborted');
    await this.#order.run('write', null, async () => {
      const { target } = this.#parts;
      this.#throwIfHung();
      checkGrows(this.#descriptor, shape);
      const resized = await resizeArray(this.#descriptor, shape, signal);
      this.#reader.drop();
      await target.prepare(growthOf(this.#descriptor, resized));
      let isGrown = false;
      try {
        await target.grow(resized);
        isGrown = true;
        await target.resize(resized);
        this.#descriptor = resized.descriptor;
        await this.#parts.engines.examine(target.dataPath, resized.descriptor);
      } catch (error) {
        this.#failure ??= error;
        if (!isGrown) await target.undoGrowth(resized).catch(() => {});
        throw error;
      }
    });
  }

  async #perform(
    descriptor: ArrayDescriptor,
    slab: Hyperslab,
    source: WriteSource,
    options: WriteOptions | undefined,
  ): Promise<WriteStats> {
    this.#throwIfHung();
    return await performWrite(this.#parts, descriptor, { slab, source, options, onAbandoned: this.#onHang });
  }

  readonly #onHang = (): void => {
    this.#isHung = true;
  };

  #throwIfHung(): void {
    if (!this.#isHung) return;
    const { path } = this.#parts;
    const message = `${path} cannot be written, because an aborted write hangs. Close the array`;
    throw new WriteError(message, { code: 'ECANCELED', errno: 125, path });
  }

  /** Stores the changed chunks in the blocks of `claim`, after earlier calls that access these blocks have ended. */
  async #store(claim: Claim): Promise<void> {
    await this.#parts.writeBack?.store(this.#order, claim, () => this.#reader.drop());
  }

  async #close(): Promise<void> {
    await this.#order.idle();
    const { target, path } = this.#parts;
    if (this.#failure !== undefined && target.kind === 'new') {
      await this.#release(true);
      const message = `${path} was not created, because a write has failed`;
      throw new WriteError(message, { code: 'ECANCELED', errno: 125, path }, { cause: this.#failure });
    }
    try {
      if (!this.#isHung) {
        await this.#store(null);
        await target.publish();
      }
    } catch (error) {
      await this.#release(true);
      throw error;
    }
    await this.#release(false);
  }

  async #release(discards: boolean): Promise<void> {
    await this.#order.idle();
    forgotten.unregister(this);
    this.#reader.drop();
    try {
      // The file system may hang, too. A temporary file then stays.
      if (this.#isHung) await this.#parts.target.discard(AbortSignal.timeout(hangMs)).catch(() => {});
      else if (discards) await this.#parts.target.discard();
    } finally {
      this.#parts.resources.release();
      this.#parts.writeBack?.release();
    }
  }

  #closedError(): ClosedError {
    return new ClosedError(`The array ${this.path} was closed`);
  }
}
