/**
 * Computes CRC-32C (Castagnoli) checksums for shard indexes and saved indexes.
 * @see https://www.rfc-editor.org/rfc/rfc3720 (appendix B.4)
 * @module
 */

import { checkpoint, type Sliced } from '../core/checkpoint.js';

/** Reversed polynomial. */
const polynomial = 0x82f63b78;

/** State of the checksum before the first byte. */
const initial = 0xffffffff;

/** Number of bytes between checkpoints. Their checksum takes about a millisecond. */
const sliceBytes = 1 << 20;

/**
 * `tables[k][b]` is the CRC of byte b followed by k zero bytes. With eight tables, eight bytes are processed at a time.
 */
const tables: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let b = 0; b < 256; b += 1) {
    let sum = b;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    first[b] = sum;
  }
  const all = [first];
  for (let k = 1; k < 8; k += 1) {
    const previous = all[k - 1] ?? first;
    all.push(previous.map((sum) => (sum >>> 8) ^ (first[sum & 0xff] ?? 0)));
  }
  return all;
}

/** Returns the CRC-32C of `bytes` as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  return (update(initial, bytes) ^ initial) >>> 0;
}

/** Returns the same as {@link crc32c}, with checkpoints at which other work can run. */
export function* crc32cInSlices(bytes: Uint8Array): Sliced<number> {
  let sum = initial;
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    if (at > 0) yield checkpoint;
    sum = update(sum, bytes.subarray(at, at + sliceBytes));
  }
  return (sum ^ initial) >>> 0;
}

/** Returns the state of the checksum after more bytes. */
function update(state: number, bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as readonly [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = state;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = view.getUint32(at, true) ^ sum;
    const high = view.getUint32(at + 4, true);
    sum =
      (t7[low & 0xff] ?? 0) ^
      (t6[(low >>> 8) & 0xff] ?? 0) ^
      (t5[(low >>> 16) & 0xff] ?? 0) ^
      (t4[low >>> 24] ?? 0) ^
      (t3[high & 0xff] ?? 0) ^
      (t2[(high >>> 8) & 0xff] ?? 0) ^
      (t1[(high >>> 16) & 0xff] ?? 0) ^
      (t0[high >>> 24] ?? 0);
  }
  for (; at < bytes.length; at += 1) sum = (sum >>> 8) ^ (t0[(sum ^ view.getUint8(at)) & 0xff] ?? 0);
  return sum;
}
