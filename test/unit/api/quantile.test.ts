// Tests reduce('quantile') and reduce('median'): sorting in memory and counting digits give the same results, missing
// and infinite elements, shapes, options, progress, and elements that change between two passes.
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AbortError, type Progress, slice, UnsupportedError } from '../../../lib/index.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
/** With the small budget, elements are counted in several groups of results; with the large one, they are sorted. */
const budgets = [3000, 2 ** 20, 2 ** 27];

/** Returns a quantile of numbers, as the documentation of NumPy defines it. */
function quantileOf(numbers: readonly number[], q: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const [a = Number.NaN, b = a] = sorted.slice(Math.floor(position));
  const share = position % 1;
  return share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
}

function list({ data }: { readonly data: ArrayLike<number> }): number[] {
  return Array.from(data);
}

function writeDoubles(name: string, numbers: readonly number[], shape: readonly number[] = [numbers.length]): string {
  const path = folder.at(name);
  const data = Float64Array.from(numbers);
  fs.writeFileSync(path, npyBytes(npyDict('<f8', false, shape), new Uint8Array(data.buffer)));
  return path;
}

describe('quantiles', () => {
  const seed = testSeed();

  it(`are the same for all budgets and layouts (seed ${seed})`, async () => {
    const random = new Random(seed);
    const shape = [5, 20, 7] as const;
    const numbers = Array.from(
      { length: 5 * 20 * 7 },
      () => (random.next() - 0.5) * 10 ** random.pick([-300, -3, 0, 0, 300]),
    );
    const value = (index: number): number => numbers[index] ?? 0;
    const arrays = [
      await openForTests(writeNpy(folder, 'c.npy', shape, { dtype: 'float64', value })),
      await openForTests(writeNpy(folder, 'f.npy', shape, { dtype: 'float64', value, fortran: true })),
    ];
    const q = [0, 0.1, 1 / 3, random.next(), 1];
    for (const array of arrays) {
      for (const budgetBytes of budgets) {
        expect(list(await array.reduce('quantile', { q, budgetBytes }))).toEqual(
          q.map((at) => quantileOf(numbers, at)),
        );
        const rows = await array.reduce('quantile', { q, axis: 1, budgetBytes });
        const columns = Array.from({ length: 35 }, (_, i) =>
          Array.from({ length: 20 }, (__, y) => value((Math.floor(i / 7) * 20 + y) * 7 + (i % 7))),
        );
        expect(rows.shape).toEqual([5, 5, 7]);
        expect(list(rows)).toEqual(q.flatMap((at) => columns.map((column) => quantileOf(column, at))));
      }
    }
  });

  it('have the shape that NumPy gives them', async () => {
    const array = await openForTests(writeNpy(folder, 'shape.npy', [4, 6]));
    const single = await array.reduce('quantile', { q: 0.25, axis: -1, keepDims: true, selection: [slice(1, 3)] });
    expect([single.shape, single.dtype, single.mask, list(single)]).toEqual([[2, 1], 'float64', null, [7.25, 13.25]]);
    expect((await array.reduce('quantile', { q: [0.25], axis: 0 })).shape).toEqual([1, 6]);
    expect(list(await array.reduce('quantile'))).toEqual([11.5]);
    expect(list(await array.reduce('median', { axis: 0 }))).toEqual([9, 10, 11, 12, 13, 14]);
    expect(list(await array.view([2]).reduce('median'))).toEqual([14.5]);
    // Blocks of rows 1 and 2 are cut between them. Each result still depends on both.
    const rows = [slice(1, 3)];
    for (const budgetBytes of [60, 150]) {
      expect(list(await array.reduce('median', { selection: rows, budgetBytes }))).toEqual([11.5]);
      expect(list(await array.reduce('median', { selection: rows, axis: 0, budgetBytes }))).toEqual([
        9, 10, 11, 12, 13, 14,
      ]);
    }
  });

  it.each(budgets)('leave out missing elements, with a budget of %i bytes', async (budgetBytes) => {
    const attributes = { _FillValue: -1, scale_factor: 0.5 };
    const store = writeFiles(folder.at('cf.zarr'), {
      'zarr.json': arrayV3({ shape: [2, 3], fill_value: -1, attributes }),
      'c/0/0': new Uint8Array(Int16Array.from([4, -1, -1, 8, -1, 7]).buffer),
    });
    const array = await openForTests(store);
    for (const decode of [undefined, 'cf'] as const) {
      const options = { axis: 0, skipMissing: true, budgetBytes, ...(decode === undefined ? {} : { decode }) };
      const { data, mask } = await array.reduce('median', options);
      const scale = decode === undefined ? 1 : 0.5;
      expect([Array.from(data), Array.from(mask ?? [])]).toEqual([
        [6 * scale, Number.NaN, 7 * scale],
        [0, 1, 0],
      ]);
    }
    expect(list(await array.reduce('median', { decode: 'cf', skipMissing: false, budgetBytes }))).toEqual([Number.NaN]);
    const empty = await array.reduce('median', { selection: [slice(0, 0)], skipMissing: true });
    expect([list(empty), Array.from(empty.mask ?? [])]).toEqual([[Number.NaN], [1]]);
  });

  it.each(budgets)('of infinite elements are the limits, with a budget of %i bytes', async (budgetBytes) => {
    const infinity = Number.POSITIVE_INFINITY;
    const array = await openForTests(writeDoubles('inf.npy', [infinity, -infinity, 1, infinity, -2]));
    const q = [0, 0.1, 0.25, 0.375, 0.5, 0.6, 0.75, 1];
    const expected = [-infinity, -infinity, -2, -0.5, 1, infinity, infinity, infinity];
    expect(list(await array.reduce('quantile', { q, budgetBytes }))).toEqual(expected);
    const both = await openForTests(writeDoubles('both.npy', [infinity, -infinity]));
    expect(list(await both.reduce('median', { budgetBytes }))).toEqual([Number.NaN]);
    const wide = await openForTests(writeDoubles('wide.npy', [-1.5e308, 1.5e308]));
    expect(list(await wide.reduce('quantile', { q: [0.25, 0.5], budgetBytes }))).toEqual([-0.75e308, 0]);
  });

  it('report progress of all passes, and stop when they are aborted', async () => {
    const array = await openForTests(writeGzip(folder, 'abort.zarr', [64, 64], [8, 8]));
    for (const budgetBytes of [3000, 2 ** 27]) {
      const reports: Progress[] = [];
      await array.reduce('median', { axis: 0, budgetBytes, onProgress: (progress) => reports.push(progress) });
      const done = reports.map(({ bytesDone }) => bytesDone);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(reports.at(-1)).toMatchObject({ bytesDone: 64 * 64 * 4, bytesTotal: 64 * 64 * 4 });
      const controller = new AbortController();
      const aborted = array.reduce('median', {
        budgetBytes,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await expect(aborted).rejects.toThrow(AbortError);
    }
  });

  it('fail if the elements change between two passes', async () => {
    const path = writeDoubles(
      'changed.npy',
      Array.from({ length: 4000 }, (_, i) => i),
    );
    const array = await openForTests(path);
    const file = fs.openSync(path, 'r+');
    try {
      let isChanged = false;
      const onProgress = ({ bytesDone, bytesTotal }: Progress): void => {
        if (isChanged || bytesDone < bytesTotal / 2) return;
        fs.writeSync(file, new Uint8Array(new Float64Array(4000).fill(-1).buffer), 0, 32_000, 128);
        isChanged = true;
      };
      const changed = array.reduce('median', { budgetBytes: 3000, onProgress });
      await expect(changed).rejects.toMatchObject({ code: 'ECHANGED', path });
    } finally {
      fs.closeSync(file);
    }
  });

  it.each([[{ q: 1.5 }], [{ q: [] }], [{ q: [0.5, Number.NaN] }], [{ q: '0.5' as unknown as number }]])(
    'reject %j',
    async (options) => {
      const array = await openForTests(writeNpy(folder, 'options.npy', [4, 5]));
      await expect(array.reduce('quantile', options)).rejects.toThrow(/a number from 0 to 1.*`options.q`/);
      await expect(array.reduce('median', { q: 0.5 })).rejects.toThrow(/only for 'quantile'.*`options.q`/);
    },
  );

  it('refuse complex numbers', async () => {
    const path = folder.at('complex.npy');
    fs.writeFileSync(path, npyBytes(npyDict('<c8', false, [3]), new Uint8Array(24)));
    await expect((await openForTests(path)).reduce('median')).rejects.toThrow(UnsupportedError);
  });
});
