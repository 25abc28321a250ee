/**
 * Reads local heaps. They contain the names of the links of a group whose index is a B-tree of version 1, or the names
 * of external files.
 * Source: HDF5 File Format Specification 3.0, section III.D.
 * @module
 */
import type { Io } from '../../../io/io.js';
import { decodeText, type Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';

/** Returns the size of a local heap's header in bytes, for callers that read it together with another block. */
export function localHeapHeadBytes(file: Hdf5File): number {
  return 8 + 2 * file.superblock.lengthSize + file.superblock.offsetSize;
}

/** Texts of one local heap. */
export class LocalHeap {
  readonly #data: Hdf5Cursor;
  /**
   * Number of bytes that may still be requested. Without a limit, overlapping texts in a small heap could expand to
   * unlimited memory.
   */
  #budget: number;

  private constructor(data: Hdf5Cursor) {
    this.#data = data;
    this.#budget = 16 * data.bytes.length + 65_536;
  }

  /** Reads the texts of the heap whose header is at `address`. */
  static *open(file: Hdf5File, address: number): Io<LocalHeap> {
    return yield* LocalHeap.fromHead(file, yield* file.read(address, localHeapHeadBytes(file), 'local heap'));
  }

  /** Reads the texts of the heap whose header `cursor` contains. */
  static *fromHead(file: Hdf5File, cursor: Hdf5Cursor): Io<LocalHeap> {
    cursor.signature('HEAP');
    cursor.version(0);
    cursor.skip(3);
    const size = cursor.length();
    cursor.skip(file.superblock.lengthSize);
    return new LocalHeap(yield* file.read(cursor.address(), size, 'local heap data'));
  }

  /** Returns the bytes of the text at `offset`, without the NUL. */
  bytes(offset: number): Uint8Array {
    const { bytes } = this.#data;
    const end = offset < bytes.length ? bytes.indexOf(0, offset) : -1;
    if (end < 0) throw this.#data.error(`expected a text at byte ${offset} of the heap`);
    this.#budget -= end - offset;
    if (this.#budget < 0) throw this.#data.error('expected texts that do not overlap');
    return bytes.subarray(offset, end);
  }

  text(offset: number): string {
    return decodeText(this.bytes(offset));
  }
}
