/**
 * Creates the chunk index of a chunked dataset. Hides the differences between the six kinds of index.
 * @module
 */
import type { Io } from '../../../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLocations } from '../../format.js';
import { undefinedAddress } from '../cursor.js';
import type { IndexInfo } from '../messages/layout.js';
import { BoxTable, type ChunkedDataset } from './box-table.js';
import { locateInBTreeV1 } from './btree-v1.js';
import { locateInBTreeV2 } from './btree-v2.js';
import { locateInExtensibleArray } from './extensible-array.js';
import { locateInFixedArray } from './fixed-array.js';
import { locateImplicit, locateSingle } from './single.js';

/**
 * Returns the chunk index of `dataset`. A box of chunks to locate may have more dimensions than the dataset: those
 * inside an element ({@link ElementType}), along which there is only one chunk.
 */
export function chunkIndex(dataset: ChunkedDataset, info: IndexInfo): ChunkIndex {
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      if (info.address === undefinedAddress) return { kind: 'absent' };
      const outer = box.slice(0, dataset.shape.length);
      if (isWorthSaving(info)) {
        const saved = yield* dataset.file.savedIndex();
        const found = saved === null ? null : yield* saved.locate(dataset.address, gridOf(dataset), outer);
        if (found !== null) return found;
      }
      const table = yield* BoxTable.create(dataset, outer);
      if (table.count > 0) yield* walk(table, info);
      return table.locations();
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
