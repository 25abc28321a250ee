/**
 * The result of a read, and the memory that it is read into.
 * @module
 */
import { isArrayBuffer, typedArrayName } from '../core/brands.js';
import { type DataFor, type DType, type DTypeInfo, type TypedArray, viewConstructor, viewOver } from '../core/dtype.js';
import { expected } from '../core/validate.js';
import type { ReadStats } from '../exec/stats.js';

/**
 * What a read returns.
 * @typeParam D the element type. @typeParam A the array that holds the elements: a new one, or the target of `readInto`.
 */
export interface ReadResult<D extends DType = DType, A extends TypedArray = DataFor<D>> {
  /** The elements in C order. */
  readonly data: A;
  /** With `mask: true`: 1 where an element is missing, else 0; in the order of `data`. */
  readonly mask: DataFor<'bool'> | null;
  /** Counts of the selected dimensions; those selected by an integer are gone. */
  readonly shape: readonly number[];
  /** Distance of neighbours along each dimension, in elements. */
  readonly strides: readonly number[];
  /** The type of the elements of `data`: the array's, unless the options of the read say otherwise. */
  readonly dtype: D;
  /** What the read cost. */
  readonly stats: ReadStats;
}

/** C-order strides of `shape`, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d] ?? 0;
  }
  return strides;
}

/** Up to this size memory comes from the heap of the C library and would be cleared by hand; above, the kernel gives cleared pages. */
const clearedByHandBytes = 32 << 20;

/** Memory that holds anything, or null where the runtime does not give its own buffer for it. */
function uncleared(bytes: number): ArrayBuffer | null {
  const memory = Buffer.allocUnsafeSlow(bytes);
  const { buffer } = memory;
  return memory.byteOffset === 0 && buffer.byteLength === bytes && isArrayBuffer(buffer) ? buffer : null;
}

/**
 * New memory for `elements` elements; every one of them has to be written before a caller sees it.
 * @throws {RangeError} when this runtime can't hold so many in one typed array.
 */
export function allocate(info: DTypeInfo, elements: number): TypedArray {
  const Constructor = viewConstructor(info);
  const entries = (elements * info.size) / Constructor.BYTES_PER_ELEMENT;
  const bytes = elements * info.size;
  try {
    const buffer = bytes > 0 && bytes <= clearedByHandBytes ? uncleared(bytes) : null;
    return buffer === null ? new Constructor(entries) : viewOver(info, buffer, elements);
  } catch (cause) {
    throw new RangeError(
      `The result has ${elements} elements of ${info.name} (${elements * info.size} bytes): more than this runtime holds in one typed array. Read it in parts`,
      { cause },
    );
  }
}

/**
 * Checks the caller's memory for a result of `elements` elements.
 * @throws {TypeError} when it is no typed array of the right type. @throws {RangeError} when its length is wrong.
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
  // Shrinking takes pages away under the threads that write to them; memory that is shared only grows.
  if (isArrayBuffer(buffer) && 'resizable' in buffer && buffer.resizable === true) {
    throw expected('memory that can not be resized', 'target', buffer);
  }
  const length = (elements * info.size) / Constructor.BYTES_PER_ELEMENT;
  if ((target as TypedArray).length !== length) {
    throw new RangeError(
      `Expected a \`target\` of length ${length}, received one of length ${(target as TypedArray).length}`,
    );
  }
}

/**
 * Checks after a read that its target still is where it was written to.
 * @throws {TypeError} when its buffer was transferred meanwhile: the caller's view holds nothing then.
 */
export function checkNotTransferred(target: TypedArray, info: DTypeInfo, elements: number): void {
  if (target.byteLength !== elements * info.size) {
    throw new TypeError('The buffer of `target` was transferred while it was being read into');
  }
}

/** The view that Node-API understands over the same memory: it has no code for Float16Array. */
export function nativeView(target: TypedArray): ArrayBufferView {
  if ((typedArrayName(target) as string) !== 'Float16Array') return target;
  return new Uint16Array(target.buffer, target.byteOffset, target.byteLength / 2);
}
