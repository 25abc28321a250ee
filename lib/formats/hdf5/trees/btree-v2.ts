/**
 * Reads B-trees of version 2, which contain sorted records of a fixed size in leaves and inner nodes.
 * Source: HDF5 File Format Specification 3.0, section III.A.2.
 * @module
 */
import { type Io, Pace } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { Hdf5File } from '../file.js';

/** Receives one record of a node. `view` and `cursor` contain the node; the record is at `offset`. */
export type RecordVisitor = (view: DataView, offset: number, cursor: Hdf5Cursor) => void;

/**
 * Decides which nodes may contain wanted records, from the records before and after a node. A record starts at byte
 * `offset` (or `low`, `high`) of `view`.
 */
export interface RecordFilter {
  /** True if a wanted record may come before this one. */
  mayPrecede(view: DataView, offset: number): boolean;
  /** True if a wanted record may come after this one or equals it. */
  mayFollow(view: DataView, offset: number): boolean;
  /** True if a wanted record may lie between these two or equals one of them. */
  mayLieBetween(view: DataView, low: number, high: number): boolean;
}

/** Order of the records of a tree. */
export interface RecordOrder {
  /** True if two records may be equal in this order. */
  readonly allowsEqual: boolean;
  /** Compares the record at `aAt` in `a` with the record at `bAt` in `b`. Negative if the first one precedes. */
  compare(a: DataView, aAt: number, b: DataView, bAt: number): number;
}

/** Location of a record. */
interface RecordPlace {
  readonly view: DataView;
  readonly offset: number;
}

/** A node. Its records lie between `low` and `high`, which are records of its ancestors; null means no bound. */
interface Node {
  readonly address: number;
  readonly records: number;
  readonly length: number;
  readonly low: RecordPlace | null;
  readonly high: RecordPlace | null;
}

/** State of a walk down the tree, level by level. */
interface Walk {
  readonly filter: RecordFilter | null;
  readonly order: RecordOrder | null;
  readonly pace: Pace;
  /** Addresses of nodes that were already requested, to detect cycles. */
  readonly seen: Set<number>;
  /** Nodes to read on the next level. */
  next: Node[];
}

/**
 * Layout of nodes at one depth (0 for leaves): maximum number of records, and widths of the counts in pointers to such
 * nodes.
 */
interface LevelLayout {
  readonly maxRecords: number;
  readonly countWidth: number;
  readonly totalWidth: number;
}

const nodePrefix = 6;
const checksumBytes = 4;
const maxDepth = 64;
const maxNodeBytes = 2 ** 24;

/** An open B-tree. */
export class BTreeV2 {
  readonly recordSize: number;
  readonly type: number;
  /** Number of records in the whole tree. */
  readonly total: number;
  readonly #file: Hdf5File;
  readonly #nodeSize: number;
  readonly #depth: number;
  readonly #root: Node;
  readonly #levels: readonly LevelLayout[];

  private constructor(file: Hdf5File, cursor: Hdf5Cursor) {
    this.#file = file;
    cursor.signature('BTHD');
    cursor.version(0);
    this.type = cursor.u8();
    this.#nodeSize = cursor.u32();
    this.recordSize = cursor.u16();
    this.#depth = cursor.u16();
    cursor.skip(2);
    const address = cursor.address();
    const records = cursor.u16();
    this.total = cursor.length();
    cursor.checksum();
    if (this.#depth > maxDepth) throw cursor.error(`expected a depth of at most ${maxDepth}, found ${this.#depth}`);
    if (this.#nodeSize > maxNodeBytes) throw cursor.error(`expected nodes of at most ${maxNodeBytes} bytes`);
    if (this.recordSize === 0 || this.#nodeSize <= nodePrefix + checksumBytes + this.recordSize) {
      throw cursor.error(`expected nodes that hold records, found ${this.#nodeSize} and ${this.recordSize} bytes`);
    }
    this.#levels = this.#layouts(cursor);
    this.#root = { address, records, length: this.#nodeSize, low: null, high: null };
  }

  /**
   * Reads the header at `address`. Throws unless the tree has one of `types`, and records of at least `leastRecord`
   * bytes.
   */
  static *open(file: Hdf5File, address: number, types: readonly number[], leastRecord: number): Io<BTreeV2> {
    const { offsetSize, lengthSize } = file.superblock;
    const cursor = yield* file.read(address, 22 + offsetSize + lengthSize, 'B-tree (version 2) header');
    const tree = new BTreeV2(file, cursor);
    if (!types.includes(tree.type))
      throw cursor.error(`expected B-tree type ${types.join(' or ')}, found ${tree.type}`, 5);
    if (tree.recordSize < leastRecord)
      throw cursor.error(`expected records of ${leastRecord} bytes, found ${tree.recordSize}`);
    return tree;
  }

  /**
   * Calls `visit` for every record of the nodes that `filter` selects, level by level.
   * @param order if given, records that are not in this order are an error, because a search could miss them.
   * @throws {FormatError} if a node is damaged or visited twice.
   */
  *walk(filter: RecordFilter | null, visit: RecordVisitor, order: RecordOrder | null = null): Io<void> {
    if (this.#root.address === undefinedAddress || this.#root.records === 0) return;
    const pace = new Pace(this.#file.path);
    const walk: Walk = { filter, order, pace, seen: new Set([this.#root.address]), next: [] };
    let level: readonly Node[] = [this.#root];
    for (let depth = this.#depth; level.length > 0; depth--) {
      walk.next = [];
      for (const batch of this.#file.batches(level)) {
        const cursors = yield* this.#file.readBlocks(batch, 'B-tree (version 2) node');
        for (const [i, cursor] of cursors.entries()) {
          const node = batch[i] ?? this.#root;
          // Counts one step per 4 KiB of the node, for the checksum.
          if (pace.isDue(1 + (cursor.bytes.length >>> 12))) yield* pace.pause();
          const view = this.#node(cursor, depth, node.records);
          for (let r = 0; r < node.records; r++) {
            if (pace.isDue()) yield* pace.pause();
            if (order !== null) this.#checkOrder(cursor, view, node, r, order);
            visit(view, nodePrefix + r * this.recordSize, cursor);
          }
          const below = this.#levels[depth - 1];
          if (below !== undefined) yield* this.#children(cursor, view, node, below, walk);
        }
      }
      level = walk.next;
    }
  }

  /** Throws unless record `r` comes after the record before it and lies between the bounds of the node. */
  #checkOrder(cursor: Hdf5Cursor, view: DataView, { records, low, high }: Node, r: number, order: RecordOrder): void {
    const most = order.allowsEqual ? 0 : -1;
    const at = nodePrefix + r * this.recordSize;
    const isAfter =
      r > 0
        ? order.compare(view, at - this.recordSize, view, at) <= most
        : low === null || order.compare(low.view, low.offset, view, at) <= most;
    const isBefore = r < records - 1 || high === null || order.compare(view, at, high.view, high.offset) <= most;
    if (!isAfter || !isBefore)
      throw cursor.error('expected records in ascending order and between those of the parent', at);
  }

  /** Checks a node and returns a view of it. */
  #node(cursor: Hdf5Cursor, depth: number, records: number): DataView {
    cursor.signature(depth === 0 ? 'BTLF' : 'BTIN');
    cursor.version(0);
    const type = cursor.u8();
    if (type !== this.type) throw cursor.error(`expected node type ${this.type}, found ${type}`, 5);
    const layout = this.#levels[depth];
    if (layout === undefined || records > layout.maxRecords)
      throw cursor.error(`expected fewer than ${records} records`);
    const below = this.#levels[depth - 1];
    const pointer = below === undefined ? 0 : this.#pointerBytes(below);
    cursor.position = nodePrefix + records * this.recordSize + (depth > 0 ? (records + 1) * pointer : 0);
    cursor.checksum();
    return new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength);
  }

  /** Adds the wanted children of an inner node to the walk. The children have the layout `below`. */
  *#children(cursor: Hdf5Cursor, view: DataView, node: Node, below: LevelLayout, walk: Walk): Io<void> {
    const { filter, seen, next, pace } = walk;
    const { records } = node;
    const recordAt = (r: number): RecordPlace => ({ view, offset: nodePrefix + r * this.recordSize });
    cursor.position = nodePrefix + records * this.recordSize;
    for (let c = 0; c <= records; c++) {
      if (pace.isDue()) yield* pace.pause();
      const address = cursor.address();
      const count = cursor.uint(below.countWidth);
      cursor.skip(below.totalWidth);
      if (count === 0 || !this.#wanted(view, c, records, filter)) continue;
      if (address === undefinedAddress || seen.has(address)) {
        throw cursor.error('expected the address of a node that was not visited yet');
      }
      seen.add(address);
      next.push({
        address,
        records: count,
        length: this.#nodeSize,
        low: c === 0 ? node.low : recordAt(c - 1),
        high: c === records ? node.high : recordAt(c),
      });
    }
  }

  #wanted(view: DataView, child: number, records: number, filter: RecordFilter | null): boolean {
    if (filter === null || records === 0) return true;
    const low = nodePrefix + (child - 1) * this.recordSize;
    const high = low + this.recordSize;
    if (child === 0) return filter.mayPrecede(view, high);
    if (child === records) return filter.mayFollow(view, low);
    return filter.mayLieBetween(view, low, high);
  }

  #pointerBytes(below: LevelLayout): number {
    return this.#file.superblock.offsetSize + below.countWidth + below.totalWidth;
  }

  /**
   * Returns the layout of nodes for each depth. The width of a count depends on how many records the nodes below can
   * hold.
   */
  #layouts(cursor: Hdf5Cursor): LevelLayout[] {
    const room = this.#nodeSize - nodePrefix - checksumBytes;
    const leaf = Math.floor(room / this.recordSize);
    const levels: LevelLayout[] = [{ maxRecords: leaf, countWidth: bytesToHold(leaf), totalWidth: 0 }];
    let total = leaf;
    for (let depth = 1; depth <= this.#depth; depth++) {
      const below = levels[depth - 1];
      if (below === undefined) break;
      const pointer = this.#pointerBytes(below);
      const maxRecords = Math.floor((room - pointer) / (this.recordSize + pointer));
      if (maxRecords < 1) throw cursor.error(`expected nodes that hold children, found ${this.#nodeSize} bytes`);
      total = (maxRecords + 1) * total + maxRecords;
      levels.push({ maxRecords, countWidth: levels[0]?.countWidth ?? 1, totalWidth: bytesToHold(total) });
    }
    return levels;
  }
}

/** Returns the number of bytes that `value` needs, at most 8. */
function bytesToHold(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 256); rest >= 1 && bytes < 8; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}
