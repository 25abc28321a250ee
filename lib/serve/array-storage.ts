/**
 * Describes the chunks of an array and their filters or codecs.
 * @module
 */
import { codecLabel } from '../codecs/codec.js';
import type { ArrayDescriptor } from '../formats/descriptor.js';
import { outerRank } from './listed-elements.js';

/** Names of the filters that belong to the HDF5 library, for files that do not name them. */
const filterNames: readonly string[] = ['', 'deflate', 'shuffle', 'fletcher32', 'szip', 'nbit', 'scaleoffset'];

/** A filter or codec. */
export interface Filter {
  /** Number of a filter of HDF5; null for a codec of another format. */
  readonly id: number | null;
  readonly name: string;
}

/** Chunks of an array. */
export interface ArrayStorage {
  /** Shape of a chunk, without the dimensions inside an element; null if the array is stored in one piece. */
  readonly chunks: readonly number[] | null;
  /** Filters or codecs in the order in which they were applied. */
  readonly filters: readonly Filter[];
}

/** Describes the chunks of an array. */
export function describeFilters(array: ArrayDescriptor): ArrayStorage {
  const { hdf5, fixedLayers, chunkShape, shape } = array;
  const chunks = chunkShape.slice(0, outerRank(array));
  if (hdf5 !== undefined) {
    const filters = hdf5.filters.map(({ id, name }) => ({ id, name: name || (filterNames[id] ?? '') }));
    return { chunks: hdf5.isChunked ? chunks : null, filters };
  }
  const codecs = fixedLayers?.[0]?.layout.codecs ?? [];
  const isChunked = codecs.length > 0 || chunkShape.some((size, d) => size !== Math.max(1, shape[d] ?? 1));
  return { chunks: isChunked ? chunks : null, filters: codecs.map((spec) => ({ id: null, name: codecLabel(spec) })) };
}
