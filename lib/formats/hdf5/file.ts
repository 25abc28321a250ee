/**
 * Reads metadata blocks of one HDF5 file, with bounds checks and a cache, and holds the fields of its superblock.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import type { PathPolicy } from '../../core/external-files.js';
import { type Io, readRanges } from '../../io/io.js';
import type { FileStamp } from '../../plan/locations.js';
import type { Probe } from '../format.js';
import { savedIndexPath } from '../indexed.js';
import { BlockCache } from './block-cache.js';
import { type FieldSizes, Hdf5Cursor, undefinedAddress } from './cursor.js';
import type { OtherFiles } from './other-files.js';
import { SavedIndex } from './saved-index/saved-index.js';

/** Contents of the superblock. Addresses are relative to `base`. */
export interface Superblock extends FieldSizes {
  readonly version: number;
  /** File offset of address 0, which is the size of the user block. */
  readonly base: number;
  /** Half the entries of a full symbol table node. */
  readonly groupLeafK: number;
  /** Half the children of a full node of a group's B-tree. */
  readonly groupInternalK: number;
  /** Address of the root group's object header. */
  readonly root: number;
  /** Address of the superblock extension's object header; {@link undefinedAddress} if there is no extension. */
  readonly extension: number;
  /** End-of-file address stored in the superblock, user block included. */
  readonly end: number;
  /** Half the children of a full node of a chunk B-tree of version 1. */
  readonly chunkK: number;
}

/** The file's table of shared messages: its address, and the number of indexes in it. */
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
/**
 * Maximum total size of the blocks of a batch, unless one block is larger. Limits the memory that a walk of a large
 * index needs.
 */
const batchBytes = 2 * 2 ** 20;
/** Maximum number of blocks of a batch. A request is served without a pause, so it must not take long. */
const batchBlocks = 2048;
/**
 * If the head of the file, which is in memory, contains at least this many bytes of a structure of unknown length,
 * readAhead() returns only the bytes in the head. Otherwise it reads the structure from the file.
 */
const enoughAhead = 256;

/** One HDF5 file. */
export class Hdf5File {
  readonly path: string;
  /** File size in bytes. */
  readonly size: number;
  /** Resolves file names that this file contains, and decides whether the named files may be opened. */
  readonly policy: PathPolicy;
  /** Opens files that this file names, and files that are named by these files. */
  readonly others: OtherFiles<Hdf5File>;
  /** State of the file when it was opened; null for the file at the path that the caller opened. */
  readonly stamp: FileStamp | null;
  readonly superblock: Superblock;
  /** `refuse` if a path through an external link is an error. */
  externalLinks: 'follow' | 'refuse' = 'follow';
  /** Table of shared messages. Null until the superblock extension is read, and if the file has no shared messages. */
  sharedMessages: SharedMessageTable | null = null;
  /** Path of the saved index, which need not exist; null if no saved index may be used. */
  savedIndexPath: string | null;
  #savedIndex: SavedIndex | null | undefined;
  readonly #head: Uint8Array;
  readonly #cache = new BlockCache(cacheBytes);

  /** Keeps the bytes at the start of the file that were read to detect the format, so that they are not read again. */
  constructor(
    { path, size, head, policy }: Probe,
    superblock: Superblock,
    others: OtherFiles<Hdf5File>,
    stamp: FileStamp | null,
  ) {
    this.path = path;
    this.size = size;
    this.policy = policy;
    this.others = others;
    this.stamp = stamp;
    this.superblock = superblock;
    this.#head = head;
    this.savedIndexPath = savedIndexPath(path);
  }

  /** Returns the saved index of this file, or null. Looks for it once, when chunks are first located. */
  *savedIndex(): Io<SavedIndex | null> {
    if (this.#savedIndex === undefined) {
      this.#savedIndex = this.savedIndexPath === null ? null : yield* SavedIndex.find(this, this.savedIndexPath);
    }
    return this.#savedIndex;
  }

  /**
   * Opens a file that this file names; null if it does not exist. If the name is an absolute path that does not exist,
   * looks for a file of the same name in the folder of this file, as the HDF5 library does.
   * @throws {ExternalFileError} if it is not permitted. @throws {FormatError} if it is not an HDF5 file.
   */
  *openOther(name: string): Io<Hdf5File | null> {
    const path = this.policy.resolve(name, this.path);
    const found = (yield* this.others.open([path])).get(path) ?? null;
    if (found !== null || !name.startsWith('/')) return found;
    const nearby = this.policy.resolve(name.slice(name.lastIndexOf('/') + 1), this.path);
    return (yield* this.others.open([nearby])).get(nearby) ?? null;
  }

  /** Creates a cursor over bytes that were already read from this file. */
  cursor(bytes: Uint8Array, offset: number, what: string): Hdf5Cursor {
    return new Hdf5Cursor(bytes, this.path, offset, what, this.superblock);
  }

  /** Creates an error at an address. */
  error(message: string, address: number): FormatError {
    return new FormatError(`HDF5 ${message}`, { path: this.path, offset: this.superblock.base + address });
  }

  /**
   * Returns the file offset of `length` bytes at `address`.
   * @throws {FormatError} if the bytes are not inside the file.
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

  /** Returns a cursor over exactly the bytes of each block. Reads all uncached blocks in one request. */
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

  /** Returns a cursor over exactly `length` bytes at `address`. */
  *read(address: number, length: number, what: string): Io<Hdf5Cursor> {
    const [cursor] = yield* this.readBlocks([{ address, length }], what);
    if (cursor === undefined) throw this.error(`${what}: no answer to a read`, address);
    return cursor;
  }

  /**
   * Returns cursors for structures whose length is only known after part of them is read. Each cursor has at least
   * `least` bytes and at most `most`. It is shorter than `most` at the end of the file, or if the head of the file
   * already contains enough of the structure.
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

  /**
   * Splits `items` into batches. A batch has at most {@link batchBlocks} items and at most {@link batchBytes} bytes; an
   * item that is larger is a batch of its own.
   */
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
