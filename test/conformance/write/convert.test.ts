/** Tests conversions between formats, in small blocks. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type AnySelection,
  ArrayHandle,
  type AsyncReadOptions,
  convert,
  createArray,
  openArray,
  readSubset,
  type TypedArray,
} from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { failure } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [13, 17, 19];
const values = Float32Array.from({ length: 13 * 17 * 19 }, (_, i) => i / 4);

async function writeSource(name: string): Promise<string> {
  const path = folder.at(name);
  await using out = await createArray(path, {
    shape,
    dtype: 'float32',
    chunkShape: [5, 6, 7],
    fillValue: -1,
    attributes: { units: 'K' },
    dimensionNames: ['t', 'y', 'x'],
  });
  await out.write(null, values);
  return path;
}

describe('convert', () => {
  test('copies elements and metadata between formats in blocks of the budget, and verifies them', async () => {
    const source = await writeSource('source.zarr');
    const places = ['copy-v3.zarr', 'copy-v2.zarr', 'copy.raw', 'copy.npy'].map((name) => folder.at(name));
    const options = [
      { chunkShape: [4, 17, 8] },
      { zarrFormat: 2, codecs: [], chunkShape: [5, 5, 5] },
      { format: 'raw' },
      {},
    ] as const;
    let from = source;
    for (const [i, path] of places.entries()) {
      const progress: number[] = [];
      const stats = await convert(from, path, {
        ...options[i],
        memoryBudgetBytes: 8000,
        verify: true,
        onProgress: ({ bytesDone }) => progress.push(bytesDone),
      });
      expect(stats.bytes).toBe(values.byteLength);
      expect(stats.blocks).toBeGreaterThan(4);
      expect(progress.length).toBeGreaterThan(stats.blocks);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(progress.at(-1)).toBe(values.byteLength);
      await using copy = await openArray(path);
      expectSameBytes(bytesOf((await copy.read()).data), bytesOf(values), path);
      if (path.endsWith('npy')) continue;
      expect(copy.dimensionNames).toEqual(['t', 'y', 'x']);
      expect(copy.attributes).toMatchObject({ units: 'K' });
      if (path.endsWith('zarr')) expect(copy.fillValue).toBe(-1);
      from = path;
    }
  });

  test.each([
    { what: 'the same type', dtype: 'float32' },
    { what: 'a larger type', dtype: 'float64' },
  ] as const)(
    'keeps at most `memoryBudgetBytes` bytes of elements in memory while it verifies: $what',
    async ({ dtype }) => {
      const source = await writeSource(`budget-${dtype}.zarr`);
      const target = folder.at(`budget-${dtype}.npy`);
      const live: TypedArray[] = [];
      let most = 0;
      const { read } = ArrayHandle.prototype;
      ArrayHandle.prototype.read = async function track(
        this: ArrayHandle,
        ...args: [AnySelection?, AsyncReadOptions?]
      ) {
        const result = await read.call(this, ...args);
        live.push(result.data);
        const sum = live.reduce((total, { byteLength }) => total + byteLength, 0);
        most = Math.max(most, sum);
        return result;
      } as typeof read;
      try {
        await convert(source, target, { dtype, memoryBudgetBytes: 8000, verify: true });
      } finally {
        ArrayHandle.prototype.read = read;
      }
      expect(live.length).toBeGreaterThan(10);
      expect(most).toBeLessThanOrEqual(8000);
    },
  );

  test('does not copy the description of the storage', async () => {
    const target = folder.at('plain.raw');
    await convert(await writeSource('described.zarr'), target, { format: 'raw' });
    expect(JSON.parse(fs.readFileSync(`${target}.json`, 'utf8'))).toMatchObject({ attributes: { units: 'K' } });
    await using copy = await openArray(target);
    expect(Object.keys(copy.attributes)).toEqual(['units']);
  });

  test('converts types, and leaves nothing if a value does not fit', async () => {
    const source = await writeSource('typed.zarr');
    await convert(source, folder.at('wrapped.npy'), { dtype: 'int16', overflow: 'clamp', verify: true });
    expect((await readSubset<'int16'>(folder.at('wrapped.npy'))).data[4198]).toBe(Math.trunc(4198 / 4));
    const error = await failure(() => convert(source, folder.at('small.npy'), { dtype: 'int8', memoryBudgetBytes: 1 }));
    expect(error).toMatchObject({ _tag: 'ConversionError' });
    expect(fs.readdirSync(folder.path).filter((name) => name.includes('small'))).toEqual([]);
  });

  test('finds a difference', async () => {
    const source = await writeSource('verified.zarr');
    const error = await failure(() =>
      convert(source, folder.at('damaged.npy'), {
        verify: true,
        onProgress: ({ chunksDone }) => {
          if (chunksDone !== 1) return;
          const name = fs.readdirSync(folder.path).find((found) => found.startsWith('.damaged.npy.'));
          const file = fs.openSync(folder.at(name ?? ''), 'r+');
          fs.writeSync(file, new Uint8Array(8).fill(1), 0, 8, 2000);
          fs.closeSync(file);
        },
      }),
    );
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EBADMSG' });
    expect(fs.readdirSync(folder.path).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  test('is aborted without a target', async () => {
    const source = await writeSource('aborted-source.zarr');
    const controller = new AbortController();
    const error = await failure(() =>
      convert(source, folder.at('aborted.npy'), {
        signal: controller.signal,
        memoryBudgetBytes: 1,
        onProgress: () => controller.abort(),
      }),
    );
    expect(error).toMatchObject({ _tag: 'AbortError' });
    expect(fs.readdirSync(folder.path).filter((name) => name.includes('aborted.npy'))).toEqual([]);
  });
});
