/**
 * Reads global heaps, which hold values of variable length (of attributes, and texts of datasets) and the mappings of
 * virtual datasets.
 * Source: HDF5 File Format Specification 3.0, section III.E.
 * @module
 */
import { isError } from '../../../core/brands.js';
import { type Io, Pace } from '../../../io/io.js';
import type { Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';

/**
 * Location of an object: the address of its collection, and its index there. An element of a variable-length type
 * contains it.
 */
export interface GlobalHeapId {
  readonly collection: number;
  readonly index: number;
}

/** Default size of a collection in bytes. */
const usualBytes = 4096;
const objectAlignment = 8;
/** Maximum number of collections per request. */
const batchCollections = 1024;

function padded(bytes: number): number {
  return Math.ceil(bytes / objectAlignment) * objectAlignment;
}

type Collection = ReadonlyMap<number, Uint8Array>;

/**
 * Objects of global heaps. Keeps all collections that it has read. Collections do not overlap, so together they are not
 * larger than the file.
 */
export class GlobalHeap {
  readonly #file: Hdf5File;
  readonly #collections = new Map<number, Collection | Error>();
  /** Total size of the collections in bytes. */
  #bytes = 0;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** Reads the collections at `addresses` that are not loaded yet, in few requests. */
  *load(addresses: ReadonlySet<number>): Io<void> {
    const pace = new Pace(this.#file.path);
    let wanted: number[] = [];
    for (const address of addresses) {
      if (pace.isDue()) yield* pace.pause();
      if (this.#collections.has(address)) continue;
      try {
        this.#file.place(address, this.#headBytes, 'global heap collection');
        wanted.push(address);
      } catch (error) {
        this.#keep(address, error);
      }
      if (wanted.length < batchCollections) continue;
      yield* this.#read(wanted, pace);
      wanted = [];
    }
    yield* this.#read(wanted, pace);
  }

  /**
   * Reads the collections at `wanted` in one request. Reads collections longer than {@link usualBytes} in further ones.
   */
  *#read(wanted: readonly number[], pace: Pace): Io<void> {
    const heads = yield* this.#file.readAhead(wanted, this.#headBytes, usualBytes, 'global heap collection');
    const longer: { address: number; length: number }[] = [];
    for (const [i, cursor] of heads.entries()) {
      const address = wanted[i] ?? 0;
      try {
        const length = this.#length(cursor);
        this.#bytes += length;
        if (this.#bytes > this.#file.size) throw cursor.error('expected collections that do not overlap', 8);
        if (length <= cursor.bytes.length) yield* this.#parse(cursor, address, length, pace);
        else {
          this.#file.place(address, length, 'global heap collection');
          longer.push({ address, length });
        }
      } catch (error) {
        this.#keep(address, error);
      }
    }
    for (const batch of this.#file.batches(longer)) {
      const cursors = yield* this.#file.readBlocks(batch, 'global heap collection');
      for (const [i, cursor] of cursors.entries()) {
        const { address, length } = batch[i] ?? { address: 0, length: 0 };
        try {
          this.#length(cursor);
          yield* this.#parse(cursor, address, length, pace);
        } catch (error) {
          this.#keep(address, error);
        }
      }
    }
  }

  /**
   * Returns the bytes of a loaded object.
   * @throws {FormatError} if its collection is damaged or does not contain the object.
   */
  object(id: GlobalHeapId): Uint8Array {
    const collection = this.#collections.get(id.collection);
    if (isError(collection)) throw collection;
    const object = collection?.get(id.index);
    if (object === undefined) throw this.#file.error(`global heap: expected object ${id.index}`, id.collection);
    return object;
  }

  /** Size of the header of a collection, and of an object. */
  get #headBytes(): number {
    return padded(8 + this.#file.superblock.lengthSize);
  }

  #keep(address: number, error: unknown): void {
    this.#collections.set(address, isError(error) ? error : new Error(String(error)));
  }

  #length(cursor: Hdf5Cursor): number {
    cursor.signature('GCOL');
    cursor.version(1);
    cursor.skip(3);
    const length = cursor.length();
    if (length < this.#headBytes) throw cursor.error(`expected a collection of more than ${length} bytes`, 8);
    return length;
  }

  /** Parses the objects of a collection and keeps them. */
  *#parse(cursor: Hdf5Cursor, address: number, length: number, pace: Pace): Io<void> {
    const objects = new Map<number, Uint8Array>();
    const head = this.#headBytes;
    cursor.skip(head - cursor.position);
    while (length - cursor.position >= head) {
      if (pace.isDue()) yield* pace.pause();
      const index = cursor.u16();
      if (index === 0) break; // Index 0 marks free space up to the end.
      cursor.skip(6);
      const size = cursor.length();
      cursor.skip(head - 8 - this.#file.superblock.lengthSize);
      if (cursor.position + size > length)
        throw cursor.error(`expected an object of ${size} bytes inside its collection`);
      objects.set(index, cursor.take(size));
      cursor.skip(Math.min(padded(size) - size, length - cursor.position));
    }
    this.#collections.set(address, objects);
  }
}
