/**
 * Reads old-style groups: a B-tree of version 1 whose leaves are symbol table nodes. The names are in a local heap.
 * Source: HDF5 File Format Specification 3.0, sections III.A.1, III.B and III.C.
 * @module
 */
import { type Io, Pace } from '../../../io/io.js';
import { decodeText, type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { LocalHeap, localHeapHeadBytes } from '../heaps/local-heap.js';
import type { Link } from '../messages/link.js';

/** Addresses of the B-tree and the local heap of an old-style group. */
export interface SymbolTable {
  readonly tree: number;
  readonly heap: number;
}

/** Parses the symbol table in a message body. */
export function parseSymbolTable(cursor: Hdf5Cursor): SymbolTable {
  return { tree: cursor.address(), heap: cursor.address() };
}

const softLink = 2;

/** A child of a B-tree node. It contains the names above `low`, up to and including `high`. */
interface Child {
  readonly address: number;
  readonly low: Uint8Array;
  readonly high: Uint8Array;
}

/**
 * Returns the links of an old-style group.
 * @param name name of the wanted link; null for all links.
 */
export function* symbolTableLinks(file: Hdf5File, table: SymbolTable, name: Uint8Array | null): Io<readonly Link[]> {
  const blocks = [
    { address: table.heap, length: localHeapHeadBytes(file) },
    { address: table.tree, length: treeBytes(file) },
  ];
  const [heapHead, root] = yield* file.readBlocks(blocks, 'group');
  if (heapHead === undefined || root === undefined) return [];
  const heap = yield* LocalHeap.fromHead(file, heapHead);
  const leaves = yield* symbolNodes(file, table.tree, root, heap, name);
  const { offsetSize, lengthSize } = file.superblock;
  const length = 8 + 2 * file.superblock.groupLeafK * (lengthSize + offsetSize + 24);
  const links: Link[] = [];
  const pace = new Pace(file.path);
  for (const batch of file.batches(leaves.map((leaf) => ({ ...leaf, length })))) {
    const cursors = yield* file.readBlocks(batch, 'symbol table node');
    for (const [i, leaf] of batch.entries()) {
      const cursor = cursors[i];
      if (cursor !== undefined) yield* symbols(file, cursor, leaf, { heap, name, links, pace });
    }
  }
  return links;
}

function treeBytes(file: Hdf5File): number {
  const { offsetSize, lengthSize, groupInternalK } = file.superblock;
  return 8 + 2 * offsetSize + (2 * groupInternalK + 1) * lengthSize + 2 * groupInternalK * offsetSize;
}

/** Returns the symbol table nodes that may contain `name` (null: all nodes), sorted by names. */
function* symbolNodes(
  file: Hdf5File,
  address: number,
  root: Hdf5Cursor,
  heap: LocalHeap,
  name: Uint8Array | null,
): Io<Child[]> {
  const seen = new Set([address]);
  const pace = new Pace(file.path);
  const found: Child[] = [];
  yield* children(file, root, null, { heap, name, seen, found, pace });
  let nodes = found;
  const length = treeBytes(file);
  for (let level = root.bytes[5] ?? 0; level > 0; level--) {
    const next: Child[] = [];
    for (const batch of file.batches(nodes.map((node) => ({ address: node.address, length })))) {
      for (const cursor of yield* file.readBlocks(batch, 'group B-tree node')) {
        yield* children(file, cursor, level - 1, { heap, name, seen, found: next, pace });
      }
    }
    nodes = next;
  }
  return nodes;
}

/** State of a walk to the nodes that may contain `name` (null: all nodes). */
interface Walk {
  readonly heap: LocalHeap;
  readonly name: Uint8Array | null;
  /** Addresses of nodes that were already requested, to detect cycles. */
  readonly seen: Set<number>;
  /** The wanted nodes on the next level. */
  readonly found: Child[];
  readonly pace: Pace;
}

/**
 * Adds the wanted children of a node to the walk.
 * @throws {FormatError} if the keys are not sorted: a search by name would miss names that a listing finds.
 */
function* children(file: Hdf5File, cursor: Hdf5Cursor, expectedLevel: number | null, walk: Walk): Io<void> {
  const { heap, name, seen, found, pace } = walk;
  cursor.signature('TREE');
  const type = cursor.u8();
  if (type !== 0) throw cursor.error(`expected a B-tree of type 0, found ${type}`, 4);
  const level = cursor.u8();
  if (expectedLevel !== null && level !== expectedLevel)
    throw cursor.error(`expected level ${expectedLevel}, found ${level}`, 5);
  const count = cursor.u16();
  if (count > 2 * file.superblock.groupInternalK) throw cursor.error(`expected fewer than ${count} children`, 6);
  cursor.address();
  cursor.address();
  if (count === 0) return;
  let low = heap.bytes(cursor.length());
  for (let i = 0; i < count; i++) {
    const address = cursor.address();
    const high = heap.bytes(cursor.length());
    if (pace.isDue(1 + (high.length >>> 8))) yield* pace.pause();
    if (compare(low, high) > 0) throw cursor.error(`expected keys in order, found key ${i + 1} before key ${i}`);
    const child = { address, low, high };
    low = high;
    if (name !== null && !isWithin(name, child)) continue;
    if (address === undefinedAddress || seen.has(address))
      throw cursor.error('expected a node that was not visited yet, found a cycle');
    seen.add(address);
    found.push(child);
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** True if the name can only be in this child. The child need not contain the name. */
function isWithin(name: Uint8Array, { low, high }: Child): boolean {
  return compare(low, name) < 0 && compare(name, high) <= 0;
}

/** State of a search for links in symbol table nodes. */
interface Search {
  readonly heap: LocalHeap;
  /** The wanted name; null for all links. */
  readonly name: Uint8Array | null;
  /** The links that were found so far. */
  readonly links: Link[];
  readonly pace: Pace;
}

/**
 * Adds the wanted links of a symbol table node to `search.links`.
 * @throws {FormatError} if the names are not sorted, or not within the keys of the node.
 */
function* symbols(file: Hdf5File, cursor: Hdf5Cursor, leaf: Child, search: Search): Io<void> {
  const { heap, name, links, pace } = search;
  cursor.signature('SNOD');
  cursor.version(1);
  cursor.skip(1);
  const count = cursor.u16();
  if (count > 2 * file.superblock.groupLeafK) throw cursor.error(`expected fewer than ${count} symbols`, 6);
  let before = leaf.low;
  for (let i = 0; i < count; i++) {
    const found = heap.bytes(cursor.length());
    if (pace.isDue(1 + (found.length >>> 8))) yield* pace.pause();
    if (compare(before, found) >= 0 || compare(found, leaf.high) > 0)
      throw cursor.error(`expected names in order and within the keys of the node, found symbol ${i} out of place`);
    before = found;
    const address = cursor.address();
    const cacheType = cursor.u32();
    cursor.skip(4);
    const valueOffset = cursor.u32();
    cursor.skip(12);
    if (name !== null && compare(found, name) !== 0) continue;
    const target =
      cacheType === softLink
        ? ({ kind: 'soft', path: heap.text(valueOffset) } as const)
        : ({ kind: 'hard', address } as const);
    links.push({ name: decodeText(found), target });
  }
}
