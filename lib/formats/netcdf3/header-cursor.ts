/**
 * Reads values from a classic NetCDF header of which only the first part may be in memory.
 * @module
 */
import { FormatError } from '../../core/errors.js';

/** Stored instead of the number of records in a file that was written as a stream. */
const streaming32 = 0xffffffff;
const utf8 = new TextDecoder();
const streaming64 = 0xffffffffffffffffn;

/** Signals that the header continues beyond the bytes in memory. The caller reads more and parses again. */
export class NeedBytes extends Error {
  /** Number of bytes, from the start of the file, that must at least be in memory. */
  readonly bytes: number;
  constructor(bytes: number) {
    super(`Expected ${bytes} bytes of the header`);
    this.bytes = bytes;
  }
}

/**
 * Reads header values. Beyond the end of the file, throws a FormatError. Beyond the bytes in memory, throws {@link
 * NeedBytes}.
 */
export class HeaderCursor {
  /** Offset of the next value in the file. */
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileSize: number;
  readonly #path: string;
  readonly #wide: boolean;

  /** @param wide true if counts have 8 bytes (CDF-5), false for 4. */
  constructor(bytes: Uint8Array, fileSize: number, path: string, wide: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileSize = fileSize;
    this.#path = path;
    this.#wide = wide;
  }

  /** Creates the error "Expected `what`" for the file offset `offset`. */
  error(what: string, offset: number): FormatError {
    return new FormatError(`Expected ${what}`, { path: this.#path, offset });
  }

  skip(length: number): void {
    this.#advance(length);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** Reads a 64-bit number below 2^53. */
  uint64(): number {
    const at = this.#advance(8);
    const value = Number(this.#view.getBigUint64(at));
    if (!Number.isSafeInteger(value)) throw this.error(`a number below 2^53, found ${value}`, at);
    return value;
  }

  /** Reads a count or size (NON_NEG in the grammar of the specification). */
  count(): number {
    return this.#wide ? this.uint64() : this.uint32();
  }

  /** Reads the number of records; null if the file was written as a stream. */
  recordCount(): number | null {
    const at = this.position;
    if (!this.#wide) {
      const value = this.uint32();
      return value === streaming32 ? null : value;
    }
    this.#advance(8);
    if (this.#view.getBigUint64(at) === streaming64) return null;
    this.position = at;
    return this.uint64();
  }

  /**
   * Reads a name up to the first NUL, because some writers count a terminating NUL. The NetCDF library does the same.
   */
  name(): string {
    const at = this.position;
    const bytes = this.padded(this.count(), 1);
    const end = bytes.indexOf(0);
    if (bytes.length === 0 || end === 0) throw this.error('a name, found none', at);
    return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** Reads `count` values of `size` bytes, and skips the padding to a multiple of 4 bytes. */
  padded(count: number, size: number): Uint8Array {
    const length = count * size;
    if (!Number.isSafeInteger(length)) throw this.error(`less than 2^53 bytes, found ${count} values`, this.position);
    const at = this.#advance(Math.ceil(length / 4) * 4);
    return this.#bytes.subarray(at, at + length);
  }

  /** Moves on by `length` bytes and returns the old position. */
  #advance(length: number): number {
    const at = this.position;
    const end = at + length;
    if (end > this.#fileSize) {
      throw this.error(
        `${length} bytes of a NetCDF header, found ${this.#fileSize - at} before the end of the file`,
        at,
      );
    }
    if (end > this.#bytes.length) throw new NeedBytes(end);
    this.position = end;
    return at;
  }
}
