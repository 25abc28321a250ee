// Tests that the memory of restart points is freed on the pool, because an index can have gigabytes.
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { binding, isNativeError } from '../../../lib/native/binding.js';

const pieces = 1024;
const headerBytes = 16;
const pieceBytes = 208;
const windowBytes = 32_768;
/** Number of attempts. A thread that frees the memory itself is slow in all of them. */
const attempts = 5;

/** Returns an index of 32 MiB in the format of docs/formats/saved-index.md. */
function indexBytes(): Uint8Array {
  const windows = headerBytes + pieces * pieceBytes;
  const bytes = new Uint8Array(windows + pieces * windowBytes + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1, true);
  view.setBigUint64(8, BigInt(pieces), true);
  for (let i = 0; i < pieces; i += 1) view.setUint32(headerBytes + i * pieceBytes + 24, windowBytes, true);
  bytes.fill(7, windows);
  const end = bytes.length - 4;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

test('releasing a large index takes much less time than freeing its memory', () => {
  const bytes = indexBytes();
  const releaseMs: number[] = [];
  for (let i = 0; i < attempts; i += 1) {
    const index = binding().load_deflate_index(bytes, 0);
    if (isNativeError(index)) throw new Error(index.message);
    const start = performance.now();
    binding().release(index);
    releaseMs.push(performance.now() - start);
  }
  expect(Math.min(...releaseMs)).toBeLessThan(0.5);
});
