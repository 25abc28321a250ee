/**
 * Creates raw files and their sidecars.
 * @module
 */
import { toJsonValue } from '../../core/json-value.js';
import type { NewArray, NewFile } from '../new-array.js';
import { checkedNewBytes } from '../new-array-checks.js';

/** Options of a new file. */
const optionKeys = ['order', 'byteOrder', 'attributes', 'dimensionNames'];

/** Returns the file size and the sidecar of a new array. @throws {TypeError} naming an option that is invalid. */
export function createRaw({ shape, dtype, options }: NewArray): NewFile {
  options.onlyKnown(optionKeys, 'a new array of the format raw');
  const byteOrder = options.byteOrder('byteOrder', 'little');
  const order = options.oneOf('order', ['C', 'F'], 'C');
  const dimensionNames = options.dimensionNames('dimensionNames', shape.length);
  const attributes = options.record('attributes');
  const content = {
    dtype,
    shape,
    order,
    byteOrder,
    ...(dimensionNames === null ? {} : { dimensionNames }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes: toJsonValue(attributes) }),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
  return {
    kind: 'file',
    header: new Uint8Array(0),
    bytes: checkedNewBytes(shape, dtype),
    sidecar: { suffix: '.json', bytes },
    openOptions: { dtype, shape, order, byteOrder },
  };
}
