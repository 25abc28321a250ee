/**
 * Checks that an array that is stored contiguously in one file can grow, which is possible only at the end of the file.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import { checkedByteSize, type StorageOrder } from './whole-file.js';

/**
 * Returns the size of the file after the array has grown to `newShape`.
 * @throws {UnsupportedError} if a dimension other than the slowest one grows, or if the file has bytes after the array.
 */
export function checkedGrowth(
  path: string,
  fileBytes: number,
  array: {
    readonly dtype: DType;
    readonly order: StorageOrder;
    readonly offset: number;
    readonly shape: readonly number[];
  },
  newShape: readonly number[],
): number {
  const { dtype, order, offset, shape } = array;
  const slowest = order === 'C' ? 0 : shape.length - 1;
  const other = newShape.findIndex((length, d) => length !== shape[d] && d !== slowest);
  if (other >= 0) {
    const what = `a file in ${order} order that grows along dimension ${other}`;
    throw new UnsupportedError(what, path, `It can grow along dimension ${slowest}`);
  }
  const end = offset + shape.reduce((bytes, length) => bytes * length, dtypeInfo(dtype).size);
  if (end !== fileBytes) {
    throw new UnsupportedError(`a file that grows but has ${fileBytes - end} bytes after the array`, path);
  }
  return offset + checkedByteSize(newShape, dtype, { path });
}
