/**
 * What formats share whose array lies in one piece in one file: the sizes checked, and the description with one chunk
 * that is not encoded, of which any range of bytes can be read.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../core/dtype.js';
import { ChoiceError, FormatError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import { maxRank } from '../core/limits.js';
import { ready } from '../io/io.js';
import { columnMajor, rowMajor } from '../plan/layout.js';
import { onePlace } from '../plan/locations.js';
import type { ArrayDescriptor, Layer, Scaling } from './format.js';

/** Which index varies fastest in the file: the last (C) or the first (F). */
export type StorageOrder = 'C' | 'F';

/** The axis order of `order`. */
export function axisOrderOf(order: StorageOrder, rank: number): readonly number[] {
  return order === 'C' ? rowMajor(rank) : columnMajor(rank);
}

/**
 * The bytes of an array of `shape` and `dtype`.
 * @throws {FormatError} when there are too many dimensions, an extent is no count, or the size is 2^53 or more.
 */
export function checkedByteSize(
  shape: readonly number[],
  dtype: DType,
  where: { readonly path: string; readonly offset?: number },
): number {
  if (shape.length > maxRank) {
    throw new FormatError(`Expected at most ${maxRank} dimensions, found ${shape.length}`, where);
  }
  // Zeros are left out of the product: an empty array must not hide extents that strides cannot be computed with.
  let size = dtypeInfo(dtype).size;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new FormatError(`Expected an extent of 0 or more, found ${extent}`, where);
    }
    if (extent > 0) size *= extent;
    if (!Number.isSafeInteger(size)) {
      throw new FormatError(`Expected an array of less than 2^53 bytes, found shape [${shape.join(', ')}]`, where);
    }
  }
  return shape.includes(0) ? 0 : size;
}

/** An array in one piece. */
export interface WholeFileArray {
  readonly format: string;
  /** The path that was opened. */
  readonly path: string;
  readonly name?: string;
  /** Who says what the array is; the file or one beside it by default. */
  readonly describedBy?: 'file' | 'caller';
  /** The file that holds the data; `path` by default. */
  readonly dataPath?: string;
  /** The size of that file in bytes. */
  readonly dataFileSize: number;
  /** Where the first element is. */
  readonly offset: number;
  /** What else the data must end at or before; the end of the file by default. */
  readonly end?: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  /** Dimensions from slowest to fastest. */
  readonly axisOrder: readonly number[];
  readonly fillValue?: FillValue;
  readonly dimensionNames?: readonly (string | null)[] | null;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly scaling?: Scaling | null;
  readonly attributeTypes?: Readonly<Record<string, DType>> | undefined;
  /** Files besides the data file that the description depends on. */
  readonly alsoGuarded?: readonly string[];
}

/**
 * The description of an array in one piece.
 * @throws {FormatError} when the data would pass the end of the file ({ChoiceError} when the caller says what it is), or its
 * size is beyond the limits.
 */
export function describeWholeFile(array: WholeFileArray): ArrayDescriptor {
  const { shape, dtype, offset, path } = array;
  const dataPath = array.dataPath ?? path;
  const size = checkedByteSize(shape, dtype, { path: dataPath });
  const end = Math.min(array.end ?? array.dataFileSize, array.dataFileSize);
  if (offset + size > end) {
    const message = `Expected ${size} bytes for shape [${shape.join(', ')}] of ${dtype}, found ${Math.max(0, end - offset)}`;
    if (array.describedBy === 'caller') throw new ChoiceError('shape', `${message} from byte ${offset} on`, dataPath);
    throw new FormatError(message, { path: dataPath, offset });
  }
  const layers = wholeFileLayers(array, dataPath, size);
  return {
    format: array.format,
    path,
    name: array.name ?? '',
    shape,
    dtype,
    chunkShape: shape,
    fillValue: array.fillValue ?? null,
    dimensionNames: array.dimensionNames ?? null,
    attributes: array.attributes ?? {},
    scaling: array.scaling ?? null,
    ...(array.attributeTypes === undefined ? {} : { attributeTypes: array.attributeTypes }),
    guardedFiles: [dataPath, ...(array.alsoGuarded ?? [])],
    layers: () => ready(() => layers),
    fixedLayers: layers,
  };
}

function wholeFileLayers(array: WholeFileArray, dataPath: string, size: number): readonly Layer[] {
  const { shape, dtype, byteOrder, axisOrder, offset } = array;
  if (size === 0) return [];
  const origin = shape.map(() => 0);
  const layout = { dtype, byteOrder, axisOrder, edge: 'full', codecs: [] } as const;
  const locations = onePlace(dataPath, offset, size);
  const index = { locate: () => ready(() => locations), fixed: locations };
  return [{ start: origin, stop: shape, origin, chunkShape: shape, gridShape: shape, layout, index }];
}
