/**
 * Encodes Zarr shards for tests, without a Zarr library.
 * @module
 */
import { crc32c } from '../../lib/formats/crc32c.js';

/** Layout of a shard. */
export interface ShardOptions {
  readonly location?: 'start' | 'end';
  readonly littleEndian?: boolean;
  readonly checksum?: boolean;
  /** Number of bytes between inner chunks. */
  readonly gapBytes?: number;
  /** Order in which the inner chunks are stored. Default: the order of the index. */
  readonly order?: readonly number[];
}

/** Encodes the index of a shard from [offset, length] pairs. null means an absent chunk. */
export function encodeIndex(
  entries: readonly (readonly [bigint, bigint] | null)[],
  options: ShardOptions = {},
): Uint8Array {
  const { littleEndian = true, checksum = true } = options;
  const bytes = new Uint8Array(entries.length * 16 + (checksum ? 4 : 0));
  const view = new DataView(bytes.buffer);
  entries.forEach((entry, i) => {
    const [offset, length] = entry ?? [2n ** 64n - 1n, 2n ** 64n - 1n];
    view.setBigUint64(i * 16, offset, littleEndian);
    view.setBigUint64(i * 16 + 8, length, littleEndian);
  });
  if (checksum) view.setUint32(bytes.length - 4, crc32c(bytes.subarray(0, -4)), true);
  return bytes;
}

/** Encodes a shard of `chunks`. null means an absent chunk. */
export function encodeShard(chunks: readonly (Uint8Array | null)[], options: ShardOptions = {}): Uint8Array {
  const { location = 'end', gapBytes = 0, order = chunks.map((_, i) => i), checksum = true } = options;
  const indexBytes = chunks.length * 16 + (checksum ? 4 : 0);
  let at = location === 'start' ? indexBytes : 0;
  const entries: ([bigint, bigint] | null)[] = chunks.map(() => null);
  const parts: Uint8Array[] = [];
  for (const i of order) {
    const chunk = chunks[i];
    if (chunk === null || chunk === undefined) continue;
    entries[i] = [BigInt(at), BigInt(chunk.length)];
    parts.push(chunk, new Uint8Array(gapBytes).fill(0xaa));
    at += chunk.length + gapBytes;
  }
  const index = encodeIndex(entries, options);
  return Buffer.concat(location === 'start' ? [index, ...parts] : [...parts, index]);
}
