/**
 * Allocates memory that is suitable for results.
 * @module
 */
import {
  type DataFor,
  type DType,
  dtypeInfo,
  isDType,
  type TypedArray,
  type ViewFor,
  viewConstructor,
} from '../core/dtype.js';
import { expected } from '../core/validate.js';
import { binding } from '../native/binding.js';

/** Alignment of small allocations: a cache line, which makes copies fast. */
const lineBytes = 64;
/** Alignment of larger allocations: a page, which is enough for direct I/O on any storage. */
const pageBytes = 4096;

/** Options of {@link allocate}. */
export interface AllocateOptions {
  /** True to allocate a SharedArrayBuffer, which workers can access. Default false. */
  readonly shared?: boolean;
}

/**
 * Allocates zeroed memory for `readInto`, to be reused for several reads. It is aligned to a page (below one page: to a
 * cache line) and uses huge pages if the system has them.
 *
 * Reading a whole array into it is about a tenth faster than into `new Float32Array(n)`, whose memory begins 16 bytes
 * after a page (docs/adr/0002-memory-of-results.md). Direct reads of block-aligned data go into it without an extra
 * copy, except on virtual disks (docs/adr/0003-engines.md). The `byteOffset` of the array may be greater than 0.
 * @param dtype element type, such as `float32`.
 * @param length number of elements.
 * @throws {TypeError} if the type is unknown or the length is not a count.
 * @throws {RangeError} if the runtime cannot hold so large an array.
 * @example
 * const target = allocate('float32', arr.size);
 * for (const selection of selections) await arr.readInto(target, selection);
 */
export function allocate<D extends DType>(
  dtype: D,
  length: number,
  options?: AllocateOptions & { readonly shared?: false },
): DataFor<D>;
export function allocate<D extends DType>(dtype: D, length: number, options: AllocateOptions): ViewFor<D>;
export function allocate(dtype: DType, length: number, options?: AllocateOptions): TypedArray {
  if (!isDType(dtype)) throw expected('an element type', 'dtype', dtype);
  if (!Number.isSafeInteger(length) || length < 0) throw expected('an integer of 0 or more', 'length', length);
  const info = dtypeInfo(dtype);
  const Constructor = viewConstructor(info);
  const bytes = length * info.size;
  const align = bytes < pageBytes ? lineBytes : pageBytes;
  const buffer = options?.shared === true ? new SharedArrayBuffer(bytes + align) : new ArrayBuffer(bytes + align);
  const past = binding().advise_memory(new Uint8Array(buffer)) % align;
  return new Constructor(buffer, (align - past) % align, bytes / Constructor.BYTES_PER_ELEMENT);
}
