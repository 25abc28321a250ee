/**
 * Locates chunks in B-trees of version 2, the index of datasets with several unlimited dimensions.
 * Source: HDF5 File Format Specification 3.0, sections III.A.2 (types 10 and 11) and VII.
 * @module
 */
import type { Io } from '../../../io/io.js';
import { undefinedAddress } from '../cursor.js';
import { BTreeV2, type RecordFilter, type RecordOrder } from '../trees/btree-v2.js';
import { BoxOrder, type BoxTable } from './box-table.js';
import { readAddress, readUint } from './fields.js';

const plainType = 10;
const filteredType = 11;

/** Locates the chunks of the box of `table` in the tree at `address`, and puts the locations into `table`. */
export function* locateInBTreeV2(table: BoxTable, address: number): Io<void> {
  const { file, chunkBytes, chunkShape } = table.dataset;
  const { offsetSize } = file.superblock;
  const rank = chunkShape.length;
  const tree = yield* BTreeV2.open(file, address, [plainType, filteredType], offsetSize + 8 * rank);
  const filtered = tree.type === filteredType;
  const coordinatesAt = tree.recordSize - 8 * rank;
  const sizeWidth = coordinatesAt - offsetSize - 4;
  if (filtered ? sizeWidth < 1 || sizeWidth > 8 : coordinatesAt !== offsetSize) {
    throw file.error(`chunk B-tree: expected other records than of ${tree.recordSize} bytes`, address);
  }
  const coordinates = new Float64Array(rank);
  const read = (view: DataView, offset: number): Float64Array => {
    for (let d = 0; d < rank; d++) coordinates[d] = readUint(view, offset + coordinatesAt + 8 * d, 8);
    return coordinates;
  };
  const put = (view: DataView, offset: number): void => {
    const slot = table.slot(read(view, offset));
    if (slot < 0) return;
    const chunk = readAddress(view, offset, offsetSize);
    if (chunk === undefinedAddress) return;
    if (!filtered) table.put(slot, chunk, chunkBytes, 0);
    else {
      const length = readUint(view, offset + offsetSize, sizeWidth);
      table.put(slot, chunk, length, view.getUint32(offset + offsetSize + sizeWidth, true));
    }
  };
  yield* tree.walk(recordFilter(table, read), put, coordinateOrder(rank, coordinatesAt));
}

/** Returns the order of the records, which is by chunk coordinates. No two records may describe the same chunk. */
function coordinateOrder(rank: number, coordinatesAt: number): RecordOrder {
  return {
    allowsEqual: false,
    compare: (a, aAt, b, bAt) => {
      for (let d = 0; d < rank; d++) {
        const at = coordinatesAt + 8 * d;
        const difference = readUint(a, aAt + at, 8) - readUint(b, bAt + at, 8);
        if (difference !== 0) return difference;
      }
      return 0;
    },
  };
}

/**
 * Returns a filter that selects the nodes that may contain chunks of the box. It compares the box with the records
 * before and after a node.
 */
function recordFilter(table: BoxTable, read: (view: DataView, offset: number) => Float64Array): RecordFilter {
  const order = new BoxOrder(table.box);
  const low = new Float64Array(table.box.length);
  return {
    mayPrecede: (view, offset) => order.startsBefore(read(view, offset)),
    mayFollow: (view, offset) => order.intersects(read(view, offset), null),
    mayLieBetween: (view, lowAt, highAt) => {
      low.set(read(view, lowAt));
      return order.intersects(low, read(view, highAt));
    },
  };
}
