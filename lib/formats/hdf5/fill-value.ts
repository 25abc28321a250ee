/**
 * The fill value of a dataset, from the message's bytes.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import type { FillValue } from '../../core/fill.js';
import type { ElementType } from './element-type.js';
import type { FillMessage } from './messages/fill.js';
import { float16 } from './values.js';

/** What absent elements read as: one value, or `mixed` where the parts of an element (an array, a string) differ. */
export type DatasetFill = FillValue | 'mixed';

/**
 * The fill value of elements of `type`; null (zeros) where the file has none, or says that it is never written.
 * @param message null when the dataset has no fill value message.
 */
export function datasetFill(message: FillMessage | null, type: ElementType): DatasetFill {
  const bytes = message?.value ?? null;
  if (bytes === null || message === null || message.time === 'never') return null;
  const { size } = dtypeInfo(type.dtype);
  const parts = type.innerShape.reduce((count, extent) => count * extent, 1);
  if (bytes.length !== parts * size) return null;
  for (let i = size; i < bytes.length; i++) if (bytes[i] !== bytes[i - size]) return 'mixed';
  return scalar(new DataView(bytes.buffer, bytes.byteOffset, size), type);
}

function scalar(view: DataView, { dtype, byteOrder }: ElementType): FillValue {
  const little = byteOrder === 'little';
  switch (dtype) {
    case 'bool':
      return view.getUint8(0) !== 0;
    case 'int8':
      return view.getInt8(0);
    case 'uint8':
      return view.getUint8(0);
    case 'int16':
      return view.getInt16(0, little);
    case 'uint16':
      return view.getUint16(0, little);
    case 'int32':
      return view.getInt32(0, little);
    case 'uint32':
      return view.getUint32(0, little);
    case 'int64':
      return view.getBigInt64(0, little);
    case 'uint64':
      return view.getBigUint64(0, little);
    case 'float16':
      return float16(view.getUint16(0, little));
    case 'float32':
      return view.getFloat32(0, little);
    case 'float64':
      return view.getFloat64(0, little);
    case 'complex64':
      return [view.getFloat32(0, little), view.getFloat32(4, little)];
    default:
      return [view.getFloat64(0, little), view.getFloat64(8, little)];
  }
}
