/**
 * Decodes the fill value of a dataset from the bytes of its message.
 * @module
 */
import { type ByteOrder, dtypeInfo } from '../../core/dtype.js';
import { readElement } from '../../core/element.js';
import type { FillValue } from '../../core/fill.js';
import type { ElementType } from './element-type.js';
import type { FillMessage } from './messages/fill.js';

/**
 * Value of unwritten elements, or `mixed` if the parts of an element (of an array or a string) have different values.
 */
export type DatasetFill = FillValue | 'mixed';

/**
 * Returns the value of elements in absent chunks. Null (zeros) if the file defines no fill value, or if its size is
 * wrong or its fill time is `never`.
 * @param message null if the dataset has no fill value message.
 */
export function datasetFill(message: FillMessage | null, type: ElementType): DatasetFill {
  return message === null || message.time === 'never' ? null : definedFill(message, type);
}

/**
 * Returns the fill value that the file defines for elements of `type`, even if its fill time is `never`. Null if it
 * defines none or its size is wrong; `mixed` if the parts of an element differ.
 */
export function definedFill(message: FillMessage | null, type: ElementType): DatasetFill {
  const bytes = message?.value ?? null;
  if (bytes === null) return null;
  const size = type.small?.storedBytes ?? dtypeInfo(type.dtype).size;
  const parts = type.innerShape.reduce((count, extent) => count * extent, 1);
  if (bytes.length !== parts * size) return null;
  for (let i = size; i < bytes.length; i++) if (bytes[i] !== bytes[i - size]) return 'mixed';
  if (type.small !== undefined) return type.small.valueOf(bitsOf(bytes.subarray(0, size), type.byteOrder));
  return readElement(new DataView(bytes.buffer, bytes.byteOffset, size), 0, type.dtype, type.byteOrder);
}

/** Returns the bits of a stored number. */
function bitsOf(bytes: Uint8Array, byteOrder: ByteOrder): bigint {
  const highestFirst = byteOrder === 'big' ? bytes : bytes.toReversed();
  return highestFirst.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
