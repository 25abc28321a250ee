/**
 * Steps through the bytes of a classic NetCDF header, of which only a part may have been read yet.
 * @module
 */
import { FormatError } from '../../core/errors.js';

/** Records of a file that is written as a stream. */
const streaming32 = 0xffffffff;
const utf8 = new TextDecoder();
const streaming64 = 0xffffffffffffffffn;

/** Says that the bytes at hand end within the header; the caller reads more and starts again. */
export class NeedBytes extends Error {
  /** How many bytes are needed at least. */
  readonly bytes: number;
  constructor(bytes: number) {
    super(`Expected ${bytes} bytes of the header`);
    this.bytes = bytes;
  }
}

/** All getters throw a FormatError when the file ends before the value does, and {@link NeedBytes} when only the bytes at hand do. */
export class HeaderCursor {
  /** Where the next value is: offset in the header and so in the file. */
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileSize: number;
  readonly #path: string;
  readonly #wide: boolean;

  /** `wide`: counts take 8 bytes (CDF-5), else 4. */
  constructor(bytes: Uint8Array, fileSize: number, path: string, wide: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileSize = fileSize;
    this.#path = path;
    this.#wide = wide;
  }

  /** The error that says that `what` was expected at `offset`. */
  error(what: string, offset: number): FormatError {
    return new FormatError(`Expected ${what}`, { path: this.#path, offset });
  }

  skip(length: number): void {
    this.#advance(length);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** A 64-bit number below 2^53. */
  uint64(): number {
    const at = this.#advance(8);
    const value = Number(this.#view.getBigUint64(at));
    if (!Number.isSafeInteger(value)) throw this.error(`a number below 2^53, found ${value}`, at);
    return value;
  }

  /** NON_NEG of the grammar: a count or size. */
  count(): number {
    return this.#wide ? this.uint64() : this.uint32();
  }

  /** The number of records; null for a stream. */
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

  /** A name. As in the NetCDF library, it ends at the first NUL: some writers count the one at the end of their text. */
  name(): string {
    const at = this.position;
    const bytes = this.padded(this.count(), 1);
    const end = bytes.indexOf(0);
    if (bytes.length === 0 || end === 0) throw this.error('a name, found none', at);
    return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** The bytes of `count` values of `size` bytes; steps over the padding to a multiple of 4 too. */
  padded(count: number, size: number): Uint8Array {
    const length = count * size;
    if (!Number.isSafeInteger(length)) throw this.error(`less than 2^53 bytes, found ${count} values`, this.position);
    const at = this.#advance(Math.ceil(length / 4) * 4);
    return this.#bytes.subarray(at, at + length);
  }

  /** Steps over `length` bytes and gives where they start. */
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
