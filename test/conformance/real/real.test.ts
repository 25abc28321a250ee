/**
 * Reads whole real-world arrays: a grid of the atmosphere (pvlib) in HDF5 and converted to Zarr and TileDB, climate
 * models (CMIP6, CORDEX) in NetCDF-4, and ocean and elevation data (Ferret) in NetCDF-3.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Described {
  readonly name: string;
  readonly path: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
}

const corpora = ['pvlib', 'pyfive', 'ferret'] as const;
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
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(one.sha256);
    expect(stats.chunksAbsent).toBe(0);
    // The last element of a strided box in the middle must be the same as in the whole array.
    const box = one.shape.map((n) => ({ start: n >> 2, stop: Math.max((n >> 2) + 1, (3 * n) >> 2), step: 2 }));
    const part = await array.read(box);
    const last = part.shape.map((n, d) => (box[d]?.start ?? 0) + 2 * (n - 1));
    const strides = one.shape.map((_n, d) => one.shape.slice(d + 1).reduce((a, b) => a * b, 1));
    const at = last.reduce((sum, index, d) => sum + index * (strides[d] ?? 0), 0);
    expect(part.data[part.data.length - 1]).toEqual(data[at]);
  });
});
