/**
 * Allocates and checks the memory of results.
 * @module
 */
import { constants as bufferConstants } from 'node:buffer';
import { isArrayBuffer, typedArrayName } from '../core/brands.js';
import { type DTypeInfo, type TypedArray, viewConstructor, viewOver } from '../core/dtype.js';
import { MemoryLimitError } from '../core/errors.js';
import { expected } from '../core/validate.js';

/** Returns the C-order strides of `shape`, in elements. */
export function computeStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d] ?? 0;
  }
  return strides;
}

/**
 * Largest size for which zeroing is skipped. Up to this size malloc reuses heap memory, which V8 would have to zero;
 * above it the kernel supplies zeroed pages anyway.
 */
const maxUnzeroedBytes = 32 << 20;

/**
 * Allocates memory without zeroing it; returns null if the runtime returns a larger buffer or another kind of buffer.
 */
function allocateUnzeroed(bytes: number): ArrayBuffer | null {
  const memory = Buffer.allocUnsafeSlow(bytes);
  const { buffer } = memory;
  return memory.byteOffset === 0 && buffer.byteLength === bytes && isArrayBuffer(buffer) ? buffer : null;
}

/**
 * Allocates memory for `elements` elements, which may contain old data. Every element must be written before a caller
 * sees it.
 * @throws {MemoryLimitError} if the runtime cannot hold that many elements in one typed array, or cannot allocate them.
 */
export function allocate(info: DTypeInfo, elements: number): TypedArray {
  const Constructor = viewConstructor(info);
  const entries = (elements * info.size) / Constructor.BYTES_PER_ELEMENT;
  const bytes = elements * info.size;
  try {
    const buffer = bytes > 0 && bytes <= maxUnzeroedBytes ? allocateUnzeroed(bytes) : null;
    return buffer === null ? new Constructor(entries) : viewOver(info, buffer, elements);
  } catch (cause) {
    throw tooLongError(bytes, cause);
  }
}

/**
 * Returns the error for a result of `bytes` bytes that the runtime cannot hold in one typed array, or cannot allocate.
 */
export function tooLongError(bytes: number, cause?: unknown): MemoryLimitError {
  const limitBytes = bufferConstants.MAX_LENGTH;
  const details = { neededBytes: bytes, availableBytes: limitBytes, limitBytes, source: 'runtime' };
  return new MemoryLimitError(details, cause === undefined ? undefined : { cause });
}

/**
 * Checks that the caller's memory fits a result of `elements` elements.
 * @throws {TypeError} if it is not a typed array of the right type. @throws {RangeError} if its length is wrong.
 */
export function checkTarget(target: unknown, info: DTypeInfo, elements: number): asserts target is TypedArray {
  const Constructor = viewConstructor(info);
  const name = typedArrayName(target);
  const fits =
    name === Constructor.name ||
    (info.name === 'float16' && name === 'Uint16Array') ||
    (info.name === 'uint8' && name === 'Uint8ClampedArray');
  if (!fits) throw expected(`a ${Constructor.name} (the array is ${info.name})`, 'target', target);
  const { buffer } = target as TypedArray;
  // Shrinking would unmap pages while native threads write to them. Shared memory can only grow.
  if (isArrayBuffer(buffer) && 'resizable' in buffer && buffer.resizable === true) {
    throw expected('memory that cannot be resized', 'target', buffer);
  }
  const length = (elements * info.size) / Constructor.BYTES_PER_ELEMENT;
  if ((target as TypedArray).length !== length) {
    throw new RangeError(
      `Expected a \`target\` of length ${length}, received one of length ${(target as TypedArray).length}`,
    );
  }
}

/**
 * Checks that the buffer of the target was not transferred, before and after the elements are read.
 * @throws {TypeError} if it was: the caller's view is then empty.
 */
export function checkNotTransferred(target: TypedArray, info: DTypeInfo, elements: number): void {
  if (target.byteLength !== elements * info.size) {
    throw new TypeError('The buffer of `target` was transferred while it was being read into');
  }
}

/** Returns a view over the same memory whose type Node-API knows. Node-API has no type code for Float16Array. */
export function toNativeView(target: TypedArray): ArrayBufferView {
  if ((typedArrayName(target) as string) !== 'Float16Array') return target;
  return new Uint16Array(target.buffer, target.byteOffset, target.byteLength / 2);
}
