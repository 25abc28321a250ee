/**
 * Reads single elements that are stored in metadata, such as fill values.
 * @module
 */
import type { ByteOrder, DType } from './dtype.js';
import type { FillValue } from './fill.js';
import { float16OfBits } from './float16.js';

/** Returns the element of type `dtype` at byte `at`. A bool is true if its byte is not 0. */
export function readElement(view: DataView, at: number, dtype: DType, byteOrder: ByteOrder): NonNullable<FillValue> {
  const little = byteOrder === 'little';
  switch (dtype) {
    case 'bool':
      return view.getUint8(at) !== 0;
    case 'int8':
      return view.getInt8(at);
    case 'uint8':
      return view.getUint8(at);
    case 'int16':
      return view.getInt16(at, little);
    case 'uint16':
      return view.getUint16(at, little);
    case 'int32':
      return view.getInt32(at, little);
    case 'uint32':
      return view.getUint32(at, little);
    case 'int64':
      return view.getBigInt64(at, little);
    case 'uint64':
      return view.getBigUint64(at, little);
    case 'float16':
      return float16OfBits(view.getUint16(at, little));
    case 'float32':
      return view.getFloat32(at, little);
    case 'float64':
      return view.getFloat64(at, little);
    case 'complex64':
      return [view.getFloat32(at, little), view.getFloat32(at + 4, little)];
    case 'complex128':
      return [view.getFloat64(at, little), view.getFloat64(at + 8, little)];
  }
}
