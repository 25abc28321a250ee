/**
 * One HDF5 file as its parser sees it: what the superblock says, and checked, cached reads of metadata blocks.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import type { PathPolicy } from '../../core/external-files.js';
import { type Io, readRanges } from '../../io/io.js';
import type { Probe } from '../format.js';
import { BlockCache } from './block-cache.js';
import { type FieldSizes, Hdf5Cursor, undefinedAddress } from './cursor.js';
import { SavedIndex, savedIndexPath } from './saved-index/saved-index.js';

/** Contents of the superblock. Addresses are relative to `base`. */
export interface Superblock extends FieldSizes {
  readonly version: number;
  /** The offset in the file of address 0: the size of the user block. */
  readonly base: number;
  /** Half the entries of a full symbol table node. */
  readonly groupLeafK: number;
  /** Half the children of a full node of a group's B-tree. */
  readonly groupInternalK: number;
  /** The address of the root group's object header. */
  readonly root: number;
  /** The address of the superblock extension's object header. */
  readonly extension: number;
  /** End-of-file address stored in the superblock, user block included. */
  readonly end: number;
  /** Half the children of a full node of a chunk B-tree of version 1. */
  readonly chunkK: number;
}

/** The table of indexes of shared messages: where messages of a type lie. */
export interface SharedMessageTable {
  readonly address: number;
  readonly indexes: number;
}

/** Address and length of a block. */
export interface BlockAddress {
  readonly address: number;
  readonly length: number;
}

const cacheBytes = 16 * 2 ** 20;
/** Blocks are requested in batches of about this size, which bounds the memory that a walk of a large index needs. */
const batchBytes = 8 * 2 ** 20;
/** Maximum number of blocks of a batch. A request is served without a pause, so it must not take long. */
const batchBlocks = 4096;
/** Bytes of the head that are worth more than a read that asks for more. */
const enoughAhead = 256;

/** One file. */
export class Hdf5File {
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Decides about the names that the file gives of other files. */
  readonly policy: PathPolicy;
  readonly superblock: Superblock;
  /** Set once the superblock extension was read. */
  sharedMessages: SharedMessageTable | null = null;
  /** The path of the saved index; null for none. It need not exist. */
  savedIndexPath: string | null;
  #savedIndex: SavedIndex | null | undefined;
  readonly #head: Uint8Array;
  readonly #cache = new BlockCache(cacheBytes);

  /** The head of the probe is never read again. */
  constructor({ path, size, head, policy }: Probe, superblock: Superblock) {
    this.path = path;
    this.size = size;
    this.policy = policy;
    this.superblock = superblock;
    this.#head = head;
    this.savedIndexPath = savedIndexPath(path);
  }

  /** The saved index of this file; looked for once, when chunks are first located. */
  *savedIndex(): Io<SavedIndex | null> {
    if (this.#savedIndex === undefined) {
      this.#savedIndex = this.savedIndexPath === null ? null : yield* SavedIndex.find(this, this.savedIndexPath);
    }
    return this.#savedIndex;
  }

  /** A cursor over bytes of this file that were read already. */
  cursor(bytes: Uint8Array, offset: number, what: string): Hdf5Cursor {
    return new Hdf5Cursor(bytes, this.path, offset, what, this.superblock);
  }

  /** An error at an address. */
  error(message: string, address: number): FormatError {
    return new FormatError(`HDF5 ${message}`, { path: this.path, offset: this.superblock.base + address });
  }

  /**
   * The offset in the file of `length` bytes at `address`.
   * @throws {FormatError} when there is no such place in the file.
   */
  place(address: number, length: number, what: string): number {
    if (address === undefinedAddress) {
      throw new FormatError(`HDF5 ${what}: expected an address, found the undefined one`, { path: this.path });
    }
    const offset = this.superblock.base + address;
    if (!(length >= 0 && offset + length <= this.size)) {
      throw this.error(`${what}: expected ${length} bytes here, but the file has ${this.size} bytes`, address);
    }
    return offset;
  }

  /** Exactly the bytes of each block, as cursors. Missing ones are read in one request. */
  *readBlocks(blocks: readonly BlockAddress[], what: string): Io<readonly Hdf5Cursor[]> {
    const found: (Uint8Array | null)[] = [];
    const missing: { offset: number; length: number }[] = [];
    for (const { address, length } of blocks) {
      const offset = this.place(address, length, what);
      const bytes = this.#kept(offset, length);
      found.push(bytes);
      if (bytes === null) missing.push({ offset, length });
    }
    const read = yield* readRanges(this.path, missing);
    // Does not cache large sequential reads: an index scan would evict hot blocks.
    const keep = missing.reduce((bytes, { length }) => bytes + length, 0) <= cacheBytes / 4;
    let next = 0;
    return blocks.map(({ address, length }, i) => {
      const offset = this.superblock.base + address;
      let bytes = found[i] ?? null;
      if (bytes === null) {
        bytes = read[next++] ?? new Uint8Array(0);
        if (bytes.length < length) {
          throw this.error(
            `${what}: expected ${length} bytes, found ${bytes.length} before the end of the file`,
            address,
          );
        }
        if (keep) this.#cache.put(offset, bytes);
      }
      return this.cursor(bytes, offset, what);
    });
  }

  /** Exactly `length` bytes at `address`. */
  *read(address: number, length: number, what: string): Io<Hdf5Cursor> {
    const [cursor] = yield* this.readBlocks([{ address, length }], what);
    if (cursor === undefined) throw this.error(`${what}: no answer to a read`, address);
    return cursor;
  }

  /**
   * A cursor over at least `least` bytes at each address and up to `most`, fewer where the file ends or where the bytes
   * in memory do: for structures that say only inside how long they are.
   */
  *readAhead(addresses: readonly number[], least: number, most: number, what: string): Io<readonly Hdf5Cursor[]> {
    const blocks = addresses.map((address) => {
      const offset = this.place(address, least, what);
      const inHead = this.#head.length - offset;
      if (inHead >= Math.max(least, enoughAhead)) return { address, length: Math.min(most, inHead) };
      return { address, length: Math.min(most, this.size - offset) };
    });
    return yield* this.readBlocks(blocks, what);
  }

  /** Splits `items` into runs of at most {@link batchBlocks} whose blocks have about {@link batchBytes} together. */
  batches<T extends { readonly length: number }>(items: readonly T[]): T[][] {
    const batches: T[][] = [];
    let batch: T[] = [];
    let bytes = 0;
    for (const item of items) {
      if (batch.length === batchBlocks || (bytes + item.length > batchBytes && batch.length > 0)) {
        batches.push(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(item);
      bytes += item.length;
    }
    if (batch.length > 0) batches.push(batch);
    return batches;
  }

  #kept(offset: number, length: number): Uint8Array | null {
    if (offset + length <= this.#head.length) return this.#head.subarray(offset, offset + length);
    return this.#cache.get(offset, length) ?? null;
  }
}
