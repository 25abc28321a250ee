/**
 * Properties of an array that commands show.
 * @module
 */
import { type ArrayDescription, type DType, openArray } from '../index.js';

/** Properties of an array as plain data. */
export interface ArrayFacts extends ArrayDescription {
  /** Shape of one shard, which is a file of several chunks; null if the chunks are not in shards. */
  readonly shardShape: readonly number[] | null;
  /** Number of chunks of the array. */
  readonly chunks: number;
  /** Names of the codecs in the terms of the format, in the order in which a writer applied them. */
  readonly codecs: readonly string[];
  /** Attributes without those that Zarr uses internally ({@link visibleAttributes}). */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Size of all elements in bytes; null if elements differ in length. */
  readonly bytes: number | null;
}

/** Returns the size of one element in bytes. */
export function elementBytes(dtype: DType): number {
  if (dtype === 'bool') return 1;
  return Number(/^[a-z]+(\d+)$/.exec(dtype)?.[1] ?? 8) / 8;
}

/** Names of codecs by format, if the format and this library name a codec differently. */
const codecNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  hdf5: { zlib: 'deflate', nbit: 'n-bit', scaleOffset: 'scale-offset', lz4Hdf5: 'lz4', bitshuffleHdf5: 'bitshuffle' },
  zarr: { lz4Numcodecs: 'lz4', lz4Block: 'lz4', bzip2: 'bz2' },
  n5: { lz4Java: 'lz4', lzma: 'xz' },
};

/** Formats whose files are HDF5 files. */
const onHdf5: ReadonlySet<string> = new Set(['hdf5', 'netcdf4', 'matlab']);

const namesOf = (format: string) => codecNames[onHdf5.has(format) ? 'hdf5' : format] ?? {};

/** Names of attributes in which Zarr files store metadata that HDF5 and NetCDF keep outside of attributes. */
const zarrInternals = /^(_ARRAY_DIMENSIONS|_nczarr_\w+|_NCZARR_\w+|_NCProperties)$/;

interface ZarrSummary {
  readonly shardShapes: readonly (readonly number[])[];
}

/** True if `value` is the summary of Zarr metadata that the library adds, and not an attribute of the file. */
function isZarrSummary(value: unknown): value is ZarrSummary {
  if (typeof value !== 'object' || value === null) return false;
  const { shardShapes, chunkKeys } = value as Partial<Record<string, unknown>>;
  const isShape = (shape: unknown) => Array.isArray(shape) && shape.every((size) => typeof size === 'number');
  return chunkKeys !== undefined && Array.isArray(shardShapes) && shardShapes.every(isShape);
}

/**
 * Returns the attributes to show. For Zarr, leaves out those that hold NetCDF or xarray metadata (`zarrInternals`), and
 * the summary `zarr` that this library adds.
 */
export function visibleAttributes(
  format: string,
  attributes: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (format !== 'zarr') return attributes;
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, value]) => !zarrInternals.test(name) && !(name === 'zarr' && isZarrSummary(value)),
    ),
  );
}

/** Returns the properties of an array to show. */
export function arrayFacts(array: ArrayDescription): ArrayFacts {
  const { format, shape, chunkShape, elementBytes, codecs, attributes } = array;
  const zarr = format === 'zarr' ? attributes['zarr'] : undefined;
  const names = namesOf(format);
  const elements = shape.reduce((product, size) => product * size, 1);
  return {
    ...array,
    shardShape: (isZarrSummary(zarr) ? zarr.shardShapes[0]?.slice(0, shape.length) : undefined) ?? null,
    chunks: shape.reduce((n, size, d) => n * Math.ceil(size / Math.max(1, chunkShape[d] ?? size)), 1),
    codecs: codecs.map((codec) => names[codec] ?? codec),
    attributes: visibleAttributes(format, attributes),
    bytes: elementBytes === null ? null : elements * elementBytes,
  };
}

/** Maximum number of chunks of an array whose stored size is computed, which takes time per chunk. */
const maxSummedChunks = 10_000;

/**
 * Returns the number of bytes that the chunks of an encoded array have in storage. Returns null if that is not known
 * without a system call per chunk, if there are too many chunks, or if the array is empty, not encoded or not numeric.
 * @param options options with which the array can be opened.
 */
export async function storedBytes(
  path: string,
  options: Readonly<Record<string, unknown>>,
  facts: ArrayFacts,
  signal: AbortSignal,
): Promise<number | null> {
  const { format, codecs, chunks, shardShape, bytes, elements, streamBytes } = facts;
  if (streamBytes !== null) return streamBytes;
  const hasSizes = onHdf5.has(format) || shardShape !== null;
  if (elements !== 'numbers' || !hasSizes || codecs.length === 0 || chunks > maxSummedChunks || bytes === 0)
    return null;
  await using array = await openArray(path, options);
  // With a gap of 0, no bytes between chunks are read, so the bytes to read are the stored bytes of the chunks.
  return (await array.explainAsync('', { signal, coalesce: { gapBytes: 0 } })).bytesToRead;
}
