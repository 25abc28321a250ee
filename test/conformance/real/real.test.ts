/**
 * Reads whole real-world arrays, and converts them into every format that is written: a grid of the atmosphere (pvlib)
 * in HDF5, Zarr and TileDB, climate models (CMIP6, CORDEX) in NetCDF-4, ocean and elevation data (Ferret) in NetCDF-3,
 * and volumes of a brain (nilearn) in compressed NIfTI.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ConvertOptions, convert, openArray } from '../../../lib/index.js';
import { bytesOf } from '../../support/bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Described {
  readonly name: string;
  readonly path: string;
  readonly options: { readonly array?: string };
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
}

const corpora = ['pvlib', 'pyfive', 'ferret', 'nilearn'] as const;
const folders = corpora.map((name) => pythonMissing ?? runPython('test/conformance/hdf5/corpora.py', name).trim());

describe('real arrays', () => {
  for (const [i, folder] of folders.entries()) {
    if (folder.startsWith('SKIP')) test.skip(`${corpora[i]}: ${folder}`, () => {});
  }
  if (folders.every((folder) => folder.startsWith('SKIP'))) return;
  const out = new TemporaryDirectory();
  const found = JSON.parse(
    runPython('test/conformance/real/describe.py', ...folders, out.path),
  ) as readonly Described[];

  test('are numerous and large', () => {
    const bytes = found.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(found.length).toBeGreaterThan(4);
    expect(bytes).toBeGreaterThan(10_000_000);
  });

  test.each(found.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await using array = await openArray(one.path, one.options);
    expect([array.dtype, array.shape]).toEqual([one.dtype, one.shape]);
    const { data, stats } = await array.read();
    expect(hashOf(data)).toBe(one.sha256);
    expect(stats.chunksAbsent).toBe(0);
    // The last element of a strided box in the middle must be the same as in the whole array.
    const box = one.shape.map((n) => ({ start: n >> 2, stop: Math.max((n >> 2) + 1, (3 * n) >> 2), step: 2 }));
    const part = await array.read(box);
    const last = part.shape.map((n, d) => (box[d]?.start ?? 0) + 2 * (n - 1));
    const strides = one.shape.map((_n, d) => one.shape.slice(d + 1).reduce((a, b) => a * b, 1));
    const at = last.reduce((sum, index, d) => sum + index * (strides[d] ?? 0), 0);
    expect(part.data[part.data.length - 1]).toEqual(data[at]);
  });

  // Of each file, converts the largest array.
  const largest = new Map<string, Described>();
  for (const one of found) if (sizeOf(one) > sizeOf(largest.get(one.path))) largest.set(one.path, one);
  const sources = [...largest.values()].filter(({ path }) => !path.startsWith(out.path));
  const half = (size: number): number => Math.ceil(size / 2);
  const targets: readonly { readonly name: string; readonly options: (shape: readonly number[]) => ConvertOptions }[] =
    [
      { name: 'a.npy', options: () => ({}) },
      { name: 'a.raw', options: () => ({ format: 'raw' }) },
      { name: 'a.tiles', options: (shape) => ({ format: 'tiles', chunkShape: shape.map(half) }) },
      { name: 'v2.zarr', options: (shape) => ({ zarrFormat: 2, chunkShape: shape.map(half) }) },
      { name: 'v3.zarr', options: (shape) => ({ chunkShape: shape.map(half), codecs: [{ name: 'zstd', level: 1 }] }) },
      {
        name: 'shards.zarr',
        options: (shape) => ({
          chunkShape: shape.map((n) => half(half(n))),
          shardShape: shape.map((n) => 2 * half(half(n))),
        }),
      },
    ];

  test.each(sources.map((one) => [one.name, one] as const))(
    '%s is equal after it was converted into each format, and back',
    { timeout: 300_000 },
    async (name, one) => {
      for (const target of targets) {
        const folder = fs.mkdtempSync(out.at('copies-'));
        const copy = join(folder, target.name);
        const back = join(folder, 'back.npy');
        const from = one.options.array === undefined ? one.path : `${one.path}#/${one.options.array}`;
        const options = { durability: 'none', ...target.options(one.shape) } as const;
        await convert(from, copy, options);
        await convert(copy, back, { durability: 'none' });
        for (const path of [copy, back]) {
          await using array = await openArray(path);
          expect([array.dtype, array.shape], `${name} in ${path}`).toEqual([one.dtype, one.shape]);
          expect(hashOf((await array.read()).data), `${name} in ${path}`).toBe(one.sha256);
        }
        fs.rmSync(folder, { recursive: true });
      }
    },
  );
});

function hashOf(data: ArrayBufferView): string {
  return createHash('sha256').update(bytesOf(data)).digest('hex');
}

/** Returns the number of elements of an array; 0 for no array. */
function sizeOf(one: Described | undefined): number {
  return one === undefined ? 0 : one.shape.reduce((a, b) => a * b, 1);
}
