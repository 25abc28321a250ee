/**
 * Writes FlatBuffers: tables, texts and vectors, in the order in which a reader needs them.
 * @see https://flatbuffers.dev/internals/
 * @module
 */

/** An integer of `size` bytes in a table. */
export interface Integer {
  readonly size: 1 | 2 | 4 | 8;
  readonly value: number;
}

/** A value to which a table or vector refers by its offset. */
export type Referenced =
  | { readonly table: readonly (Integer | Referenced | null)[] }
  | { readonly text: string }
  | { readonly list: readonly Referenced[] }
  /** A vector of structures that consist of 64-bit integers. */
  | { readonly longs: readonly (readonly number[])[] };

export const int8 = (value: number): Integer => ({ size: 1, value });
export const int16 = (value: number): Integer => ({ size: 2, value });
export const int32 = (value: number): Integer => ({ size: 4, value });
export const int64 = (value: number): Integer => ({ size: 8, value });

/** Returns a FlatBuffer whose root is `root`. Fields of a table that are null have their default values. */
export function flatBuffer(root: Referenced): Uint8Array {
  const writer = new Writer();
  writer.refer(writer.reserve(4, 4), root);
  return writer.bytes;
}

/** Appends values to a buffer. */
class Writer {
  #buffer = Buffer.alloc(1024);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Appends `bytes` zeros at a multiple of `alignment` plus `shift`. Returns their position. */
  reserve(bytes: number, alignment: number, shift = 0): number {
    const begin = Math.ceil((this.#length - shift) / alignment) * alignment + shift;
    this.#length = begin + bytes;
    if (this.#length > this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer], Math.max(this.#length, 2 * this.#buffer.length));
    }
    return begin;
  }

  /** Appends `value`, and writes its offset to `position`. */
  refer(position: number, value: Referenced): void {
    this.#buffer.writeUInt32LE(this.#append(value) - position, position);
  }

  #append(value: Referenced): number {
    if ('table' in value) return this.#appendTable(value.table);
    if ('text' in value) {
      const bytes = Buffer.from(value.text);
      const at = this.reserve(4 + bytes.length + 1, 4);
      this.#buffer.writeUInt32LE(bytes.length, at);
      this.#buffer.set(bytes, at + 4);
      return at;
    }
    if ('list' in value) {
      const at = this.reserve(4 + 4 * value.list.length, 4);
      this.#buffer.writeUInt32LE(value.list.length, at);
      value.list.forEach((item, i) => {
        this.refer(at + 4 + 4 * i, item);
      });
      return at;
    }
    const numbers = value.longs.flat();
    const at = this.reserve(4 + 8 * numbers.length, 8, 4);
    this.#buffer.writeUInt32LE(value.longs.length, at);
    numbers.forEach((number, i) => {
      this.#buffer.writeBigInt64LE(BigInt(number), at + 4 + 8 * i);
    });
    return at;
  }

  /** Appends the offsets of the fields of a table (its vtable), then the table. Returns the position of the table. */
  #appendTable(fields: readonly (Integer | Referenced | null)[]): number {
    let size = 4;
    const offsets = fields.map((field) => {
      if (field === null) return 0;
      const bytes = 'size' in field ? field.size : 4;
      const offset = Math.ceil(size / bytes) * bytes;
      size = offset + bytes;
      return offset;
    });
    const vtable = this.reserve(4 + 2 * fields.length, 2);
    const at = this.reserve(size, 8);
    [4 + 2 * fields.length, size, ...offsets].forEach((number, i) => {
      this.#buffer.writeUInt16LE(number, vtable + 2 * i);
    });
    this.#buffer.writeInt32LE(at - vtable, at);
    fields.forEach((field, i) => {
      const position = at + (offsets[i] ?? 0);
      if (field === null) return;
      if (!('size' in field)) this.refer(position, field);
      else if (field.size === 8) this.#buffer.writeBigInt64LE(BigInt(field.value), position);
      else this.#buffer.writeIntLE(field.value, position, field.size);
    });
    return at;
  }
}
