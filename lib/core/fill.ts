/**
 * Encodes fill values, which are the values of elements in absent chunks.
 * @module
 */
import { type DType, dtypeInfo } from './dtype.js';
import { float16Bits } from './float16.js';

/**
 * A fill value: a number, a bigint for 64-bit integers, a [re, im] pair for complex types, a boolean, or null. Null
 * means that the array has no fill value; elements in absent chunks are then 0.
 */
export type FillValue = number | bigint | boolean | readonly [number, number] | null;

/**
 * Encodes `fill` for the native side as a stored element of type `dtype`: little-endian, in 16 bytes, padded with
 * zeros. The native side converts it like elements of chunks. Integer types store the low bits of the value.
 * @throws {TypeError} if the value is a pair and the type is real.
 * @throws {RangeError} if the value is not an integer and the type has integers of 64 bits.
 */
export function fillBytes(fill: FillValue, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(16);
  if (fill === null) return bytes;
  const view = new DataView(bytes.buffer);
  const { kind } = dtypeInfo(dtype);
  const little = true;
  if (kind === 'c') {
    const [re, im] = typeof fill === 'object' ? fill : [Number(fill), 0];
    if (dtype === 'complex64') {
      view.setFloat32(0, re, little);
      view.setFloat32(4, im, little);
    } else {
      view.setFloat64(0, re, little);
      view.setFloat64(8, im, little);
    }
    return bytes;
  }
  if (typeof fill === 'object') throw new TypeError(`Expected a real fill value for ${dtype}, received a pair`);
  switch (dtype) {
    case 'int64':
      view.setBigInt64(0, BigInt(fill), little);
      break;
    case 'uint64':
      view.setBigUint64(0, BigInt(fill), little);
      break;
    case 'float16':
      view.setUint16(0, float16Bits(Number(fill)), little);
      break;
    case 'float32':
      view.setFloat32(0, Number(fill), little);
      break;
    case 'float64':
      view.setFloat64(0, Number(fill), little);
      break;
    case 'bool':
      bytes[0] = Number(fill) === 0 ? 0 : 1;
      break;
    case 'int8':
    case 'uint8':
      bytes[0] = Number(fill) & 0xff;
      break;
    case 'int16':
    case 'uint16':
      view.setUint16(0, Number(fill) & 0xffff, little);
      break;
    default:
      view.setUint32(0, Number(fill) >>> 0, little);
  }
  return bytes;
}

const noFill: readonly number[] = [0, 0, 0, 0];

/**
 * Returns the bytes of {@link fillBytes} as 32-bit words.
 * @throws as {@link fillBytes}.
 */
export function fillWords(fill: FillValue, dtype: DType): ArrayLike<number> {
  return fill === null ? noFill : new Uint32Array(fillBytes(fill, dtype).buffer);
}
