/**
 * Memory of results that the library allocates: recycled or new, and released when the caller says so.
 * @module
 */
import type { DataFor, DTypeInfo, TypedArray } from '../core/dtype.js';
import { viewOver } from '../core/dtype.js';
import { ClosedError, isPosixParError } from '../core/errors.js';
import { isMemoryInUse } from '../exec/target-memory.js';
import { resultMemory } from './memory-limit.js';
import { allocate } from './result.js';
import { poisonFresh, resultPool } from './result-pool.js';

/** Type and size of a result. */
export interface ResultSize {
  readonly out: DTypeInfo;
  readonly elements: number;
  readonly isMasked: boolean;
}

/** Memory of a result that was allocated or recycled for one read. */
export interface AllocatedMemory {
  readonly data: TypedArray;
  /** The mask, filled with 0; null if the read has none. */
  readonly mask: DataFor<'bool'> | null;
  /** Bytes of `data` and `mask` that earlier results used. */
  readonly recycledBytes: number;
  /** Must be called when the read has begun or failed: the native side counts new memory from then on. */
  readonly begun: () => void;
}

/** Buffers that a result gets from the pool. A buffer is null if it must be allocated or is not needed. */
interface Recycled {
  readonly data: ArrayBuffer | null;
  readonly mask: ArrayBuffer | null;
  readonly missingBytes: number;
}

function takeRecycled({ out, elements, isMasked }: ResultSize): Recycled {
  const bytes = elements * out.size;
  const data = resultPool.take(bytes);
  const mask = isMasked ? resultPool.take(elements) : null;
  const missingBytes = (data === null ? bytes : 0) + (isMasked && mask === null ? elements : 0);
  return { data, mask, missingBytes };
}

const nothingToDo = (): void => {};

/**
 * Allocates memory for a result, and for its mask if it has one.
 * @throws {MemoryLimitError} if it does not fit, or is too long for one typed array.
 */
export function allocateResult(size: ResultSize): AllocatedMemory {
  const recycled = takeRecycled(size);
  const begun = recycled.missingBytes === 0 ? nothingToDo : resultMemory.admit(recycled.missingBytes);
  return completeMemory(size, recycled, begun);
}

/** Allocates like {@link allocateResult}. If memory is short, first waits for unreferenced results to be freed. */
export function allocateResultOrWait(size: ResultSize): AllocatedMemory | Promise<AllocatedMemory> {
  const recycled = takeRecycled(size);
  if (recycled.missingBytes === 0) return completeMemory(size, recycled, nothingToDo);
  try {
    return completeMemory(size, recycled, resultMemory.admit(recycled.missingBytes));
  } catch (error) {
    if (!isPosixParError(error, 'MemoryLimitError') || error.neededBytes > error.limitBytes) throw error;
    return resultMemory.admitLater(recycled.missingBytes).then((begun) => completeMemory(size, recycled, begun));
  }
}

function completeMemory(
  { out, elements, isMasked }: ResultSize,
  recycled: Recycled,
  begun: () => void,
): AllocatedMemory {
  try {
    const data = recycled.data === null ? allocate(out, elements) : viewOver(out, recycled.data, elements);
    if (recycled.data === null) poisonFresh(data);
    const mask = !isMasked ? null : new Uint8Array(recycled.mask ?? new ArrayBuffer(elements), 0, elements);
    if (recycled.mask !== null) mask?.fill(0);
    const recycledBytes = (recycled.data === null ? 0 : data.byteLength) + (recycled.mask === null ? 0 : elements);
    return { data, mask, recycledBytes, begun };
  } catch (error) {
    begun();
    throw error;
  }
}

/**
 * Releases the memory of a result, if no operation in flight uses it. The buffers are detached. Does nothing with a
 * buffer that was transferred to another thread.
 * @throws {TypeError} if an operation in flight uses the memory.
 */
export function releaseMemory(data: TypedArray, mask: Uint8Array | null): void {
  checkUnused(data);
  if (mask !== null) checkUnused(mask);
  resultPool.give(data.buffer as ArrayBuffer);
  if (mask !== null) resultPool.give(mask.buffer as ArrayBuffer);
}

/** @throws {TypeError} if an operation in flight uses the memory of `view`. */
export function checkUnused(view: ArrayBufferView): void {
  if (!isMemoryInUse(view)) return;
  throw new TypeError(
    'Expected a result that no operation uses, but a read or write in flight uses its memory: await it before release()',
  );
}

/** Creates the error for the use of a result whose memory was released or transferred. */
export function goneError(): ClosedError {
  return new ClosedError('The memory of this result was released or transferred');
}

/** Owner of the memory of one or more results. */
export interface MemoryOwner {
  /**
   * Releases `data` and `mask`, the part of the memory that belongs to one result.
   * @throws {TypeError} if an operation in flight uses it.
   */
  release(data: TypedArray, mask: Uint8Array | null): void;
}

/** Owner of the memory of a single result. */
export const singleOwner: MemoryOwner = { release: releaseMemory };

/** Owner of memory that several results share. It is released when the last of them is released. */
export class SharedOwner implements MemoryOwner {
  readonly #data: TypedArray;
  readonly #mask: Uint8Array | null;
  #holders = 0;

  constructor(data: TypedArray, mask: Uint8Array | null) {
    this.#data = data;
    this.#mask = mask;
  }

  /** Adds a result that uses the memory. */
  hold(): void {
    this.#holders += 1;
  }

  release(data: TypedArray, mask: Uint8Array | null): void {
    checkUnused(data);
    if (mask !== null) checkUnused(mask);
    if (this.#holders === 1) releaseMemory(this.#data, this.#mask);
    this.#holders -= 1;
  }

  /** Releases the memory of all results. */
  releaseAll(): void {
    releaseMemory(this.#data, this.#mask);
  }
}
