/**
 * Tests reads and explanations of many chunks or indices. JavaScript plans them in time slices, and threads of the pool
 * decode the plans.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ArrayHandle, openArray, slice } from '../../../lib/index.js';
import { Random } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();

/** Opens an array of `rows` rows of two uint16 elements. Each element is its C-order index modulo 2^16. */
async function openRaw(rows: number): Promise<ArrayHandle> {
  const path = join(temporary.path, `raw-${rows}.bin`);
  writeFileSync(
    path,
    Uint16Array.from({ length: 2 * rows }, (_, i) => i % 65536),
  );
  return await openArray(path, { format: 'raw', shape: [rows, 2], dtype: 'uint16' });
}

/**
 * Opens a Zarr array of `side` x `side` chunks of 2 x 2 bytes. Only each `every`-th chunk exists. The fill value is 9.
 */
async function openZarr(side: number, every: number): Promise<ArrayHandle> {
  const path = join(temporary.path, `zarr-${side}-${every}`);
  mkdirSync(path);
  const shape = [2 * side, 2 * side];
  const document = { zarr_format: 2, shape, chunks: [2, 2], dtype: '|u1', compressor: null, filters: null };
  writeFileSync(join(path, '.zarray'), JSON.stringify({ ...document, fill_value: 9, order: 'C' }));
  for (let i = 0; i < side * side; i += every) {
    writeFileSync(join(path, `${Math.floor(i / side)}.${i % side}`), Uint8Array.of(i, i, i, i));
  }
  return await openArray(path);
}

/** Compares bytes, because comparing element by element would take longer than the reads. */
function isSame(a: NodeJS.ArrayBufferView, b: NodeJS.ArrayBufferView): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

describe('large plans', () => {
  test('read the same 100,000 random indices with repeats, synchronously or not, from every form of list', async () => {
    const rows = 90_000;
    await using array = await openRaw(rows);
    const random = new Random(11);
    const list = Uint32Array.from({ length: 100_000 }, () => random.below(rows));
    const expected = Uint16Array.from(list, (row) => (2 * row + 1) % 65536);
    expect(isSame(array.readSync([list, 1]).data, expected)).toBe(true);
    for (const form of [list, [...list], BigUint64Array.from(list, BigInt), Array.from(list, (i) => i - rows)]) {
      const { data, shape, stats } = await array.read([form, 1]);
      expect(isSame(data, expected)).toBe(true);
      expect(shape).toEqual([100_000]);
      expect(stats.bytesRequested).toBe(200_000);
    }
    const mask = Array.from({ length: rows }, () => random.below(2) === 0);
    const masked = await array.read([mask, 0]);
    const chosen = Uint16Array.from(mask.flatMap((on, row) => (on ? [(2 * row) % 65536] : [])));
    expect(isSame(masked.data, chosen)).toBe(true);
  });

  test('read the same 6,400 chunks, some absent, synchronously or not, and report progress to the end', async () => {
    await using array = await openZarr(80, 7);
    const reference = array.readSync();
    expect(new Set<unknown>(reference.data as ArrayLike<unknown> as readonly unknown[]).size).toBeGreaterThan(100);
    let last = { chunksDone: 0, chunksTotal: 0 };
    const onProgress = (progress: typeof last): void => {
      last = progress;
    };
    const { data, stats } = await array.read(null, { onProgress });
    expect(isSame(data, reference.data)).toBe(true);
    expect(last).toMatchObject({ chunksDone: 6400, chunksTotal: 6400 });
    expect(stats).toMatchObject({ chunks: 6400, chunksAbsent: reference.stats.chunksAbsent });
  });

  test('report an error of the last chunk like a small read', async () => {
    await using array = await openZarr(70, 10_000);
    writeFileSync(join(array.path, '69.69'), Uint8Array.of(1));
    await expect(array.read()).rejects.toMatchObject({ _tag: 'ReadError', code: 'EOF' });
  });

  test('reject an invalid index while the list is scanned', async () => {
    await using array = await openRaw(1000);
    const list = new Array<number>(50_000).fill(3);
    list[49_999] = 1000;
    await expect(array.read([list])).rejects.toMatchObject({ _tag: 'SelectionError', dimension: 0 });
    await expect(array.explainAsync([list])).rejects.toMatchObject({ _tag: 'SelectionError', dimension: 0 });
  });

  test('can be aborted while they are planned', async () => {
    await using array = await openRaw(1000);
    const random = new Random(5);
    const list = Uint32Array.from({ length: 400_000 }, () => random.below(1000));
    for (const start of [
      (signal: AbortSignal) => array.read([list], { signal }),
      (signal: AbortSignal) => array.explainAsync([list], { signal }),
    ]) {
      const controller = new AbortController();
      const outcome = expect(start(controller.signal)).rejects.toMatchObject({ _tag: 'AbortError' });
      controller.abort();
      await outcome;
    }
  });

  test('close() waits for an explanation in flight', async () => {
    const array = await openRaw(1000);
    const list = new Uint32Array(200_000).fill(7);
    const explanation = array.explainAsync([list]);
    await array.close();
    expect(await explanation).toMatchObject({ chunks: 1, bytesRequested: 4 * 200_000 });
    await expect(array.explainAsync()).rejects.toMatchObject({ _tag: 'ClosedError' });
  });

  test('explain() refuses what would block for long, and explainAsync() explains it', async () => {
    await using array = await openZarr(2000, 4_000_000);
    expect(() => array.explain()).toThrow(/at most 1048576 chunks .* found 4000000: use explainAsync/);
    expect(await array.explainAsync()).toMatchObject({
      chunks: 4_000_000,
      extents: 4_000_000,
      bytesToRead: 16_000_000,
    });
    const part = [slice(0, 100), slice(7, 60)];
    // The available memory may differ between the two calls.
    expect({ ...(await array.explainAsync(part)), memory: null }).toEqual({ ...array.explain(part), memory: null });
    await using raw = await openRaw(3);
    expect(() => raw.explain([new Uint32Array(2 ** 20 + 1).fill(2)])).toThrow(/1048576 indices .*explainAsync/);
  });
});
