/**
 * A bounds-checked reader of little-endian fields that knows where in the file it stands.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { lookup3 } from './lookup3.js';

/** The address of something that does not exist (all bits set in the file). */
export const undefinedAddress = -1;

/** The sizes of the two variable-width kinds of numbers in a file, from its superblock. */
export interface FieldSizes {
  /** Bytes of an address. */
  readonly offsetSize: number;
  /** Bytes of a length. */
  readonly lengthSize: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/** `bytes` as text: UTF-8, or Latin-1 if they are not valid UTF-8 (old writers). */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

/** Reads fields one after the other; a read beyond the end is a {@link FormatError} that names the structure. */
export class Hdf5Cursor {
  readonly bytes: Uint8Array;
  /** The file, for errors. */
  readonly path: string;
  /** The offset in the file of `bytes[0]`. */
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

  /** Bytes left. */
  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** The offset in the file of the next field. */
  get offset(): number {
    return this.base + this.position;
  }

  /** An error at the field that starts at `position` (default: the next one). */
  error(message: string, position: number = this.position): FormatError {
    return new FormatError(`HDF5 ${this.what}: ${message}`, { path: this.path, offset: this.base + position });
  }

  /** Checks that `count` bytes are left, and returns where they start. */
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

  /** An unsigned number of `width` bytes (1 to 8); inexact above 2^53. */
  #number(width: number): number {
    const start = this.#advance(width);
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + (this.bytes[start + i] ?? 0);
    return value;
  }

  /** An unsigned number of `width` bytes (1 to 8) below 2^53. */
  uint(width: number): number {
    const start = this.position;
    const value = this.#number(width);
    if (value > Number.MAX_SAFE_INTEGER) throw this.error('expected a number below 2^53', start);
    return value;
  }

  u64(): number {
    return this.uint(8);
  }

  /** A length. */
  length(): number {
    return this.uint(this.sizes.lengthSize);
  }

  /** A length; inexact above 2^53. */
  lengthOrMore(): number {
    return this.#number(this.sizes.lengthSize);
  }

  /** A length, or Infinity if all its bits are set (an unlimited dimension); inexact above 2^53. */
  extent(): number {
    return this.#allOnes(this.sizes.lengthSize) ? Number.POSITIVE_INFINITY : this.lengthOrMore();
  }

  /** An address, or {@link undefinedAddress}. */
  address(): number {
    return this.#allOnes(this.sizes.offsetSize) ? undefinedAddress : this.uint(this.sizes.offsetSize);
  }

  /** Skips a field of `width` bytes if all its bits are set. */
  #allOnes(width: number): boolean {
    if (width > this.remaining) return false;
    for (let i = 0; i < width; i++) if (this.bytes[this.position + i] !== 0xff) return false;
    this.position += width;
    return true;
  }

  /** The next `count` bytes, a view. */
  take(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.bytes.subarray(start, start + count);
  }

  skip(count: number): void {
    this.#advance(count);
  }

  /** Checks the next four characters. */
  signature(expected: string): void {
    const start = this.position;
    const found = latin1.decode(this.take(expected.length));
    if (found !== expected)
      throw this.error(`expected the signature ${expected}, found ${JSON.stringify(found)}`, start);
  }

  /** Checks a version byte, and returns it. */
  version(lowest: number, highest: number = lowest): number {
    const found = this.u8();
    if (found < lowest || found > highest) {
      const expected = lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
      throw this.error(`expected version ${expected}, found ${found}`, this.position - 1);
    }
    return found;
  }

  /** The text up to the next NUL, which is consumed; `multiple` pads the whole to a multiple of that many bytes. */
  text(multiple = 1): string {
    const start = this.position;
    const end = this.bytes.indexOf(0, start);
    if (end < 0) throw this.error('expected a text that ends with NUL');
    this.position = end;
    this.#advance(Math.ceil((end - start + 1) / multiple) * multiple - (end - start));
    return decodeText(this.bytes.subarray(start, end));
  }

  /** Checks the lookup3 checksum that follows over everything from `from` to here. */
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
