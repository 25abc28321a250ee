/**
 * Decodes the index of a shard. It contains an offset and a length per inner chunk as unsigned 64-bit integers. Both
 * are 2^64 - 1 if the chunk is absent. The size of the index depends on the number of inner chunks and the index
 * codecs.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html
 * @module
 */
import type { Sliced } from '../../core/checkpoint.js';
import type { ByteOrder } from '../../core/dtype.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import type { ShardLayout } from '../../plan/locations.js';
import { crc32cInSlices } from '../crc32c.js';
import { asExtension, checkMembers } from './extension.js';
import { asArray, asChoice, asInteger, fieldError, inside, type Place } from './fields.js';
import type { Json } from './json.js';

/** Stored layout of a shard index. */
export interface ShardIndexLayout extends ShardLayout {
  /** Number of inner chunks in a shard. */
  readonly count: number;
  /** Stored size in bytes, including the checksum if there is one. */
  readonly bytes: number;
}

const byteOrders: readonly ByteOrder[] = ['little', 'big'];

/** Maximum size of an index in bytes. Arrays with larger indexes are not supported. */
export const maxIndexBytes = 2 ** 27;

/**
 * Parses `index_codecs`.
 * @param counts number of inner chunks per stored dimension.
 * @param axes array dimension of each stored dimension.
 * @throws {UnsupportedError} if a codec is not supported, for example a compressor, which the specification forbids.
 */
export function parseIndexLayout(
  value: Json | undefined,
  place: Place,
  counts: readonly number[],
  axes: readonly number[],
  { location }: { readonly location: 'start' | 'end' },
): ShardIndexLayout {
  const codecs = asArray(value, place).map((item, i) => asExtension(item, inside(place, i)));
  const count = counts.reduce((total, n) => total * n, 1);
  if (count * 16 > maxIndexBytes) throw new UnsupportedError(`Zarr shards of ${count} chunks`, place.path);
  // Dimension i of the stored index is dimension order[i] of [...counts, 2].
  let order = [...counts, 2].map((_, i) => i);
  let byteOrder: ByteOrder | null = null;
  let checksum: 'crc32c' | 'none' = 'none';
  for (const codec of codecs) {
    if (codec.name === 'transpose' && byteOrder === null) {
      checkMembers(codec, ['order']);
      order = permute(order, codec.configuration['order'], inside(codec.place, 'order'));
    } else if (codec.name === 'bytes' && byteOrder === null) {
      checkMembers(codec, ['endian']);
      byteOrder = asChoice(codec.configuration['endian'], inside(codec.place, 'endian'), byteOrders);
    } else if (codec.name === 'crc32c' && byteOrder !== null && checksum === 'none') {
      checkMembers(codec, []);
      checksum = 'crc32c';
    } else {
      throw new UnsupportedError(`the codec '${codec.name}' in the index of a Zarr shard`, place.path);
    }
  }
  if (byteOrder === null) throw fieldError(place, "the codec 'bytes'", value);
  const stored = storedStrides([...counts, 2], order);
  const arrayCounts = [...counts];
  const strides = [...counts];
  axes.forEach((axis, i) => {
    arrayCounts[axis] = counts[i] ?? 1;
    strides[axis] = stored[i] ?? 0;
  });
  return {
    location,
    count,
    bytes: count * 16 + (checksum === 'crc32c' ? 4 : 0),
    byteOrder,
    checksum,
    counts: arrayCounts,
    strides,
    lengthStride: stored[counts.length] ?? 1,
  };
}

function permute(order: readonly number[], value: Json | undefined, place: Place): number[] {
  const by = asArray(value, place).map((item, i) => asInteger(item, inside(place, i), 0, order.length - 1));
  if (by.length !== order.length || new Set(by).size !== by.length) {
    throw fieldError(place, `a permutation of ${order.length} dimensions`, value);
  }
  return by.map((from) => order[from] ?? 0);
}

function storedStrides(shape: readonly number[], order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (const axis of [...order].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}

/** Location of a shard, which is a whole file or a part of a file. */
export interface ShardRange {
  readonly path: string;
  /** Offset of the shard in the file. */
  readonly base: number;
  /** Length of the shard in bytes. */
  readonly length: number;
}

/** The decoded index of one shard. Each entry is checked when it is looked up. */
export class ShardIndex {
  readonly #view: DataView;
  readonly #layout: ShardIndexLayout;
  readonly #shard: ShardRange;
  readonly #storedBytes: number | null;

  /**
   * Decodes a stored index.
   * @param bytes the stored index, `layout.bytes` long.
   * @param storedBytes required length of every chunk; null if lengths vary.
   * @throws {FormatError} if the index is too short or its checksum is wrong.
   */
  static *decode(
    bytes: Uint8Array,
    layout: ShardIndexLayout,
    shard: ShardRange,
    storedBytes: number | null,
  ): Sliced<ShardIndex> {
    const index = new ShardIndex(bytes, layout, shard, storedBytes);
    if (layout.checksum === 'crc32c') {
      const expected = index.#view.getUint32(layout.bytes - 4, true);
      const found = yield* crc32cInSlices(bytes.subarray(0, layout.bytes - 4));
      if (found !== expected) {
        throw new FormatError(`Expected a shard index with CRC-32C ${hex(expected)}, found ${hex(found)}`, {
          path: shard.path,
          offset: index.#offset(),
        });
      }
    }
    return index;
  }

  private constructor(bytes: Uint8Array, layout: ShardIndexLayout, shard: ShardRange, storedBytes: number | null) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#layout = layout;
    this.#shard = shard;
    this.#storedBytes = storedBytes;
    if (shard.length < layout.bytes || bytes.length !== layout.bytes) {
      throw new FormatError(`Expected a shard with an index of ${layout.bytes} bytes, found ${shard.length} bytes`, {
        path: shard.path,
        offset: shard.base,
      });
    }
  }

  /** Memory used by the index in bytes. */
  get sizeBytes(): number {
    return this.#view.byteLength;
  }

  /**
   * Writes the file offset and length of a chunk to `offsets[entry]` and `lengths[entry]`; offset -1 if it is absent.
   * @param word position of the chunk's offset in the index, in 64-bit words.
   * @returns true if the chunk exists.
   * @throws {FormatError} if the chunk lies outside the shard or its length is wrong.
   */
  find(word: number, offsets: Float64Array, lengths: Float64Array, entry: number): boolean {
    const offset = this.#word(word);
    const length = this.#word(word + this.#layout.lengthStride);
    const { base, length: size, path } = this.#shard;
    if (offset === absent && length === absent) {
      offsets[entry] = -1;
      lengths[entry] = 0;
      return false;
    }
    const expected = this.#storedBytes;
    if (!(offset + length <= size) || (expected !== null && length !== expected)) {
      const what = expected === null ? 'an inner chunk' : `an inner chunk of ${expected} bytes`;
      throw new FormatError(
        `Expected ${what} within the ${size} bytes of its shard, found offset ${offset} and length ${length}`,
        { path, offset: this.#offset() + word * 8 },
      );
    }
    offsets[entry] = base + offset;
    lengths[entry] = length;
    return true;
  }

  #offset(): number {
    const { base, length } = this.#shard;
    return this.#layout.location === 'start' ? base : base + Math.max(0, length - this.#layout.bytes);
  }

  /** Reads a 64-bit word as a double: exact below 2^53, and Infinity for 2^64 - 1. */
  #word(index: number): number {
    const little = this.#layout.byteOrder === 'little';
    const low = this.#view.getUint32(index * 8 + (little ? 0 : 4), little);
    const high = this.#view.getUint32(index * 8 + (little ? 4 : 0), little);
    return low === 0xffffffff && high === 0xffffffff ? absent : high * 2 ** 32 + low;
  }
}

const absent = Number.POSITIVE_INFINITY;

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
