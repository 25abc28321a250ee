/**
 * Reads fractal heaps. They store the links of large groups, the attributes of objects with many attributes, and shared
 * messages.
 * Source: HDF5 File Format Specification 3.0, section III.G.
 * @module
 */
import { isError } from '../../../core/brands.js';
import { UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { lookup3 } from '../lookup3.js';
import { BTreeV2 } from '../trees/btree-v2.js';
import { DoublingTable, isPowerOfTwo } from './doubling-table.js';

/**
 * Object in a direct block of the heap. `offset` is its position in the heap's address space. `slot` is its index in
 * the list of results.
 */
interface Managed {
  readonly slot: number;
  readonly offset: number;
  readonly length: number;
}

interface Pending {
  readonly object: Managed;
  readonly address: number;
  /** Size of the block in the file, in bytes. */
  readonly length: number;
  /** Start of the block in the heap's address space, and its number of rows (0 for a direct block). */
  readonly start: number;
  readonly rows: number;
}

const maxIndirectRows = 60;

/** An open fractal heap. */
export class FractalHeap {
  readonly #file: Hdf5File;
  readonly #address: number;
  readonly #idLength: number;
  readonly #checksummed: boolean;
  readonly #maxManaged: number;
  readonly #hugeTree: number;
  readonly #table: DoublingTable;
  readonly #heapBits: number;
  readonly #root: number;
  readonly #rootRows: number;

  private constructor(file: Hdf5File, address: number, cursor: Hdf5Cursor) {
    this.#file = file;
    this.#address = address;
    const { lengthSize } = file.superblock;
    this.#idLength = cursor.u16();
    const filterBytes = cursor.u16();
    this.#checksummed = (cursor.u8() & 2) !== 0;
    this.#maxManaged = cursor.u32();
    cursor.skip(lengthSize);
    this.#hugeTree = cursor.address();
    cursor.skip(lengthSize);
    cursor.address();
    cursor.skip(8 * lengthSize);
    const width = cursor.u16();
    const startBlock = cursor.length();
    const maxDirect = cursor.length();
    this.#heapBits = cursor.u16();
    cursor.skip(2);
    this.#root = cursor.address();
    this.#rootRows = cursor.u16();
    if (filterBytes > 0) throw new UnsupportedError('an HDF5 fractal heap with filters', file.path);
    cursor.checksum();
    if (![width, startBlock, maxDirect].every(isPowerOfTwo) || maxDirect < startBlock) {
      throw cursor.error(`expected powers of two as sizes, found ${width}, ${startBlock} and ${maxDirect}`, 0);
    }
    if (this.#heapBits > 64 || this.#rootRows > maxIndirectRows) {
      throw cursor.error(`expected a heap of at most 64 bits and ${maxIndirectRows} rows`, 0);
    }
    this.#table = new DoublingTable(width, startBlock, maxDirect);
  }

  /** Reads the header of the heap at `address`. */
  static *open(file: Hdf5File, address: number): Io<FractalHeap> {
    const { offsetSize, lengthSize } = file.superblock;
    const cursor = yield* file.read(address, 26 + 3 * offsetSize + 12 * lengthSize, 'fractal heap header');
    cursor.signature('FRHP');
    cursor.version(0);
    return new FractalHeap(file, address, cursor);
  }

  /**
   * Returns the objects with the given ids, in the same order. For a damaged object, returns its error. Reads the
   * blocks of each level together.
   */
  *objects(ids: readonly Uint8Array[], what: string): Io<readonly (Hdf5Cursor | Error)[]> {
    const results = new Array<Hdf5Cursor | Error>(ids.length);
    const managed: Managed[] = [];
    const huge: { slot: number; key: number }[] = [];
    const pace = new Pace(this.#file.path);
    for (const [slot, bytes] of ids.entries()) {
      if (pace.isDue()) yield* pace.pause();
      const id = this.#file.cursor(bytes, this.#file.superblock.base + this.#address, 'fractal heap id');
      try {
        const head = id.u8();
        const kind = head >> 4;
        if (kind === 0) managed.push(this.#managedId(id, slot));
        else if (kind === 1) huge.push({ slot, key: this.#hugeKey(id) });
        else if (kind === 2) results[slot] = this.#tiny(id, head, what);
        else throw id.error(`expected a heap id of version 0 and type 0 to 2, found ${head}`);
      } catch (error) {
        results[slot] = asError(error);
      }
    }
    yield* this.#readManaged(managed, results, what, pace);
    if (huge.length > 0) yield* this.#readHuge(huge, results, what);
    this.#checkTotal(results);
    return results;
  }

  /**
   * Throws if the objects are much larger than the file in total. Different ids may name the same bytes, so a small
   * file could otherwise expand to objects of unlimited total size.
   */
  #checkTotal(results: readonly (Hdf5Cursor | Error)[]): void {
    let total = 0;
    for (const object of results) total += isError(object) ? 0 : object.bytes.length;
    if (total > Math.max(16 * this.#file.size, 2 ** 24)) throw this.#error('expected objects that do not overlap');
  }

  #managedId(id: Hdf5Cursor, slot: number): Managed {
    const offset = id.uint(Math.ceil(this.#heapBits / 8));
    const offsetBytes = Math.ceil(Math.log2(this.#table.maxDirect) / 8);
    const length = id.uint(Math.max(1, Math.min(offsetBytes, bytesToHold(this.#maxManaged))));
    return { slot, offset, length };
  }

  #tiny(id: Hdf5Cursor, head: number, what: string): Hdf5Cursor {
    const extended = this.#idLength > 18;
    const length = 1 + (extended ? (head & 15) * 256 + id.u8() : head & 15);
    return this.#file.cursor(id.take(length), id.base, what);
  }

  /**
   * Returns the key of a huge object in the B-tree of huge objects. The format also allows ids that contain the address
   * and the length of the object. They are not supported, because ids of links, attributes and messages are too short.
   */
  #hugeKey(id: Hdf5Cursor): number {
    const { offsetSize, lengthSize } = this.#file.superblock;
    if (this.#idLength - 1 >= offsetSize + lengthSize) {
      throw new UnsupportedError('an HDF5 fractal heap with direct huge objects', this.#file.path);
    }
    return id.uint(Math.min(8, this.#idLength - 1));
  }

  *#readHuge(huge: readonly { slot: number; key: number }[], results: (Hdf5Cursor | Error)[], what: string): Io<void> {
    const { offsetSize, lengthSize } = this.#file.superblock;
    const tree = yield* BTreeV2.open(this.#file, this.#hugeTree, [1], offsetSize + 2 * lengthSize);
    const slots = new Map(huge.map(({ slot, key }) => [key, slot]));
    const blocks: { slot: number; address: number; length: number }[] = [];
    yield* tree.walk(null, (_view, offset, cursor) => {
      cursor.position = offset;
      const address = cursor.address();
      const length = cursor.length();
      const slot = slots.get(cursor.length());
      if (slot !== undefined) blocks.push({ slot, address, length });
    });
    for (const batch of this.#file.batches(blocks)) {
      const cursors = yield* this.#file.readBlocks(batch, what);
      for (const [i, cursor] of cursors.entries()) results[batch[i]?.slot ?? 0] = cursor;
    }
    for (const { slot, key } of huge) results[slot] ??= this.#error(`expected a huge object ${key}`);
  }

  *#readManaged(objects: readonly Managed[], results: (Hdf5Cursor | Error)[], what: string, pace: Pace): Io<void> {
    let level = new Map<number, Pending[]>();
    const attempt = (object: Managed, step: () => void): void => {
      try {
        step();
      } catch (error) {
        results[object.slot] = asError(error);
      }
    };
    for (const object of objects) {
      if (pace.isDue()) yield* pace.pause();
      attempt(object, () =>
        this.#add(level, this.#pending(object, this.#root, 0, this.#rootRows, this.#table.startBlock)),
      );
    }
    while (level.size > 0) {
      const next = new Map<number, Pending[]>();
      const blocks = Array.from(level.values(), (pending) => ({
        address: pending[0]?.address ?? undefinedAddress,
        length: pending[0]?.length ?? 0,
        pending,
      }));
      for (const batch of this.#file.batches(blocks)) {
        const cursors = yield* this.#file.readBlocks(batch, 'fractal heap block');
        for (const [i, cursor] of cursors.entries()) {
          let isChecked = false;
          // Counts one step per 4 KiB of the block, for the checksum.
          if (pace.isDue(1 + (cursor.bytes.length >>> 12))) yield* pace.pause();
          for (const block of batch[i]?.pending ?? []) {
            if (pace.isDue()) yield* pace.pause();
            attempt(block.object, () => {
              if (!isChecked) this.#check(cursor, block);
              isChecked = true;
              if (block.rows > 0) this.#add(next, this.#child(cursor, block));
              else results[block.object.slot] = this.#slice(cursor, block, what);
            });
          }
        }
      }
      level = next;
    }
  }

  /**
   * Adds a wanted object to the list of its block, so that each block is read once. Throws if the block is also used at
   * another offset of the heap's address space.
   */
  #add(level: Map<number, Pending[]>, pending: Pending): void {
    const known = level.get(pending.address);
    if (known === undefined) level.set(pending.address, [pending]);
    else {
      const { start, rows } = known[0] ?? pending;
      if (start !== pending.start || rows !== pending.rows)
        throw this.#error(`expected the block at ${pending.address} in one place of the heap`);
      known.push(pending);
    }
  }

  #prefixBytes(): number {
    return 5 + this.#file.superblock.offsetSize + Math.ceil(this.#heapBits / 8);
  }

  /**
   * Locates the block at `address`: a direct block of `size` bytes if `rows` is 0, else an indirect block with `rows`
   * rows.
   */
  #pending(object: Managed, address: number, start: number, rows: number, size: number): Pending {
    const { offsetSize } = this.#file.superblock;
    const length = rows === 0 ? size : this.#prefixBytes() + rows * this.#table.width * offsetSize + 4;
    this.#file.place(address, length, 'fractal heap block');
    return { object, address, length, start, rows };
  }

  /** Checks the header and the checksum of a block. */
  #check(cursor: Hdf5Cursor, block: Pending): void {
    cursor.position = 0;
    cursor.signature(block.rows > 0 ? 'FHIB' : 'FHDB');
    cursor.version(0);
    if (cursor.address() !== this.#address) throw cursor.error('expected a block of this heap', 5);
    const start = cursor.uint(Math.ceil(this.#heapBits / 8));
    if (start !== block.start) throw cursor.error(`expected the block of heap offset ${block.start}, found ${start}`);
    if (block.rows > 0) {
      cursor.position = cursor.bytes.length - 4;
      cursor.checksum();
    } else if (this.#checksummed) {
      const at = cursor.position;
      const stored = cursor.u32();
      // Changes a copy, because the original bytes may be in the cache. For a Buffer, slice() would not copy them.
      const copy = new Uint8Array(cursor.bytes);
      copy.fill(0, at, at + 4);
      if (lookup3(copy) !== stored) throw cursor.error('checksum mismatch', at);
    }
  }

  /** Locates the child of an indirect block that contains the object. */
  #child(cursor: Hdf5Cursor, { object, start, rows }: Pending): Pending {
    const { entry, row, start: childStart } = this.#table.locate(object.offset - start);
    if (row >= rows) throw cursor.error(`expected heap offset ${object.offset} in ${rows} rows`);
    cursor.position = this.#prefixBytes() + entry * this.#file.superblock.offsetSize;
    const address = cursor.address();
    if (address === undefinedAddress) throw cursor.error(`expected a block for heap offset ${object.offset}`);
    const size = this.#table.blockSize(row);
    const childRows = row < this.#table.directRows ? 0 : this.#table.rowsOf(size);
    if (childRows >= rows) throw cursor.error(`expected fewer than ${rows} rows in a child, found ${childRows}`);
    return this.#pending(object, address, start + childStart, childRows, size);
  }

  #slice(cursor: Hdf5Cursor, { object, start }: Pending, what: string): Hdf5Cursor {
    const at = object.offset - start;
    const overhead = this.#prefixBytes() + (this.#checksummed ? 4 : 0);
    if (at < overhead || at + object.length > cursor.bytes.length) {
      throw cursor.error(`expected an object of ${object.length} bytes at ${at} inside its block`);
    }
    return this.#file.cursor(cursor.bytes.subarray(at, at + object.length), cursor.base + at, what);
  }

  #error(message: string): Error {
    return this.#file.error(`fractal heap: ${message}`, this.#address);
  }
}

function asError(error: unknown): Error {
  return isError(error) ? error : new Error(String(error));
}

function bytesToHold(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 256); rest >= 1; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}
