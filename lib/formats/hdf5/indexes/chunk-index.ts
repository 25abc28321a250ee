/**
 * Creates the chunk index of a chunked dataset. Hides the differences between the six kinds of index.
 * @module
 */
import type { Io } from '../../../io/io.js';
import type { TableLocations } from '../../../plan/locations.js';
import type { ChunkBox, ChunkIndex, ChunkLocations } from '../../format.js';
import { undefinedAddress } from '../cursor.js';
import type { IndexInfo } from '../messages/layout.js';
import { BoxTable, type ChunkedDataset } from './box-table.js';
import { locateInBTreeV1 } from './btree-v1.js';
import { locateInBTreeV2 } from './btree-v2.js';
import { locateInExtensibleArray } from './extensible-array.js';
import { locateInFixedArray } from './fixed-array.js';
import { KeptLocations } from './kept-locations.js';
import { locateImplicit, locateSingle } from './single.js';

/**
 * Returns the chunk index of `dataset`. A box of chunks to locate may have more dimensions than the dataset: those
 * inside an element ({@link ElementType}), along which there is only one chunk.
 */
export function chunkIndex(dataset: ChunkedDataset, info: IndexInfo): ChunkIndex {
  function* locateInIndex(box: ChunkBox): Io<TableLocations> {
    const table = yield* BoxTable.create(dataset, box);
    if (table.count > 0) yield* walk(table, info);
    return table.locations();
  }
  const kept = isWorthSaving(info) ? new KeptLocations(gridOf(dataset), locateInIndex) : null;
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      if (info.address === undefinedAddress) return { kind: 'absent' };
      const outer = box.slice(0, dataset.shape.length);
      if (kept !== null) {
        const saved = yield* dataset.file.savedIndex();
        const found = saved === null ? null : yield* saved.locate(dataset.address, gridOf(dataset), outer);
        if (found !== null) return found;
      }
      return (kept === null ? null : yield* kept.locate(outer)) ?? (yield* locateInIndex(outer));
    },
  };
}

/** True if finding a chunk requires reading the index, so that a saved copy of the locations saves time. */
export function isWorthSaving({ kind, address }: IndexInfo): boolean {
  return address !== undefinedAddress && kind !== 'single' && kind !== 'implicit';
}

/** Returns the number of chunks per dimension. */
export function gridOf({ shape, chunkShape }: Pick<ChunkedDataset, 'shape' | 'chunkShape'>): number[] {
  return shape.map((extent, d) => Math.ceil(extent / (chunkShape[d] ?? 1)));
}

function* walk(table: BoxTable, info: IndexInfo): Io<void> {
  switch (info.kind) {
    case 'single':
      return locateSingle(table, info.address, info.filtered);
    case 'implicit':
      return yield* locateImplicit(table, info.address);
    case 'btree-v1':
      return yield* locateInBTreeV1(table, info.address);
    case 'fixed-array':
      return yield* locateInFixedArray(table, info.address);
    case 'extensible-array':
      return yield* locateInExtensibleArray(table, info.address);
    case 'btree-v2':
      return yield* locateInBTreeV2(table, info.address);
  }
}
