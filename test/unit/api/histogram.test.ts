// Tests the reduction 'histogram': bins, axes, missing elements, elements without order, and independence of threads.
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { configure, type HistogramOptions, type Progress, SelectionError, slice } from '../../../lib/index.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();

async function openValues(name: string, values: readonly number[], shape = [values.length]) {
  const value = (index: number): number => values[index] ?? 0;
  return await openForTests(writeNpy(folder, name, shape, { dtype: 'float64', value }));
}

describe('reduce histogram', () => {
  const seed = testSeed();

  it(`does not depend on threads and blocks (seed ${seed})`, { timeout: 300_000 }, async () => {
    const random = new Random(seed);
    const values = Array.from({ length: 300_000 }, () => Math.floor(random.next() * 50) / 10);
    const array = await openValues('threads.npy', values, [300, 1000]);
    const expected = new Array<number>(20).fill(0);
    for (const value of values) {
      let bin = 0;
      while (bin < 19 && value >= ((bin + 1) * 4.8) / 20) bin += 1;
      if (value <= 4.8) expected[bin] = (expected[bin] ?? 0) + 1;
    }
    const edges = Array.from({ length: 21 }, (_, i) => (i * 4.8) / 20);
    try {
      for (const threads of [1, 2, 4]) {
        configure({ threads });
        for (const budgetBytes of [100_000, 2 ** 27]) {
          const { data, above } = await array.reduce('histogram', { bins: edges, budgetBytes });
          expect(Array.from(data)).toEqual(expected);
          expect(above).toBe(values.filter((value) => value > 4.8).length);
        }
      }
    } finally {
      configure({ threads: availableParallelism() });
    }
  });

  it('counts along dimensions, with the same bins', async () => {
    const array = await openValues('axis.npy', [0, 1, 2, 3, 4, 4, 4, 4, 0, 0, 0, 4], [3, 4]);
    const rows = await array.reduce('histogram', { bins: 2, axis: 1 });
    expect([rows.shape, Array.from(rows.data), Array.from(rows.edges)]).toEqual([
      [3, 2],
      [2, 2, 0, 4, 3, 1],
      [0, 2, 4],
    ]);
    expect(rows.at(2, 0)).toBe(3);
    const columns = await array.reduce('histogram', { bins: [0, 1, 4], axis: 0, keepDims: true, budgetBytes: 100 });
    expect([columns.shape, Array.from(columns.data)]).toEqual([
      [1, 4, 2],
      [2, 1, 1, 2, 1, 2, 0, 3],
    ]);
    const view = array.view([slice(1, 3), slice(null, null, -1)]);
    expect(Array.from((await view.reduce('histogram', { bins: 1 })).data)).toEqual([8]);
  });

  it('says how many elements are in no bin', async () => {
    const array = await openValues('outside.npy', [Number.NaN, -Infinity, -1, 0, 1, 2, 3, Infinity]);
    const all = await array.reduce('histogram', { bins: 2, range: [0, 2] });
    expect(all).toMatchObject({ below: 2, above: 2, missing: 1, shape: [2], dtype: 'float64' });
    expect(Array.from(all.data)).toEqual([1, 2]);
    const skipped = await array.reduce('histogram', { bins: 2, range: [0, 2], skipMissing: true });
    expect(skipped).toMatchObject({ below: 2, above: 2, missing: 1 });
    expect(JSON.parse(JSON.stringify(all))).toMatchObject({ data: [1, 2], edges: [0, 1, 2], below: 2, missing: 1 });
    const open = await array.reduce('histogram', { bins: [-Infinity, 0, Infinity] });
    expect([Array.from(open.data), open.below, open.above]).toEqual([[2, 5], 0, 0]);
  });

  it('leaves out missing elements', async () => {
    const attributes = { _FillValue: -1, scale_factor: 0.5 };
    const store = writeFiles(folder.at('cf.zarr'), {
      'zarr.json': arrayV3({ shape: [2, 3], fill_value: -1, attributes }),
      'c/0/0': new Uint8Array(Int16Array.from([4, -1, -1, 8, -1, 7]).buffer),
    });
    const array = await openForTests(store);
    const decoded = await array.reduce('histogram', { bins: 2, decode: 'cf', skipMissing: true });
    expect([Array.from(decoded.edges), Array.from(decoded.data), decoded.missing]).toEqual([[2, 3, 4], [1, 2], 3]);
    const stored = await array.reduce('histogram', { bins: 2, skipMissing: true });
    expect([Array.from(stored.edges), Array.from(stored.data), stored.missing]).toEqual([[4, 6, 8], [1, 2], 3]);
    expect(Array.from((await array.reduce('histogram', { bins: 1 })).data)).toEqual([6]);
  });

  it('counts no elements, and constant elements', async () => {
    const array = await openValues('constant.npy', [7, 7, 7, 7]);
    const none = await array.reduce('histogram', { bins: 2, selection: [slice(2, 2)] });
    expect([Array.from(none.edges), Array.from(none.data), none.missing]).toEqual([[0, 0.5, 1], [0, 0], 0]);
    const constant = await array.reduce('histogram', { bins: 2 });
    expect([Array.from(constant.edges), Array.from(constant.data)]).toEqual([
      [6.5, 7, 7.5],
      [0, 4],
    ]);
    const missing = await openValues('missing.npy', [Number.NaN]);
    const left = await missing.reduce('histogram', { bins: 1, skipMissing: true });
    expect([Array.from(left.edges), Array.from(left.data), left.missing]).toEqual([[0, 1], [0], 1]);
  });

  it('refuses elements that give no range', async () => {
    const nan = await openValues('nan.npy', [1, Number.NaN]);
    await expect(nan.reduce('histogram')).rejects.toThrow(SelectionError);
    await expect(nan.reduce('histogram')).rejects.toThrow(/received NaN.*`skipMissing`/);
    const infinite = await openValues('infinite.npy', [1, Infinity]);
    await expect(infinite.reduce('histogram')).rejects.toThrow(/elements from 1 to Infinity. Give a range/);
    const close = await openValues('close.npy', [1, 1 + Number.EPSILON]);
    await expect(close.reduce('histogram')).rejects.toThrow(/fewer bins.*`options.bins`, received 10/);
    const path = folder.at('half.npy');
    fs.writeFileSync(path, npyBytes(npyDict('<f2', false, [3]), new Uint8Array(6)));
    const half = await openForTests(path);
    await expect(half.reduce('histogram', { range: [0, 1e6] })).rejects.toThrow(/fits the type of the elements/);
  });

  it.each<[string, HistogramOptions, RegExp]>([
    ['number of bins', { bins: 0 }, /integer from 1 to 16777215.*`options.bins`/],
    ['fraction of bins', { bins: 2.5 }, /`options.bins`/],
    ['list of edges', { bins: [1] }, /2 to 16777216 edges/],
    ['order of edges', { bins: [1, 3, 2] }, /ascending order.*`options.bins`/],
    ['edge', { bins: [0, Number.NaN, 1] }, /`options.bins`/],
    ['range', { range: [2, 1] }, /ascending order.*`options.range`/],
    ['infinite range', { range: [0, Infinity] }, /finite.*`options.range`/],
    ['range with edges', { bins: [0, 1], range: [0, 1] }, /only together with a number of bins/],
    ['key', { ddof: 1 } as HistogramOptions, /ddof/],
  ])('rejects a wrong %s', async (_, options, message) => {
    const array = await openValues('options.npy', [1, 2]);
    await expect(array.reduce('histogram', options)).rejects.toThrow(message);
  });

  it('reports the progress of both passes', async () => {
    const array = await openValues('progress.npy', [1, 2, 3, 4]);
    const reports: Progress[] = [];
    await array.reduce('histogram', { onProgress: (progress) => reports.push(progress) });
    expect(reports.map(({ bytesDone, bytesTotal }) => [bytesDone, bytesTotal])).toEqual([
      [32, 64],
      [64, 64],
    ]);
  });

  it('refuses complex numbers and options of other reductions', async () => {
    const path = folder.at('complex.npy');
    fs.writeFileSync(path, npyBytes(npyDict('<c8', false, [3]), new Uint8Array(24)));
    await expect((await openForTests(path)).reduce('histogram')).rejects.toThrow(
      /'histogram' for a reduction of complex/,
    );
    const array = await openValues('other.npy', [1, 2]);
    await expect(array.reduce('sum', { bins: 3 } as object)).rejects.toThrow(/bins/);
  });
});
