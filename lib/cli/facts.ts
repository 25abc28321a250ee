/**
 * What is said of an array.
 * @module
 */
import type { ArrayHandle, DType, FillValue } from '../index.js';

/** An array as plain data. */
export interface ArrayFacts {
  readonly format: string;
  readonly path: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  /** Chunks of the whole array. */
  readonly chunks: number;
  /** In the order in which they were applied when writing. */
  readonly codecs: readonly string[];
  readonly fillValue: FillValue;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly domain: ArrayHandle['domain'];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Bytes of all elements. */
  readonly bytes: number;
}

/** Bytes of one element. */
export function elementBytes(dtype: DType): number {
  if (dtype === 'bool') return 1;
  return Number(/^[a-z]+(\d+)$/.exec(dtype)?.[1] ?? 8) / 8;
}

/** The facts of an open array. Formats with a chunk index may read the part that says how its first chunk is encoded. */
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
