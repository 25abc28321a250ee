/**
 * Parses the data layout message, which tells how and where a dataset's elements are stored.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.i. Version 5 (HDF5 2.0) differs from version 4 only in
 * wider sizes in the indexes, which contain these widths in their headers.
 * @module
 */
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { GlobalHeapId } from '../heaps/global-heap.js';

/** Kind and address of a dataset's chunk index. If `address` is {@link undefinedAddress}, no chunk exists. */
export type IndexInfo =
  | {
      readonly kind: 'btree-v1' | 'implicit' | 'fixed-array' | 'extensible-array' | 'btree-v2';
      readonly address: number;
    }
  | {
      readonly kind: 'single';
      readonly address: number;
      /** Stored size and filter mask of a filtered chunk; null if the dataset has no filters. */
      readonly filtered: { readonly length: number; readonly mask: number } | null;
    };

/** Storage layout of a dataset. */
export type Layout =
  | { readonly kind: 'compact' /** The offset in the file. */; readonly offset: number; readonly length: number }
  | { readonly kind: 'contiguous'; readonly address: number }
  | {
      readonly kind: 'chunked';
      /** Elements per chunk in each dimension. */
      readonly chunkShape: readonly number[];
      readonly elementSize: number;
      readonly index: IndexInfo;
      /** `plain` if chunks that cross the dataset's edge are stored without filters. */
      readonly partialChunks: 'filtered' | 'plain';
    }
  | {
      readonly kind: 'virtual' /** Location of the mappings; null if there are none. */;
      readonly mappings: GlobalHeapId | null;
    };

const maxChunkRank = 33;

/** Parses the layout in a message body. */
export function parseLayout(cursor: Hdf5Cursor): Layout {
  const version = cursor.version(1, 5);
  if (version < 3) return oldLayout(cursor);
  const kind = cursor.u8();
  switch (kind) {
    case 0: {
      const length = cursor.u16();
      return compact(cursor, length);
    }
    case 1:
      return { kind: 'contiguous', address: cursor.address() };
    case 2:
      return version === 3 ? chunked3(cursor) : chunked4(cursor);
    case 3:
      return virtual(cursor);
    default:
      throw cursor.error(`expected a layout class of 0 to 3, found ${kind}`, 1);
  }
}

function virtual(cursor: Hdf5Cursor): Layout {
  const collection = cursor.address();
  const index = cursor.u32();
  return { kind: 'virtual', mappings: collection === undefinedAddress ? null : { collection, index } };
}

function compact(cursor: Hdf5Cursor, length: number): Layout {
  const offset = cursor.offset;
  cursor.skip(length);
  return { kind: 'compact', offset, length };
}

function oldLayout(cursor: Hdf5Cursor): Layout {
  const rank = chunkRank(cursor);
  const kind = cursor.u8();
  cursor.skip(5);
  if (kind > 2) throw cursor.error(`expected a layout class of 0 to 2, found ${kind}`, 2);
  const address = kind === 0 ? undefinedAddress : cursor.address();
  const dimensions = Array.from({ length: rank }, () => cursor.u32());
  if (kind === 0) return compact(cursor, cursor.u32());
  if (kind === 1) return { kind: 'contiguous', address };
  return chunked(cursor, dimensions, { kind: 'btree-v1', address }, 'filtered');
}

function chunkRank(cursor: Hdf5Cursor): number {
  const rank = cursor.u8();
  if (rank < 1 || rank > maxChunkRank) {
    throw cursor.error(`expected 1 to ${maxChunkRank} layout dimensions, found ${rank}`, cursor.position - 1);
  }
  return rank;
}

function chunked(
  cursor: Hdf5Cursor,
  dimensions: readonly number[],
  index: IndexInfo,
  partialChunks: 'filtered' | 'plain',
): Layout {
  if (dimensions.length < 2 || dimensions.includes(0)) {
    throw cursor.error(`expected chunk dimensions above 0 and an element size, found [${dimensions.join(', ')}]`);
  }
  const elementSize = dimensions[dimensions.length - 1] ?? 0;
  return { kind: 'chunked', chunkShape: dimensions.slice(0, -1), elementSize, index, partialChunks };
}

function chunked3(cursor: Hdf5Cursor): Layout {
  const rank = chunkRank(cursor);
  const address = cursor.address();
  const dimensions = Array.from({ length: rank }, () => cursor.u32());
  return chunked(cursor, dimensions, { kind: 'btree-v1', address }, 'filtered');
}

function chunked4(cursor: Hdf5Cursor): Layout {
  const flags = cursor.u8();
  const rank = chunkRank(cursor);
  const width = cursor.u8();
  if (width < 1 || width > 8) throw cursor.error(`expected 1 to 8 bytes per dimension, found ${width}`, 4);
  const dimensions = Array.from({ length: rank }, () => cursor.uint(width));
  const index = indexInfo(cursor, flags);
  return chunked(cursor, dimensions, index, (flags & 1) === 0 ? 'filtered' : 'plain');
}

function indexInfo(cursor: Hdf5Cursor, flags: number): IndexInfo {
  const code = cursor.u8();
  switch (code) {
    case 1: {
      const filtered = (flags & 2) === 0 ? null : { length: cursor.length(), mask: cursor.u32() };
      return { kind: 'single', filtered, address: cursor.address() };
    }
    case 2:
      return { kind: 'implicit', address: cursor.address() };
    case 3:
      cursor.skip(1); // Skips the creation parameters of the index, which are also in its header.
      return { kind: 'fixed-array', address: cursor.address() };
    case 4:
      cursor.skip(5);
      return { kind: 'extensible-array', address: cursor.address() };
    case 5:
      cursor.skip(6);
      return { kind: 'btree-v2', address: cursor.address() };
    default:
      throw cursor.error(`expected a chunk index of 1 to 5, found ${code}`, cursor.position - 1);
  }
}
