/**
 * Reads little-endian fields with bounds checks. Errors contain the file offset of the field.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { lookup3 } from './lookup3.js';

/** Stands for the address of something that does not exist. All bits of such an address are set in the file. */
export const undefinedAddress = -1;

/** Widths of addresses and lengths in a file, from its superblock. */
export interface FieldSizes {
  /** Bytes of an address. */
  readonly offsetSize: number;
  /** Bytes of a length. */
  readonly lengthSize: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/** Decodes `bytes` as UTF-8, or as Latin-1 (used by old writers) if they are not valid UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

/** Reads fields one after the other. A read beyond the end throws a {@link FormatError} that names the structure. */
export class Hdf5Cursor {
  readonly bytes: Uint8Array;
  /** Path of the file, for errors. */
  readonly path: string;
  /** File offset of `bytes[0]`. */
  readonly base: number;
  /** Name of the bytes in error messages, such as `dataspace message`. */
  readonly what: string;
  readonly sizes: FieldSizes;
  /** Offset of the next field in `bytes`. */
  position = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, path: string, base: number, what: string, sizes: FieldSizes) {
    this.bytes = bytes;
    this.path = path;
    this.base = base;
    this.what = what;
    this.sizes = sizes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Number of bytes after `position`. */
  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** File offset of the next field. */
  get offset(): number {
    return this.base + this.position;
  }

  /** Creates an error at the field that starts at `position` (default: the next field). */
  error(message: string, position: number = this.position): FormatError {
    return new FormatError(`HDF5 ${this.what}: ${message}`, { path: this.path, offset: this.base + position });
  }

  /** Moves on by `count` bytes and returns the old position. Throws if fewer bytes are left. */
  #advance(count: number): number {
    const start = this.position;
    if (!(count >= 0 && count <= this.remaining)) {
      throw this.error(`expected ${count} more bytes, found ${this.remaining}`);
    }
    this.position = start + count;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Reads an unsigned number of `width` bytes (1 to 8). The result is inexact above 2^53. */
  #number(width: number): number {
    const start = this.#advance(width);
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + (this.bytes[start + i] ?? 0);
    return value;
  }

  /** Reads an unsigned number of `width` bytes (1 to 8). Throws if it is 2^53 or more. */
  uint(width: number): number {
    const start = this.position;
    const value = this.#number(width);
    if (value > Number.MAX_SAFE_INTEGER) throw this.error('expected a number below 2^53', start);
    return value;
  }

  /**
   * Reads an unsigned number of `width` bytes; Infinity if all its bits are set. Throws if it is another number of 2^53
   * or more.
   */
  uintOrUnlimited(width: number): number {
    return this.#allOnes(width) ? Number.POSITIVE_INFINITY : this.uint(width);
  }

  u64(): number {
    return this.uint(8);
  }

  /** Reads a length. Throws if it is 2^53 or more. */
  length(): number {
    return this.uint(this.sizes.lengthSize);
  }

  /** Reads a length. The result is inexact above 2^53. */
  lengthOrMore(): number {
    return this.#number(this.sizes.lengthSize);
  }

  /** Reads a length; Infinity if all its bits are set (an unlimited dimension). The result is inexact above 2^53. */
  extent(): number {
    return this.#allOnes(this.sizes.lengthSize) ? Number.POSITIVE_INFINITY : this.lengthOrMore();
  }

  /** Reads an address; {@link undefinedAddress} if all its bits are set. */
  address(): number {
    return this.#allOnes(this.sizes.offsetSize) ? undefinedAddress : this.uint(this.sizes.offsetSize);
  }

  /** Skips a field of `width` bytes if all its bits are set. Returns true if it did. */
  #allOnes(width: number): boolean {
    if (width > this.remaining) return false;
    for (let i = 0; i < width; i++) if (this.bytes[this.position + i] !== 0xff) return false;
    this.position += width;
    return true;
  }

  /** Returns the next `count` bytes as a view. */
  take(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.bytes.subarray(start, start + count);
  }

  skip(count: number): void {
    this.#advance(count);
  }

  /** Throws unless the next characters are `expected`. */
  signature(expected: string): void {
    const start = this.position;
    const found = latin1.decode(this.take(expected.length));
    if (found !== expected)
      throw this.error(`expected the signature ${expected}, found ${JSON.stringify(found)}`, start);
  }

  /** Reads a version byte. Throws unless it is in the range `lowest` to `highest`. */
  version(lowest: number, highest: number = lowest): number {
    const found = this.u8();
    if (found < lowest || found > highest) {
      const expected = lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
      throw this.error(`expected version ${expected}, found ${found}`, this.position - 1);
    }
    return found;
  }

  /**
   * Reads a text that ends with NUL. The text, its NUL and its padding together take a multiple of `multiple` bytes.
   */
  text(multiple = 1): string {
    const start = this.position;
    const end = this.bytes.indexOf(0, start);
    if (end < 0) throw this.error('expected a text that ends with NUL');
    this.position = end;
    this.#advance(Math.ceil((end - start + 1) / multiple) * multiple - (end - start));
    return decodeText(this.bytes.subarray(start, end));
  }

  /** Reads a lookup3 checksum. Throws unless it matches the bytes from `from` to the checksum. */
  checksum(from = 0): void {
    const stop = this.position;
    const stored = this.u32();
    const computed = lookup3(this.bytes, from, stop);
    if (stored !== computed) {
      throw this.error(`checksum mismatch: expected ${hex(stored)}, the bytes give ${hex(computed)}`, stop);
    }
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
