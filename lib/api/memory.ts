/**
 * Memory for results that callers keep.
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

/** The alignment that copies like best: a cache line. */
const lineBytes = 64;
/** What direct reads ask of memory, whatever the storage; for results that are worth it. */
const pageBytes = 4096;

/** How {@link allocate} allocates. */
export interface AllocateOptions {
  /** Over a SharedArrayBuffer, so that workers may see it. Default false. */
  readonly shared?: boolean;
}

/**
 * Memory for `readInto` that is worth keeping: it begins at a page (less than a page: at a cache line) and lies on huge pages where
 * the system has them. So a whole read into it is about a tenth faster than into `new Float32Array(n)`, whose memory begins 16 bytes
 * after a page (docs/adr/0002-memory-of-results.md), and direct reads of data that begins at a block go straight into it, unless
 * the disk is virtual (docs/adr/0003-engines.md). It is zero, and its `byteOffset` need not be 0.
 * @param dtype the type of the elements, such as `float32`.
 * @param length number of elements.
 * @throws {TypeError} an unknown type or a length that is no count. @throws {RangeError} more than this runtime holds in one array.
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
