/**
 * Chunks indexed by a B-tree of version 1, as all files before version 1.10 of the library have them.
 * Source: HDF5 File Format Specification 3.0, section III.A.1.
 * @module
 */
import type { Io } from '../../../io/io.js';
import { type Cursor, undefinedAddress } from '../cursor.js';
import { BoxOrder, type BoxTable } from './box-table.js';
import { readAddress, readUint } from './fields.js';

/** How keys lie in a node: stored size, filter mask, offsets in elements (one more than there are dimensions). */
interface NodeLayout {
  readonly rank: number;
  readonly offsetSize: number;
  readonly headBytes: number;
  readonly keyBytes: number;
  readonly entryBytes: number;
  readonly maxEntries: number;
  readonly nodeBytes: number;
}

/** A walk down the tree, level by level. */
interface Walk {
  readonly table: BoxTable;
  readonly layout: NodeLayout;
  readonly order: BoxOrder;
  /** Nodes that were asked for. */
  readonly seen: Set<number>;
  /** Those of the next level. */
  next: number[];
}

const chunkNodeType = 1;

/** Puts the chunks of the table's box, from the tree at `address`. Nodes of a level are read together. */
export function* locateInBTreeV1(table: BoxTable, address: number): Io<void> {
  const { file } = table.dataset;
  const walk: Walk = {
    table,
    layout: nodeLayout(table),
    order: new BoxOrder(table.box),
    seen: new Set([address]),
    next: [],
  };
  let addresses = [address];
  let expectedLevel: number | null = null;
  while (addresses.length > 0) {
    walk.next = [];
    const blocks = addresses.map((node) => ({ address: node, length: nodeLength(walk, node) }));
    for (const batch of file.batches(blocks)) {
      for (const cursor of yield* file.readBlocks(batch, 'chunk B-tree node')) {
        const level = visit(cursor, expectedLevel, walk);
        expectedLevel ??= level;
      }
    }
    addresses = walk.next;
    expectedLevel = (expectedLevel ?? 0) - 1;
  }
}

function nodeLayout({ dataset }: BoxTable): NodeLayout {
  const { offsetSize, chunkK } = dataset.file.superblock;
  const rank = dataset.chunkShape.length;
  const headBytes = 8 + 2 * offsetSize;
  const keyBytes = 8 + 8 * (rank + 1);
  const entryBytes = keyBytes + offsetSize;
  const maxEntries = 2 * chunkK;
  return {
    rank,
    offsetSize,
    headBytes,
    keyBytes,
    entryBytes,
    maxEntries,
    nodeBytes: headBytes + maxEntries * entryBytes + keyBytes,
  };
}

/** A node is read whole; the last one of a file may end with it. */
function nodeLength({ table, layout }: Walk, address: number): number {
  const { file } = table.dataset;
  const offset = file.place(address, layout.headBytes, 'chunk B-tree node');
  return Math.min(layout.nodeBytes, file.size - offset);
}

/** Takes the chunks of a leaf, or the wanted children of an inner node. Returns its level. */
function visit(cursor: Cursor, expectedLevel: number | null, { table, layout, order, seen, next }: Walk): number {
  const { level, count } = checkNode(cursor, expectedLevel, layout);
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength);
  const low = new Float64Array(layout.rank);
  const high = new Float64Array(layout.rank);
  const { filterCount, chunkBytes } = table.dataset;
  for (let i = 0; i < count; i++) {
    const at = layout.headBytes + i * layout.entryBytes;
    readKey(cursor, view, at, table, low);
    const child = readAddress(view, at + layout.keyBytes, layout.offsetSize);
    if (level === 0) {
      const slot = table.slot(low);
      if (slot < 0 || child === undefinedAddress) continue;
      const length = view.getUint32(at, true);
      table.put(slot, child, filterCount === 0 ? chunkBytes : length, view.getUint32(at + 4, true));
      continue;
    }
    readKey(cursor, view, at + layout.entryBytes, table, high);
    if (!order.intersects(low, high)) continue;
    if (child === undefinedAddress || seen.has(child)) {
      throw cursor.error('expected a node that was not visited yet, found a cycle', at + layout.keyBytes);
    }
    seen.add(child);
    next.push(child);
  }
  return level;
}

/** Checks what stands in front of a node's entries, and that they are there. */
function checkNode(
  cursor: Cursor,
  expectedLevel: number | null,
  { headBytes, entryBytes, keyBytes, maxEntries }: NodeLayout,
): { readonly level: number; readonly count: number } {
  cursor.signature('TREE');
  const type = cursor.u8();
  if (type !== chunkNodeType) throw cursor.error(`expected a B-tree of type ${chunkNodeType}, found ${type}`, 4);
  const level = cursor.u8();
  if (expectedLevel !== null && level !== expectedLevel) {
    throw cursor.error(`expected level ${expectedLevel}, found ${level}`, 5);
  }
  const count = cursor.u16();
  if (count > maxEntries || headBytes + count * entryBytes + keyBytes > cursor.bytes.length) {
    throw cursor.error(`expected at most ${maxEntries} entries, found ${count}`, 6);
  }
  return { level, count };
}

/** The chunk coordinates of the key at `at`, which holds offsets in elements. */
function readKey(cursor: Cursor, view: DataView, at: number, { dataset }: BoxTable, into: Float64Array): void {
  for (let d = 0; d < into.length; d++) {
    const coordinate = readUint(view, at + 8 + 8 * d, 8) / (dataset.chunkShape[d] ?? 1);
    if (!Number.isInteger(coordinate)) throw cursor.error('expected a key at the corner of a chunk', at + 8 + 8 * d);
    into[d] = coordinate;
  }
}
