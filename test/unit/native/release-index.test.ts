// Tests that restart points are restored and freed on the pool, because an index can have gigabytes.
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { restoreIndex, restoreIndexSync } from '../../../lib/io/native-index.js';
import { binding, type NativeHandle } from '../../../lib/native/binding.js';

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
    const index = restoreIndexSync({ bytes, end: 0 });
    if (index === null) throw new Error('Expected an index');
    const start = performance.now();
    binding().release(index.handle as NativeHandle);
    releaseMs.push(performance.now() - start);
  }
  expect(Math.min(...releaseMs)).toBeLessThan(0.5);
});

test('restoring a large index takes little time of the calling thread', async () => {
  const bytes = indexBytes();
  const callMs: number[] = [];
  const restoreMs: number[] = [];
  for (let i = 0; i < attempts; i += 1) {
    const start = performance.now();
    const restored = restoreIndex({ bytes, end: 0 }, undefined);
    callMs.push(performance.now() - start);
    const index = await restored;
    restoreMs.push(performance.now() - start);
    expect(index?.pieces.length).toBe(3 * pieces);
    if (index !== null) binding().release(index.handle as NativeHandle);
  }
  expect(Math.min(...callMs)).toBeLessThan(Math.min(...restoreMs) / 4);
});

test('an abort ends the restoration of an index', async () => {
  const controller = new AbortController();
  const restored = restoreIndex({ bytes: indexBytes(), end: 0 }, controller.signal);
  controller.abort();
  await expect(restored).rejects.toMatchObject({ name: 'AbortError' });
});
