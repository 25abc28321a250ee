/**
 * Locates chunks in B-trees of version 1, the only chunk index before version 1.10 of the HDF5 library. Source: HDF5
 * File Format Specification 3.0, section III.A.1.
 * @module
 */
import type { FormatError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import { BoxOrder, type BoxTable } from './box-table.js';
import { readAddress, readUint } from './fields.js';

/**
 * Layout of a stored node. A key has a stored size, a filter mask, and element offsets: one per dimension, and one for
 * the position inside an element.
 */
interface NodeLayout {
  readonly rank: number;
  readonly offsetSize: number;
  readonly headBytes: number;
  readonly keyBytes: number;
  readonly entryBytes: number;
  readonly maxEntries: number;
  readonly nodeBytes: number;
}

/**
 * Coordinates of a chunk, followed by 0 or 1. The last key of a node is the upper corner of its last chunk. If the last
 * offset of this key (the position inside an element) is above 0, the key ends with 1, so that it sorts after the chunk
 * that starts at the corner. All other keys end with 0.
 */
type Key = Float64Array;

/** A node, and the bounds of its keys according to its parent. */
interface Node {
  readonly address: number;
  /** Bytes to read. */
  readonly length: number;
  /** Lower bound (inclusive); null for the root. */
  readonly low: Key | null;
  /** Upper bound (exclusive); null for the root. */
  readonly high: Key | null;
}

/** A walk down the tree, level by level. */
interface Walk {
  readonly table: BoxTable;
  readonly layout: NodeLayout;
  readonly order: BoxOrder;
  readonly pace: Pace;
  /** Addresses of nodes that were already requested, to detect cycles. */
  readonly seen: Set<number>;
  /** Nodes to read on the next level. */
  next: Node[];
}

const chunkNodeType = 1;

/**
 * Locates the chunks of the box of `table` in the tree at `address`, and puts the locations into `table`. Reads the
 * nodes of a level together.
 * @throws {FormatError} if the tree is damaged, or if the keys of a visited node are out of order or outside the bounds
 * of its parent. In such a tree, a search for one chunk could miss chunks that a walk over all nodes finds.
 */
export function* locateInBTreeV1(table: BoxTable, address: number): Io<void> {
  const { file } = table.dataset;
  const walk: Walk = {
    table,
    layout: nodeLayout(table),
    order: new BoxOrder(table.box),
    pace: new Pace(file.path),
    seen: new Set([address]),
    next: [],
  };
  let nodes: readonly Node[] = [{ address, length: nodeLength(walk, address), low: null, high: null }];
  let expectedLevel: number | null = null;
  while (nodes.length > 0) {
    walk.next = [];
    for (const batch of file.batches(nodes)) {
      const cursors = yield* file.readBlocks(batch, 'chunk B-tree node');
      for (const [i, cursor] of cursors.entries()) {
        const { low, high } = batch[i] ?? { low: null, high: null };
        const { level, count }: NodeHead = checkNode(cursor, expectedLevel, walk.layout);
        expectedLevel ??= level;
        yield* level === 0 ? takeChunks(cursor, count, low, high, walk) : takeChildren(cursor, count, low, high, walk);
      }
    }
    nodes = walk.next;
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

/**
 * Returns the number of bytes to read for a node: its full size, or less if the file ends inside it, because writers
 * may omit the unused end of the last node.
 */
function nodeLength({ table, layout }: Pick<Walk, 'table' | 'layout'>, address: number): number {
  const { file } = table.dataset;
  const offset = file.place(address, layout.headBytes, 'chunk B-tree node');
  return Math.min(layout.nodeBytes, file.size - offset);
}

/** Puts the locations of the chunks of a leaf into the table, if the chunks are in the box. */
function* takeChunks(cursor: Hdf5Cursor, count: number, low: Key | null, high: Key | null, walk: Walk): Io<void> {
  const { table, layout, pace } = walk;
  const view = viewOf(cursor);
  let key: Key = new Float64Array(layout.rank + 1);
  let previous: Key = new Float64Array(layout.rank + 1);
  const { filterCount, chunkBytes } = table.dataset;
  for (let i = 0; i < count; i++) {
    if (pace.isDue()) yield* pace.pause();
    const at = layout.headBytes + i * layout.entryBytes;
    readKey(cursor, view, at, table, key);
    if (i > 0 && compare(previous, key) >= 0) throw disorder(cursor, at, 'above the one before it');
    if (i === 0 && low !== null && compare(low, key) > 0) throw disorder(cursor, at, 'not below the key of its node');
    if (i === count - 1 && high !== null && compare(key, high) >= 0)
      throw disorder(cursor, at, 'below the next key of the parent');
    [previous, key] = [key, previous];
    const slot = table.slot(previous);
    const chunk = readAddress(view, at + layout.keyBytes, layout.offsetSize);
    if (slot < 0 || chunk === undefinedAddress) continue;
    const length = view.getUint32(at, true);
    table.put(slot, chunk, filterCount === 0 ? chunkBytes : length, view.getUint32(at + 4, true));
  }
}

/** Adds the children of an inner node that may contain chunks of the box to the next level. */
function* takeChildren(cursor: Hdf5Cursor, count: number, low: Key | null, high: Key | null, walk: Walk): Io<void> {
  const { table, layout, order, pace, seen, next } = walk;
  const view = viewOf(cursor);
  let left: Key = new Float64Array(layout.rank + 1);
  let right: Key = new Float64Array(layout.rank + 1);
  for (let i = 0; i < count; i++) {
    if (pace.isDue()) yield* pace.pause();
    const at = layout.headBytes + i * layout.entryBytes;
    const rightAt = at + layout.entryBytes;
    if (i === 0) {
      readKey(cursor, view, at, table, left);
      if (low !== null && compare(low, left) > 0) throw disorder(cursor, at, 'not below the key of its node');
    }
    readKey(cursor, view, rightAt, table, right);
    if (i === count - 1) {
      right[layout.rank] = readUint(view, rightAt + 8 + 8 * layout.rank, 8) > 0 ? 1 : 0;
      if (high !== null && compare(right, high) > 0)
        throw disorder(cursor, rightAt, 'not above the next key of the parent');
    }
    if (compare(left, right) >= 0) throw disorder(cursor, rightAt, 'above the one before it');
    if (order.intersects(left, right)) {
      const address = readAddress(view, at + layout.keyBytes, layout.offsetSize);
      if (address === undefinedAddress || seen.has(address)) {
        throw cursor.error('expected a node that was not visited yet, found a cycle', at + layout.keyBytes);
      }
      seen.add(address);
      next.push({ address, length: nodeLength(walk, address), low: left.slice(), high: right.slice() });
    }
    [left, right] = [right, left];
    right[layout.rank] = 0;
  }
}

/** Creates the error for a key that is out of order with respect to its neighbours or to the parent's keys. */
function disorder(cursor: Hdf5Cursor, at: number, relation: string): FormatError {
  return cursor.error(`expected a key ${relation}, found keys out of order`, at + 8);
}

function compare(a: Key, b: Key): number {
  for (let d = 0; d < a.length; d++) {
    const difference = (a[d] ?? 0) - (b[d] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Fields of a node's header. */
interface NodeHead {
  readonly level: number;
  readonly count: number;
}

/** Checks the header of a node, and that its entries fit into its bytes. */
function checkNode(
  cursor: Hdf5Cursor,
  expectedLevel: number | null,
  { headBytes, entryBytes, keyBytes, maxEntries }: NodeLayout,
): NodeHead {
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

/** Reads the key at `at` and converts its element offsets to chunk coordinates. */
function readKey(cursor: Hdf5Cursor, view: DataView, at: number, { dataset }: BoxTable, into: Key): void {
  const rank = into.length - 1;
  for (let d = 0; d < rank; d++) {
    const coordinate = readUint(view, at + 8 + 8 * d, 8) / (dataset.chunkShape[d] ?? 1);
    if (!Number.isInteger(coordinate)) throw cursor.error('expected a key at the corner of a chunk', at + 8 + 8 * d);
    into[d] = coordinate;
  }
}

function viewOf({ bytes }: Hdf5Cursor): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
