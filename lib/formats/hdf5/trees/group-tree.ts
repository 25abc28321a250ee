/**
 * Reads old-style groups: a B-tree of version 1 whose leaves are symbol table nodes. The names are in a local heap.
 * Source: HDF5 File Format Specification 3.0, sections III.A.1, III.B and III.C.
 * @module
 */
import { type Io, Pace } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
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

/**
 * Returns the links of an old-style group.
 * @param name if given, only links with this name are returned.
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
  for (const batch of file.batches(leaves.map((address) => ({ address, length })))) {
    for (const cursor of yield* file.readBlocks(batch, 'symbol table node'))
      yield* symbols(file, cursor, heap, name, links, pace);
  }
  return links;
}

function treeBytes(file: Hdf5File): number {
  const { offsetSize, lengthSize, groupInternalK } = file.superblock;
  return 8 + 2 * offsetSize + (2 * groupInternalK + 1) * lengthSize + 2 * groupInternalK * offsetSize;
}

/**
 * Returns the addresses of the symbol table nodes that may contain the name (null: all nodes), in the order of names.
 */
function* symbolNodes(
  file: Hdf5File,
  address: number,
  root: Hdf5Cursor,
  heap: LocalHeap,
  name: Uint8Array | null,
): Io<number[]> {
  const seen = new Set([address]);
  const pace = new Pace(file.path);
  const found: number[] = [];
  yield* children(file, root, null, { heap, name, seen, found, pace });
  let addresses = found;
  const length = treeBytes(file);
  for (let level = root.bytes[5] ?? 0; level > 0; level--) {
    const next: number[] = [];
    for (const batch of file.batches(addresses.map((child) => ({ address: child, length })))) {
      for (const cursor of yield* file.readBlocks(batch, 'group B-tree node')) {
        yield* children(file, cursor, level - 1, { heap, name, seen, found: next, pace });
      }
    }
    addresses = next;
  }
  return addresses;
}

/** State of a walk to the nodes that may contain `name` (null: all nodes). */
interface Walk {
  readonly heap: LocalHeap;
  readonly name: Uint8Array | null;
  /** Addresses of nodes that were already requested, to detect cycles. */
  readonly seen: Set<number>;
  /** Addresses of the wanted nodes on the next level. */
  readonly found: number[];
  readonly pace: Pace;
}

/** Adds the wanted children of a node to the walk. */
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
  let low = cursor.length();
  for (let i = 0; i < count; i++) {
    if (pace.isDue()) yield* pace.pause();
    const child = cursor.address();
    const high = cursor.length();
    // A child contains the names above its left key, up to and including its right key.
    const wanted = name === null || (compare(heap.bytes(low), name) < 0 && compare(name, heap.bytes(high)) <= 0);
    low = high;
    if (!wanted) continue;
    if (child === undefinedAddress || seen.has(child))
      throw cursor.error('expected a node that was not visited yet, found a cycle');
    seen.add(child);
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

/** Adds the links of a symbol table node that are called `name` (null: all) to `links`. */
function* symbols(
  file: Hdf5File,
  cursor: Hdf5Cursor,
  heap: LocalHeap,
  name: Uint8Array | null,
  links: Link[],
  pace: Pace,
): Io<void> {
  cursor.signature('SNOD');
  cursor.version(1);
  cursor.skip(1);
  const count = cursor.u16();
  if (count > 2 * file.superblock.groupLeafK) throw cursor.error(`expected fewer than ${count} symbols`, 6);
  for (let i = 0; i < count; i++) {
    if (pace.isDue(1 + ((links.at(-1)?.name.length ?? 0) >>> 8))) yield* pace.pause();
    const nameOffset = cursor.length();
    const address = cursor.address();
    const cacheType = cursor.u32();
    cursor.skip(4);
    const valueOffset = cursor.u32();
    cursor.skip(12);
    if (name !== null && compare(heap.bytes(nameOffset), name) !== 0) continue;
    const target =
      cacheType === softLink
        ? ({ kind: 'soft', path: heap.text(valueOffset) } as const)
        : ({ kind: 'hard', address } as const);
    links.push({ name: heap.text(nameOffset), target });
  }
}
