/**
 * Builds binary files for tests, value by value.
 * @module
 */
import type { ByteOrder } from '../../lib/core/dtype.js';

/** Appends values in one byte order. Every method returns the writer. */
export class ByteWriter {
  readonly #little: boolean;
  #bytes = new Uint8Array(256);
  #length = 0;

  constructor(order: ByteOrder = 'little') {
    this.#little = order === 'little';
  }

  /** Number of bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(...values: readonly number[]): this {
    return this.#each(values, 1, (view, at, value) => view.setUint8(at, value));
  }

  i16(...values: readonly number[]): this {
    return this.#each(values, 2, (view, at, value) => view.setInt16(at, value, this.#little));
  }

  u16(...values: readonly number[]): this {
    return this.#each(values, 2, (view, at, value) => view.setUint16(at, value, this.#little));
  }

  i32(...values: readonly number[]): this {
    return this.#each(values, 4, (view, at, value) => view.setInt32(at, value, this.#little));
  }

  u32(...values: readonly number[]): this {
    return this.#each(values, 4, (view, at, value) => view.setUint32(at, value, this.#little));
  }

  i64(...values: readonly (number | bigint)[]): this {
    return this.#each(values, 8, (view, at, value) => view.setBigInt64(at, BigInt(value), this.#little));
  }

  f32(...values: readonly number[]): this {
    return this.#each(values, 4, (view, at, value) => view.setFloat32(at, value, this.#little));
  }

  f64(...values: readonly number[]): this {
    return this.#each(values, 8, (view, at, value) => view.setFloat64(at, value, this.#little));
  }

  /** Appends UTF-8 text, padded with NULs to `length` bytes if it is given. */
  text(value: string, length?: number): this {
    const bytes = new TextEncoder().encode(value);
    this.bytes(bytes);
    return this.zeros(Math.max(0, (length ?? bytes.length) - bytes.length));
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  zeros(count: number): this {
    this.#reserve(count);
    this.#length += count;
    return this;
  }

  /** Appends zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    return this.zeros((alignment - (this.#length % alignment)) % alignment);
  }

  /** Appends zeros until the total length is `length`. */
  padTo(length: number): this {
    return this.zeros(Math.max(0, length - this.#length));
  }

  /** Returns a copy of everything that was written. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #each<T>(values: readonly T[], size: number, put: (view: DataView, at: number, value: T) => void): this {
    for (const value of values) {
      this.#reserve(size);
      put(new DataView(this.#bytes.buffer), this.#length, value);
      this.#length += size;
    }
    return this;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Returns the bytes 0, 1, 2, ... modulo 251, so that adjacent elements of a test array always differ. */
export function countingBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = i % 251;
  return bytes;
}

/** True if two byte arrays are equal. For megabytes, `toEqual` would take seconds. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
