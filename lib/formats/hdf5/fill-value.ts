/**
 * The fill value of a dataset, from the message's bytes.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { readElement } from '../../core/element.js';
import type { FillValue } from '../../core/fill.js';
import type { ElementType } from './element-type.js';
import type { FillMessage } from './messages/fill.js';

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
  return readElement(new DataView(bytes.buffer, bytes.byteOffset, size), 0, type.dtype, type.byteOrder);
}
