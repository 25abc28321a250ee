/**
 * Writes the header of `.npy` files.
 * Source: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { product } from '../../core/numbers.js';
import type { NewArray, NewFile } from '../new-array.js';
import { checkedNewBytes } from '../new-array-checks.js';

/** Options of a new file. */
const optionKeys = ['order', 'byteOrder'];

/** The data begins at a multiple of this many bytes, so that it can be mapped. */
const headerAlignment = 64;
/**
 * Alignment of the data of a large array. Direct I/O then needs no copy from or to memory that is aligned to pages, and
 * no separate call for the first bytes.
 */
const pageAlignment = 4096;
/** Minimum size of the data for `pageAlignment`: smaller arrays are not written with direct I/O by default. */
const minPageAlignedBytes = 8 * 2 ** 20;
/**
 * Number of characters that a header reserves for the length of the slowest dimension, along which an array may grow.
 */
const maxLengthDigits = 21;
/** Maximum number of bytes in version 1.0 after the length field: the dict and its padding. */
const maxVersion1 = 65535;

/** Returns the dtype string of NumPy, such as `<f4`. */
export function numpyDtype(dtype: DType, byteOrder: ByteOrder): string {
  const { kind, size } = dtypeInfo(dtype);
  const order = size === 1 ? '|' : byteOrder === 'little' ? '<' : '>';
  return `${order}${kind}${size}`;
}

/** Returns the header of an array, padded so that the data is aligned. */
export function npyHeader(dtype: DType, byteOrder: ByteOrder, order: 'C' | 'F', shape: readonly number[]): Uint8Array {
  // Leaves room for a longer slowest dimension, as NumPy does.
  const slowest = shape.at(order === 'F' ? -1 : 0);
  const room = slowest === undefined ? '' : ' '.repeat(maxLengthDigits - String(slowest).length);
  const fortran = order === 'F' ? 'True' : 'False';
  const dict = `{'descr': '${numpyDtype(dtype, byteOrder)}', 'fortran_order': ${fortran}, 'shape': ${tupleOf(shape)}, }${room}`;
  // 6 bytes of magic, 2 of the version, then the length in 2 or 4 bytes. The header ends with a line feed.
  const isVersion1 = dict.length + 1 + pageAlignment <= maxVersion1;
  const prefix = isVersion1 ? 10 : 12;
  const dataBytes = product(shape, dtypeInfo(dtype).size);
  const alignment = dataBytes >= minPageAlignedBytes && isVersion1 ? pageAlignment : headerAlignment;
  const total = Math.ceil((prefix + dict.length + 1) / alignment) * alignment;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, isVersion1 ? 1 : 2, 0]);
  const view = new DataView(bytes.buffer);
  if (isVersion1) view.setUint16(8, total - prefix, true);
  else view.setUint32(8, total - prefix, true);
  bytes.set(new TextEncoder().encode(dict), prefix);
  bytes[total - 1] = 0x0a;
  return bytes;
}

/** Matches the key and the tuple of the shape in a header. */
const shapePattern = /(['"]shape['"] *: *)\([^()]*\)/;

/**
 * Returns a header with another shape. It has the same length, because the data follows it.
 * @throws {UnsupportedError} if the header has no room for a longer shape.
 */
export function withShape(header: Uint8Array, shape: readonly number[], path: string): Uint8Array {
  const text = Array.from(header, (byte) => String.fromCharCode(byte)).join('');
  const padding = header.length - text.trimEnd().length;
  const changed = text.trimEnd().replace(shapePattern, (_, key: string) => key + tupleOf(shape));
  if (changed.length + 1 > header.length || padding === 0) {
    const hint = 'Convert it into a new file first';
    throw new UnsupportedError('an npy file that grows but whose header has no room for the new shape', path, hint);
  }
  const bytes = new Uint8Array(header.length).fill(0x20);
  for (let i = 0; i < changed.length; i++) bytes[i] = changed.charCodeAt(i);
  bytes[header.length - 1] = 0x0a;
  return bytes;
}

function tupleOf(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** Returns the header and the size of the file of a new array. @throws {TypeError} naming an option that is invalid. */
export function createNpy({ shape, dtype, options }: NewArray): NewFile {
  options.onlyKnown(optionKeys, 'a new array of the format npy');
  const byteOrder = options.byteOrder('byteOrder', 'little');
  const header = npyHeader(dtype, byteOrder, options.oneOf('order', ['C', 'F'], 'C'), shape);
  const bytes = header.length + checkedNewBytes(shape, dtype);
  return { kind: 'file', header, bytes, sidecar: null, openOptions: {} };
}
