/**
 * Properties of an array that commands show.
 * @module
 */
import type { ArrayHandle, DType, FillValue } from '../index.js';

/** Properties of an array as plain data. */
export interface ArrayFacts {
  readonly format: string;
  readonly path: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  /** Number of chunks of the whole array. */
  readonly chunks: number;
  /** Codecs in the order in which they encoded the chunks. */
  readonly codecs: readonly string[];
  readonly fillValue: FillValue;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly domain: ArrayHandle['domain'];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Size of all elements in bytes. */
  readonly bytes: number;
}

/** Returns the size of one element in bytes. */
export function elementBytes(dtype: DType): number {
  if (dtype === 'bool') return 1;
  return Number(/^[a-z]+(\d+)$/.exec(dtype)?.[1] ?? 8) / 8;
}

/** Returns the properties of an open array. Formats with a chunk index may read the index entry of the first chunk. */
export function arrayFacts(array: ArrayHandle): ArrayFacts {
  const { format, path, name, shape, dtype, chunkShape, fillValue, dimensionNames, domain, attributes } = array;
  const isEmpty = array.size === 0;
  const chunks = shape.reduce((n, extent, d) => n * Math.ceil(extent / Math.max(1, chunkShape[d] ?? extent)), 1);
  return {
    format,
    path,
    name,
    shape,
    dtype,
    chunkShape,
    chunks,
    codecs: isEmpty ? [] : array.explain(shape.map(() => 0)).codecs,
    fillValue,
    dimensionNames,
    domain,
    attributes,
    bytes: array.size * elementBytes(dtype),
  };
}
