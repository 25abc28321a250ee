// Tests reduce: results that do not depend on threads, blocks or layout; options; errors during a reduction; views and
// joined arrays.
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  AbortError,
  ClosedError,
  CodecError,
  concat,
  configure,
  openArray,
  type Progress,
  type ReduceOptions,
  type Reduction,
  SelectionError,
  slice,
  stack,
  UnsupportedError,
} from '../../../lib/index.js';
import { runChild } from '../../support/children.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const operations: readonly Reduction[] = ['count', 'min', 'max', 'sum', 'mean', 'std'];

function list({ data }: { readonly data: ArrayLike<number | bigint> }): (number | bigint)[] {
  return Array.from(data);
}

function bytesOf({ data }: { readonly data: ArrayBufferView }): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

describe('reduce', () => {
  const seed = testSeed();

  it(`does not depend on threads, blocks and layout (seed ${seed})`, { timeout: 120_000 }, async () => {
    const random = new Random(seed);
    const shape = [60, 70, 90];
    const numbers = Float64Array.from(
      { length: shape.reduce((product, size) => product * size) },
      () => (random.next() - 0.5) * 2 ** (random.below(40) * random.below(4)),
    );
    const value = (index: number): number => numbers[index] ?? 0;
    const chunked: Record<string, object | Uint8Array> = {
      'zarr.json': arrayV3({
        shape,
        data_type: 'float64',
        chunk_grid: { name: 'regular', configuration: { chunk_shape: [60, 7, 90] } },
      }),
    };
    for (let c = 0; c < 10; c++) {
      const part = Float64Array.from({ length: 60 * 7 * 90 }, (_, i) => {
        const [z, y, x] = [Math.floor(i / 630), Math.floor(i / 90) % 7, i % 90];
        return value((z * 70 + c * 7 + y) * 90 + x);
      });
      chunked[`c/0/${c}/0`] = new Uint8Array(part.buffer);
    }
    const arrays = [
      await openForTests(writeNpy(folder, 'c.npy', shape, { dtype: 'float64', value })),
      await openForTests(writeNpy(folder, 'f.npy', shape, { dtype: 'float64', value, fortran: true })),
      await openForTests(writeFiles(folder.at('chunked.zarr'), chunked)),
    ];
    try {
      for (const operation of operations) {
        for (const axis of [undefined, 0, 1, 2, [0, 2], [1, 2]] as const) {
          const results = new Set<string>();
          for (const array of arrays) {
            configure({ threads: random.pick([1, 2, 4]) });
            const budgetBytes = random.pick([50_000, 2 ** 20, 2 ** 27]);
            const options = { ...(axis === undefined ? {} : { axis }), budgetBytes };
            results.add(bytesOf(await array.reduce(operation, options)));
          }
          expect(results.size, `${operation} ${axis}`).toBe(1);
        }
      }
    } finally {
      configure({ threads: availableParallelism() });
    }
  });

  it('reduces views, concatenations and stacks', async () => {
    const npy = await openForTests(writeNpy(folder, 'a.npy', [6, 8]));
    const zarr = await openForTests(writeGzip(folder, 'a.zarr', [6, 8], [4, 3]));
    const view = npy.view([slice(null, null, -2), slice(1, 5)]);
    expect(list(await view.reduce('sum', { axis: 0 }))).toEqual([75, 78, 81, 84]);
    expect(list(await view.reduce('max', { selection: [slice(1, 3)], axis: -1 }))).toEqual([28, 12]);
    expect(list(await npy.view([2]).reduce('min'))).toEqual([16]);
    expect(list(await concat([npy, zarr]).reduce('sum'))).toEqual([2 * 1128]);
    const means = await stack([npy, zarr]).reduce('mean', { axis: [1, 2], keepDims: true });
    expect([means.shape, list(means)]).toEqual([
      [2, 1, 1],
      [23.5, 23.5],
    ]);
  });

  it('reduces dimensions by name as by position', async () => {
    const dimension_names = ['time', 'lat', null];
    const store = writeFiles(folder.at('named.zarr'), {
      'zarr.json': arrayV3({
        shape: [2, 3, 4],
        dimension_names,
        chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3, 4] } },
      }),
      'c/0/0/0': new Uint8Array(Int16Array.from({ length: 24 }, (_, i) => i * i).buffer),
    });
    const array = await openForTests(store);
    const pairs = [
      ['time', 0],
      ['lat', 1],
      [
        ['lat', 'time'],
        [0, 1],
      ],
      [
        ['time', -1],
        [0, 2],
      ],
    ] as const;
    for (const [names, positions] of pairs) {
      for (const keepDims of [true, false]) {
        const [named, positional] = [
          await array.reduce('sum', { axis: names, keepDims }),
          await array.reduce('sum', { axis: positions, keepDims }),
        ];
        expect([named.shape, list(named)]).toEqual([positional.shape, list(positional)]);
      }
    }
    // The selection drops the first dimension, so 'lat' is the first dimension that is left.
    const part = await array.reduce('max', { selection: { time: 1 }, axis: 'lat' });
    expect([part.shape, list(part)]).toEqual([[4], [400, 441, 484, 529]]);
    await expect(array.reduce('max', { selection: { time: 1 }, axis: 'time' })).rejects.toThrow(
      "Expected integers from -2 to 1 or 'lat' for `options.axis`, received 'time'",
    );
  });

  it('leaves out missing elements, decoded or stored', async () => {
    const attributes = { _FillValue: -1, scale_factor: 0.5 };
    const store = writeFiles(folder.at('cf.zarr'), {
      'zarr.json': arrayV3({ shape: [2, 3], fill_value: -1, attributes }),
      'c/0/0': new Uint8Array(Int16Array.from([4, -1, -1, 8, -1, 7]).buffer),
    });
    const array = await openForTests(store);
    const decoded = await array.reduce('mean', { axis: 0, decode: 'cf', skipMissing: true });
    expect([list(decoded), Array.from(decoded.mask ?? [])]).toEqual([
      [3, Number.NaN, 3.5],
      [0, 1, 0],
    ]);
    const stored = await array.reduce('max', { axis: 0, skipMissing: true });
    expect([stored.dtype, list(stored), Array.from(stored.mask ?? [])]).toEqual(['int16', [8, 0, 7], [0, 1, 0]]);
    expect((await array.reduce('count', { skipMissing: true })).data[0]).toBe(3);
    expect((await array.reduce('sum', { decode: 'cf', skipMissing: false })).data[0]).toBeNaN();
    expect((await array.reduce('sum')).data[0]).toBe(16n);
  });

  it('leaves out missing elements by default if they are decoded', async () => {
    const attributes = { missing_value: -1, add_offset: 0.5 };
    const store = writeFiles(folder.at('decoded.zarr'), {
      'zarr.json': arrayV3({ shape: [2, 3], fill_value: 0, attributes }),
      'c/0/0': new Uint8Array(Int16Array.from([4, -1, -1, 8, -1, 9]).buffer),
    });
    const array = await openForTests(store);
    const mean = await array.reduce('mean', { axis: 0, decode: 'cf' });
    expect([list(mean), Array.from(mean.mask ?? [])]).toEqual([
      [6.5, Number.NaN, 9.5],
      [0, 1, 0],
    ]);
    expect((await array.reduce('count', { decode: 'cf' })).data[0]).toBe(3);
    expect((await array.reduce('median', { decode: 'cf' })).data[0]).toBe(8.5);
    const { data, missing } = await array.reduce('histogram', { bins: 2, decode: 'cf' });
    expect([Array.from(data), missing]).toEqual([[1, 2], 3]);
    const kept = await array.reduce('max', { decode: 'cf', skipMissing: false });
    expect([list(kept), kept.mask]).toEqual([[Number.NaN], null]);
    const stored = await array.reduce('min');
    expect([list(stored), stored.mask]).toEqual([[-1], null]);
  });

  it('treats empty selections as NumPy does', async () => {
    const array = await openForTests(writeNpy(folder, 'empty.npy', [4, 5]));
    const none = { selection: [slice(2, 2)] };
    for (const [operation, expected] of [
      ['sum', 0],
      ['count', 0],
      ['mean', Number.NaN],
      ['std', Number.NaN],
    ] as const) {
      expect(list(await array.reduce(operation, none))).toEqual([expected]);
      expect(list(await array.reduce(operation, { ...none, axis: 0 }))).toEqual(
        Array.from({ length: 5 }, () => expected),
      );
      expect((await array.reduce(operation, { ...none, axis: 1 })).shape).toEqual([0]);
    }
    await expect(array.reduce('min', none)).rejects.toThrow(SelectionError);
    expect((await array.reduce('max', { ...none, axis: 1 })).shape).toEqual([0]);
  });

  it.each<[string, Reduction, ReduceOptions, RegExp]>([
    ['operation', 'mode' as Reduction, {}, /'operation|`operation`/],
    ['axis that is too large', 'sum', { axis: 2 }, /integers from -2 to 1.*`options.axis`/],
    ['axis that repeats', 'sum', { axis: [0, -2] }, /distinct axes.*`options.axis`/],
    ['axis that is no integer', 'sum', { axis: 0.5 }, /`options.axis`/],
    [
      'axis by name, without names',
      'sum',
      { axis: 'time' },
      /integers from -2 to 1 for `options.axis`, received 'time'/,
    ],
    ['option of another operation', 'sum', { ddof: 1 }, /`options.ddof`/],
    ['ddof', 'std', { ddof: -1 }, /`options.ddof`/],
    ['budget', 'sum', { budgetBytes: 0 }, /`options.budgetBytes`/],
    ['flag', 'sum', { keepDims: 1 as unknown as boolean }, /a boolean.*`options.keepDims`/],
    ['key', 'sum', { mask: true } as ReduceOptions, /mask/],
    ['combination', 'sum', { scaled: true, skipMissing: true }, /`options.scaled`/],
  ])('rejects a wrong %s', async (_, operation, options, message) => {
    const array = await openForTests(writeNpy(folder, 'options.npy', [4, 5]));
    await expect(array.reduce(operation, options)).rejects.toThrow(message);
  });

  it('refuses reductions of complex numbers that have no order', async () => {
    const path = folder.at('complex.npy');
    fs.writeFileSync(path, npyBytes(npyDict('<c8', false, [3]), new Uint8Array(24)));
    const array = await openForTests(path);
    for (const operation of ['min', 'max', 'std'] as const) {
      await expect(array.reduce(operation)).rejects.toThrow(UnsupportedError);
    }
    await expect(array.reduce('sum', { skipMissing: true })).rejects.toThrow(UnsupportedError);
    expect((await array.reduce('sum')).dtype).toBe('complex128');
    expect((await array.reduce('sum', { decode: 'cf' })).dtype).toBe('complex128');
  });

  it('ends with the error of a damaged chunk, and can be called again', async () => {
    const store = writeGzip(folder, 'damaged.zarr', [40, 40], [8, 8]);
    fs.writeFileSync(`${store}/2.3`, 'no gzip stream');
    const array = await openForTests(store);
    await expect(array.reduce('sum', { budgetBytes: 5000 })).rejects.toThrow(CodecError);
    expect((await array.reduce('count', { selection: [slice(0, 8)] })).data[0]).toBe(320);
  });

  it('stops when it is aborted, when a callback throws, and when the array is closed', async () => {
    const array = await openForTests(writeGzip(folder, 'abort.zarr', [64, 64], [8, 8]));
    const options = { budgetBytes: 5000 };
    const controller = new AbortController();
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): void => {
      reports.push(progress);
      controller.abort();
    };
    await expect(array.reduce('std', { ...options, signal: controller.signal, onProgress })).rejects.toThrow(
      AbortError,
    );
    expect(reports).toHaveLength(1);
    await expect(array.reduce('sum', { signal: controller.signal })).rejects.toThrow(AbortError);
    const fails = (): never => {
      throw new Error('from the callback');
    };
    await expect(array.reduce('sum', { ...options, onProgress: fails })).rejects.toThrow('from the callback');
    const all: Progress[] = [];
    await array.reduce('sum', { ...options, onProgress: (progress) => all.push(progress) });
    expect(all.at(-1)).toMatchObject({ bytesDone: 64 * 64 * 4, bytesTotal: 64 * 64 * 4 });
    const other = await openArray(array.path);
    const closed = other.reduce('sum', { ...options, axis: 0, onProgress: () => void other.close() });
    await expect(closed).rejects.toThrow(ClosedError);
  });

  it('keeps its memory within the budget', { timeout: 120_000 }, async () => {
    const path = folder.at('large.npy');
    const elements = 2 ** 28;
    const header = npyBytes(npyDict('<f4', false, [elements / 2 ** 16, 2 ** 16]), new Uint8Array(0));
    fs.writeFileSync(path, header);
    fs.truncateSync(path, header.length + 4 * elements);
    const script = fileURLToPath(new URL('children/reduce.mjs', import.meta.url));
    const end = await runChild(script, [path]);
    expect(end.stderr).toBe('');
    const { grownBytes, sum, columns } = JSON.parse(end.stdout) as Record<string, number>;
    expect([sum, columns]).toEqual([0, 2 ** 16]);
    // The array has 1 GiB, and the budget is 32 MiB. The rest of the growth is code and the heap of Node.
    expect(grownBytes).toBeLessThan(150 * 2 ** 20);
  });
});
