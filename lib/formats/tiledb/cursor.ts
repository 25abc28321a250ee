/**
 * Reads TileDB's little-endian, unaligned records, and reports positions in errors.
 * @module
 */
import { FormatError } from '../../core/errors.js';

const utf8 = new TextDecoder('utf-8');

/** Reads fields one after the other. Throws at the end of the bytes. */
export class TileDBCursor {
  readonly bytes: Uint8Array;
  readonly path: string;
  /** Name of the bytes in error messages. */
  readonly what: string;
  /** File offset of `bytes[0]`; null if the file contains the bytes in compressed form. */
  readonly base: number | null;
  position = 0;
  readonly #view: DataView;

  /** @param base file offset of the first byte; null if the bytes were decompressed. */
  constructor(bytes: Uint8Array, path: string, what: string, base: number | null = null) {
    this.bytes = bytes;
    this.path = path;
    this.what = what;
    this.base = base;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /**
   * Creates an error.
   * @param position position of the wrong field (default: the next field).
   */
  error(expected: string, found: unknown, position = this.position): FormatError {
    const inside = this.base === null ? ` at byte ${position} of ${this.what}` : ` in ${this.what}`;
    const offset = this.base === null ? undefined : this.base + position;
    return new FormatError(`Expected ${expected}${inside}, found ${String(found)}`, { path: this.path, offset });
  }

  /** Moves on by `length` bytes and returns the old position. Throws if fewer bytes are left. */
  #take(length: number, field: string): number {
    if (length > this.remaining) throw this.error(`${length} bytes of ${field}`, `${this.remaining} before the end`);
    const at = this.position;
    this.position += length;
    return at;
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(1, field));
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true);
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field), true);
  }

  /** Reads a u64 that is a size, an offset or a count. Throws if it is greater than `max`. */
  size(field: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const at = this.position;
    const value = this.u64(field);
    if (value > BigInt(max)) throw this.error(`${field} of at most ${max}`, value, at);
    return Number(value);
  }

  /** Returns the next `length` bytes as a view. */
  take(length: number, field: string): Uint8Array {
    const at = this.#take(length, field);
    return this.bytes.subarray(at, at + length);
  }

  /** Reads the length of a text in bytes, which is a u32, and then the text. */
  string32(field: string): string {
    return utf8.decode(this.take(this.u32(`length of ${field}`), field));
  }

  /** Reads the length of a text in bytes, which is a u64, and then the text. */
  string64(field: string): string {
    return utf8.decode(this.take(this.size(`length of ${field}`, this.bytes.length), field));
  }

  /**
   * Reads `count` u64 sizes or offsets as numbers. They are exact up to 2^53; larger ones still exceed the size of any
   * file.
   */
  sizes(count: number, field: string): Float64Array {
    const at = this.#take(count * 8, field);
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      out[i] = this.#view.getUint32(at + i * 8, true) + this.#view.getUint32(at + i * 8 + 4, true) * 4294967296;
    }
    return out;
  }
}
