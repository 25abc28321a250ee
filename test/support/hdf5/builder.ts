/**
 * Builds HDF5 files block by block for tests. It records the position of each field and checksum, so that a test can
 * change fields and update the checksums.
 * @module
 */
import { lookup3 } from '../../../lib/formats/hdf5/lookup3.js';
import { ByteWriter } from '../byte-writer.js';

/** A number in a block or file. */
export interface Field {
  /** Structure and field, such as `B-tree header: depth`. */
  readonly what: string;
  readonly at: number;
  /** Width in bytes, 1 to 8. */
  readonly width: number;
}

/**
 * Location of a lookup3 checksum: `at` is its position, `start` and `stop` enclose the bytes that it covers. If it
 * covers itself, its own bytes count as 0.
 */
export interface Seal {
  readonly start: number;
  readonly stop: number;
  readonly at: number;
}

/** The undefined address. All bits of its encoding are set. */
export const none = -1;

/** Writes `value` as a little-endian number. */
export function putNumber(bytes: Uint8Array, at: number, width: number, value: number | bigint): void {
  let rest = BigInt.asUintN(8 * width, BigInt(value));
  for (let i = 0; i < width; i += 1) {
    bytes[at + i] = Number(rest & 255n);
    rest >>= 8n;
  }
}

/** Updates the checksum of `seal`. */
export function reseal(bytes: Uint8Array, { start, stop, at }: Seal): void {
  putNumber(bytes, at, 4, 0);
  putNumber(bytes, at, 4, lookup3(bytes, start, stop));
}

/** One structure in a file. */
export class Block {
  readonly #what: string;
  readonly #writer = new ByteWriter();
  readonly fields: Field[] = [];
  /** Position of the checksum in the block; null if there is none. */
  seal: Seal | null = null;

  constructor(what: string) {
    this.#what = what;
  }

  get length(): number {
    return this.#writer.length;
  }

  /** Appends a number of `width` bytes that tests may change. */
  field(name: string, width: number, value: number | bigint): this {
    this.fields.push({ what: `${this.#what}: ${name}`, at: this.length, width });
    return this.number(width, value);
  }

  /** Appends a number of `width` bytes. */
  number(width: number, value: number | bigint): this {
    if (width === 8) this.#writer.i64(typeof value === 'bigint' ? BigInt.asIntN(64, value) : value);
    else if (width === 4) this.#writer.u32(Number(value));
    else {
      const bytes = new Uint8Array(width);
      putNumber(bytes, 0, width, value);
      this.#writer.bytes(bytes);
    }
    return this;
  }

  text(value: string): this {
    this.#writer.text(value);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#writer.bytes(value);
    return this;
  }

  padTo(length: number): this {
    this.#writer.padTo(length);
    return this;
  }

  align(alignment: number): this {
    this.#writer.align(alignment);
    return this;
  }

  /** Appends the fields and bytes of another block. */
  block(other: Block): this {
    for (const { what, at, width } of other.fields) this.fields.push({ what, at: this.length + at, width });
    return this.bytes(other.done());
  }

  /** Appends the checksum of all bytes before it. */
  sealed(): this {
    this.seal = { start: 0, stop: this.length, at: this.length };
    return this.number(4, 0);
  }

  /** Appends a checksum of the complete block. The checksum also covers bytes that are appended after it. */
  sealedWhole(): this {
    this.seal = { start: 0, stop: Number.POSITIVE_INFINITY, at: this.length };
    return this.number(4, 0);
  }

  done(): Uint8Array {
    return this.#writer.done();
  }
}

/** A finished file. */
export interface BuiltFile {
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
  readonly seals: readonly Seal[];
}

const superblockBytes = 96;

/** Builds a file. A block must be added, or its space reserved, before the blocks that refer to it. */
export class Hdf5Builder {
  #bytes = new Uint8Array(1 << 16);
  #end = superblockBytes;
  readonly fields: Field[] = [];
  readonly seals: Seal[] = [];
  /** Half the maximum number of children of a chunk B-tree node. */
  readonly chunkK: number;
  /** Half the maximum number of children of a group B-tree node, and of symbols in a symbol table node. */
  readonly groupK: number;
  /** Size in bytes of a node of a version 2 B-tree. */
  readonly nodeBytes: number;
  /** True if all objects of a fractal heap are in one large direct block. */
  readonly isOneBlock: boolean;
  /** Binary logarithm of the number of elements in a page of a fixed or extensible array. */
  readonly pageBits: number;

  /** @param scale `small` makes nodes and blocks small, so that few entries make deep structures. */
  constructor(scale: 'small' | 'large') {
    const isSmall = scale === 'small';
    this.chunkK = isSmall ? 2 : 32;
    this.groupK = isSmall ? 2 : 16;
    this.nodeBytes = isSmall ? 128 : 2048;
    this.isOneBlock = !isSmall;
    this.pageBits = isSmall ? 4 : 10;
  }

  /** Reserves `length` bytes for a later {@link put}, and returns their address. */
  reserve(length: number): number {
    const address = Math.ceil(this.#end / 8) * 8;
    this.#end = address + length;
    if (this.#end > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#end);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return address;
  }

  /** Writes a block into reserved space. */
  put(address: number, block: Block): void {
    this.#bytes.set(block.done(), address);
    for (const { what, at, width } of block.fields) this.fields.push({ what, at: address + at, width });
    if (block.seal === null) return;
    const { start, stop, at } = block.seal;
    const seal = { start: address + start, stop: address + Math.min(stop, block.length), at: address + at };
    this.seals.push(seal);
    reseal(this.#bytes, seal);
  }

  /** Writes a block and returns its address. */
  add(block: Block): number {
    const address = this.reserve(block.length);
    this.put(address, block);
    return address;
  }

  /** Writes `bytes` and returns their address. Tests do not change these bytes. */
  addBytes(bytes: Uint8Array): number {
    return this.add(new Block('data').bytes(bytes));
  }

  /** Finishes the file. Its root group is the object header at `root`. */
  done(root: number): BuiltFile {
    const head = new Block('superblock')
      .bytes(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 0, 0, 0, 8, 8, 0))
      .field('leaf K', 2, this.groupK)
      .field('internal K', 2, this.groupK)
      .number(4, 0)
      .field('chunk K', 2, this.chunkK)
      .number(2, 0)
      .number(8, 0)
      .number(8, none)
      .field('end of file', 8, this.#end)
      .number(8, none)
      .number(8, 0)
      .field('root', 8, root);
    this.put(0, head.padTo(superblockBytes));
    return { bytes: this.#bytes.slice(0, this.#end), fields: this.fields, seals: this.seals };
  }
}
