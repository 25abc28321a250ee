/**
 * Creates the descriptors of arrays that are contiguous in one file, for several formats. Checks that the array fits
 * into the file. Such an array is one uncompressed chunk, of which any byte range can be read.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../core/dtype.js';
import { ChoiceError, FormatError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import { maxRank } from '../core/limits.js';
import { ready } from '../io/io.js';
import { columnMajor, rowMajor } from '../plan/layout.js';
import { onePlace } from '../plan/locations.js';
import type { ArrayDescriptor, FixedText, Layer, RecordElements, Scaling } from './descriptor.js';
import { wholeLayer } from './whole-layer.js';

/** Storage order of an array: `C` if the last index varies fastest in the file, `F` if the first one does. */
export type StorageOrder = 'C' | 'F';

/** Returns the axis order of a storage order. */
export function axisOrderOf(order: StorageOrder, rank: number): readonly number[] {
  return order === 'C' ? rowMajor(rank) : columnMajor(rank);
}

/**
 * Returns the size in bytes of an array of `shape` and `dtype`.
 * @throws {FormatError} if there are too many dimensions, a size is not an integer of 0 or more, or the array has 2^53
 *   bytes or more.
 */
export function checkedByteSize(
  shape: readonly number[],
  dtype: DType,
  where: { readonly path: string; readonly offset?: number },
): number {
  if (shape.length > maxRank) {
    throw new FormatError(`Expected at most ${maxRank} dimensions, found ${shape.length}`, where);
  }
  // Leaves zeros out of the product, so that the check also finds overflows in the strides of an empty array.
  let size = dtypeInfo(dtype).size;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new FormatError(`Expected a size of 0 or more, found ${extent}`, where);
    }
    if (extent > 0) size *= extent;
    if (!Number.isSafeInteger(size)) {
      throw new FormatError(`Expected an array of less than 2^53 bytes, found shape [${shape.join(', ')}]`, where);
    }
  }
  return shape.includes(0) ? 0 : size;
}

/** A contiguous array in one file. */
export interface WholeFileArray {
  readonly format: string;
  /** Path that the caller opened. */
  readonly path: string;
  readonly name?: string;
  /** Source of the description. Default `file`: the file itself or its sidecar describes the array. */
  readonly describedBy?: 'file' | 'caller';
  /** Path of the file with the data. Default `path`. */
  readonly dataPath?: string;
  /** Size of the data file in bytes. */
  readonly dataFileSize: number;
  /** Offset of the first element in bytes. */
  readonly offset: number;
  /** Offset at or before which the data must end. Default: end of the file. */
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
  readonly records?: RecordElements;
  readonly text?: FixedText;
  readonly storedAs?: string;
  readonly attributeTypes?: Readonly<Record<string, DType>> | undefined;
  /** Paths of further files on which the description depends. */
  readonly alsoGuarded?: readonly string[];
}

/**
 * Returns the descriptor of a contiguous array.
 * @throws {FormatError} if the data would extend beyond `array.end` or the end of the file, or if a size limit is
 *   exceeded. @throws {ChoiceError} if the data would extend beyond these ends, and the caller described the array.
 */
export function describeWholeFile(array: WholeFileArray): ArrayDescriptor {
  const { shape, dtype, offset, path } = array;
  const dataPath = array.dataPath ?? path;
  const size = checkedByteSize(shape, dtype, { path: dataPath });
  const end = Math.min(array.end ?? array.dataFileSize, array.dataFileSize);
  if (offset + size > end) {
    const found = Math.max(0, end - offset);
    const message = `Expected ${size} bytes for shape [${shape.join(', ')}] of ${dtype}, found ${found}`;
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
    ...(array.records === undefined ? {} : { records: array.records }),
    ...(array.text === undefined ? {} : { text: array.text }),
    ...(array.storedAs === undefined ? {} : { storedAs: array.storedAs }),
    guardedFiles: [dataPath, ...(array.alsoGuarded ?? [])],
    layers: () => ready(() => layers),
    fixedLayers: layers,
  };
}

function wholeFileLayers(array: WholeFileArray, dataPath: string, size: number): readonly Layer[] {
  const { shape, dtype, byteOrder, axisOrder, offset } = array;
  if (size === 0) return [];
  const layout = { dtype, byteOrder, axisOrder, edge: 'full', codecs: [] } as const;
  const locations = onePlace(dataPath, offset, size);
  const index = { locate: () => ready(() => locations), fixed: locations };
  return [wholeLayer(shape, shape, layout, index)];
}
