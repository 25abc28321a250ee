// Tests that restart points are restored and freed on the pool, because an index can have gigabytes.
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { pieceWords } from '../../../lib/core/generated/inflate.js';
import { restoreIndex, restoreIndexSync } from '../../../lib/io/native-index.js';
import { binding, type NativeHandle } from '../../../lib/native/binding.js';

const headerBytes = 16;
const pieceBytes = 208;
const windowBytes = 32_768;
/** Number of attempts. A thread that frees the memory itself is slow in all of them. */
const attempts = 5;

const window = new Uint8Array(windowBytes).fill(7);

/** Returns the bytes of an index of `pieces` before its windows, in the format of docs/formats/saved-index.md. */
function tableBytes(pieces: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes + pieces * pieceBytes + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 2, true);
  view.setBigUint64(8, BigInt(pieces), true);
  const checksum = crc32(window);
  for (let i = 0; i < pieces; i += 1) {
    view.setUint32(headerBytes + i * pieceBytes + 24, windowBytes, true);
    view.setUint32(headerBytes + i * pieceBytes + 44, checksum, true);
  }
  const end = bytes.length - 4;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

test('releasing a large index takes much less time than freeing its memory', () => {
  const bytes = tableBytes(1024);
  const releaseMs: number[] = [];
  for (let i = 0; i < attempts; i += 1) {
    const index = restoreIndexSync({ bytes, end: 0 });
    if (index === null) throw new Error('Expected an index');
    for (let piece = 0; piece < 1024; piece += 1) expect(index.addWindows(piece, window)).toBe(true);
    const start = performance.now();
    binding().release(index.handle as NativeHandle);
    releaseMs.push(performance.now() - start);
  }
  expect(Math.min(...releaseMs)).toBeLessThan(0.5);
});

test('restoring a large index takes little time of the calling thread', async () => {
  const pieces = 40_000;
  const bytes = tableBytes(pieces);
  const callMs: number[] = [];
  const restoreMs: number[] = [];
  for (let i = 0; i < attempts; i += 1) {
    const start = performance.now();
    const restored = restoreIndex({ bytes, end: 0 }, undefined);
    callMs.push(performance.now() - start);
    const index = await restored;
    restoreMs.push(performance.now() - start);
    expect(index?.pieces.length).toBe(pieceWords * pieces);
    if (index !== null) binding().release(index.handle as NativeHandle);
  }
  expect(Math.min(...callMs)).toBeLessThan(Math.min(...restoreMs) / 4);
});

test('an abort ends the restoration of an index', async () => {
  const controller = new AbortController();
  const restored = restoreIndex({ bytes: tableBytes(1024), end: 0 }, controller.signal);
  controller.abort();
  await expect(restored).rejects.toMatchObject({ name: 'AbortError' });
});
