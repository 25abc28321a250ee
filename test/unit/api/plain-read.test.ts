/** Small reads of uncompressed arrays whose data is in memory, which run without a plan. */
import * as fs from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  AbortError,
  type ArrayHandle,
  ClosedError,
  openArray,
  ReadError,
  type Slice,
  slice,
} from '../../../lib/index.js';
import { binding } from '../../../lib/native/binding.js';
import { withFaults } from '../../support/faults.js';
import { Random, testSeed } from '../../support/random.js';
import { type NpyOptions, writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [12, 30, 200];
let files = 0;

function writeFile(options: NpyOptions = {}): string {
  files += 1;
  return writeNpy(folder, `plain-${files}.npy`, shape, options);
}

type Entry = number | null | Slice;

/** Returns the indices that an entry selects. */
function indicesOf(entry: Entry, length: number): number[] {
  if (typeof entry === 'number') return [entry];
  const { start, stop, step } = { start: 0, stop: length, step: 1, ...entry } as Record<string, number>;
  const indices: number[] = [];
  for (let i = start ?? 0; i < Math.min(stop ?? 0, length); i += step ?? 1) indices.push(i);
  return indices;
}

/** Returns the values of a selection: each element is its index in C order. */
function valuesOf(selection: readonly Entry[]): number[] {
  let positions = [0];
  for (const [d, length] of shape.entries()) {
    const indices = indicesOf(selection[d] ?? null, length);
    positions = positions.flatMap((position) => indices.map((i) => position * length + i));
  }
  return positions;
}

const reads = vi.spyOn(binding(), 'read');

/** Counts the calls of `body` that need a plan. */
async function countPlans(body: () => unknown): Promise<number> {
  reads.mockClear();
  await body();
  return reads.mock.calls.length;
}

/** Repeats a read until it needs no plan. Sometimes a read must look up the path or another one has evicted pages. */
async function untilPlain<T>(body: () => T | Promise<T>): Promise<T> {
  for (let i = 0; i < 2000; i++) {
    let result: T | undefined;
    if ((await countPlans(async () => (result = await body()))) === 0) return result as T;
  }
  throw new Error('Each of 2000 reads needed a plan');
}

afterEach(() => binding().set_faults([]));

describe('a small box of an uncompressed array in memory', () => {
  test.for(['float32', 'float64', 'int32', 'int16', 'uint8'] as const)(
    'of %s has the right elements',
    async (dtype) => {
      const seed = testSeed();
      const random = new Random(seed);
      const value = (i: number): number => i % (dtype === 'uint8' ? 256 : 30_000);
      await using array = await openArray(writeFile({ dtype, value }));
      let plain = 0;
      for (let i = 0; i < 200; i++) {
        const selection = shape.map((length): Entry => {
          const start = random.below(length);
          if (random.below(3) === 0) return start;
          return slice(start, start + 1 + random.below(length - start), random.pick([1, 1, 1, 2, 7]));
        });
        const expected = valuesOf(selection).map(value);
        const target = (await array.read(selection)).data.slice();
        new Uint8Array(target.buffer).fill(0xa5);
        const results: ArrayLike<unknown>[] = [];
        plain +=
          3 -
          (await countPlans(async () => {
            results.push((await array.read(selection)).data, (await array.readInto(target, selection)).data);
            results.push(array.readSync(selection).data);
          }));
        for (const data of results) {
          expect(Array.from(data, Number), `seed ${seed}, ${JSON.stringify(selection)}`).toEqual(expected);
        }
      }
      expect(plain).toBeGreaterThan(100);
    },
  );

  test('needs no plan, and its statistics are those of a read with a plan', async () => {
    await using array = await openArray(writeFile());
    const selection = [3, 4, null];
    const plain = await untilPlain(() => array.read(selection));
    const planned = await array.read(selection, { onProgress: () => {} });
    const times = { planMs: 0, waitMs: 0, runnableMs: 0, decodeMs: 0, scatterMs: 0, elapsedMs: 0 };
    expect({ ...plain.stats, ...times }).toEqual({ ...planned.stats, ...times });
    expect(plain.stats).toMatchObject({ engine: 'pread', extents: 1, systemCalls: 2, bytesRead: 800, chunks: 1 });
    expect(plain.stats.elapsedMs).toBeGreaterThan(0);
    expect(planned.data).toEqual(plain.data);
  });

  test('is planned if the data must come from storage', async () => {
    const path = writeFile();
    await using array = await openArray(path);
    await untilPlain(() => array.read([3, 4, null]));
    await withFaults([{ op: 'pread', path, action: 'cold', times: 0 }], async () => {
      let data: unknown;
      expect(await countPlans(async () => ({ data } = await array.read([3, 4, null])))).toBe(1);
      expect(data).toEqual(Float32Array.from(valuesOf([3, 4, null])));
    });
  });

  test('is an error after the file was modified or truncated', async () => {
    const path = writeFile();
    await using array = await openArray(path);
    await untilPlain(() => array.read([3, 4, null]));
    fs.utimesSync(path, 1, 1);
    await expect(array.read([3, 4, null])).rejects.toThrow(ReadError);
    expect(() => array.readSync([3, 4, null])).toThrow(ReadError);
    fs.truncateSync(path, 200);
    await expect(array.read([3, 4, null])).rejects.toThrow(ReadError);
  });

  test('keeps the errors of closed arrays, aborted signals and wrong selections', async () => {
    const array = await openArray(writeFile());
    await untilPlain(() => array.read([3, 4, null]));
    await expect(array.read([3, 4, null], { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    await expect(array.read([12, 4, null])).rejects.toThrow(/Index 12 is out of bounds for dimension 0/);
    await expect(array.readInto(new Float32Array(199), [3, 4, null])).rejects.toThrow(RangeError);
    await array.close();
    await expect(array.read([3, 4, null])).rejects.toThrow(ClosedError);
    expect(() => array.readSync([3, 4, null])).toThrow(ClosedError);
  });

  test('reports progress', async () => {
    await using array = await openArray(writeFile());
    const onProgress = vi.fn();
    await array.read([3, 4, null], { onProgress });
    expect(onProgress).toHaveBeenLastCalledWith({ bytesDone: 800, bytesTotal: 800, chunksDone: 1, chunksTotal: 1 });
  });
});

describe('a read that needs a plan', () => {
  const needsPlan = async (array: ArrayHandle, read: () => Promise<{ data: ArrayLike<unknown> }>, values: number[]) => {
    for (let i = 0; i < 20; i++) {
      let data: ArrayLike<unknown> = [];
      expect(await countPlans(async () => ({ data } = await read()))).toBe(1);
      expect(Array.from(data, Number)).toEqual(values);
    }
    await array.close();
  };
  const row = valuesOf([3, 4, null]);

  test('because of a list of indices', async () => {
    const array = await openArray(writeFile());
    await needsPlan(
      array,
      () => array.read([3, [4, 9, 2], 5]),
      [4, 9, 2].map((r) => (3 * 30 + r) * 200 + 5),
    );
  });

  test('because of a negative step', async () => {
    const array = await openArray(writeFile());
    await needsPlan(array, () => array.read([3, 4, slice(null, null, -1)]), row.toReversed());
  });

  test('because of a conversion', async () => {
    const array = await openArray(writeFile());
    await needsPlan(array, () => array.read([3, 4, null], { as: 'float64' }), row);
  });

  test('because of a mask', async () => {
    const array = await openArray(writeFile());
    await needsPlan(array, () => array.read([3, 4, null], { mask: true }), row);
  });

  test('because of options about the page cache', async () => {
    const array = await openArray(writeFile());
    await needsPlan(array, () => array.read([3, 4, null], { cache: 'drop' }), row);
  });

  test('because of the Fortran order', async () => {
    const array = await openArray(writeFile({ fortran: true }));
    await needsPlan(array, () => array.read([3, 4, null]), row);
  });

  test('because of the byte order', async () => {
    const array = await openArray(writeFile({ big: true }));
    await needsPlan(array, () => array.read([3, 4, null]), row);
  });
});

describe('the native call', () => {
  const stats = new Float64Array(32);
  const call = binding().read_box as (...args: unknown[]) => unknown;

  test('refuses wrong arguments', () => {
    expect(() => call()).toThrow(TypeError);
    expect(() => call({}, new Float64Array(4), 'no memory', stats)).toThrow(TypeError);
    expect(call({}, new Float64Array(4), new Uint8Array(4), stats)).toBe(false);
  });

  test('reads no box outside the array, and writes nothing outside the target', async () => {
    await using array = await openArray(writeFile());
    const boxes = vi.spyOn(binding(), 'read_box');
    await untilPlain(() => array.read([3, 4, null]));
    const [file, words] = boxes.mock.lastCall ?? [];
    boxes.mockRestore();
    const valid = Float64Array.from(words ?? []);
    const target = new Float32Array(200);
    const retry = (numbers: Float64Array, memory = target): unknown => {
      for (let i = 0; i < 50; i++) {
        array.readSync([3, 4, null]); // Looks up the path if necessary.
        if (call(file, numbers, memory, stats) === true) return true;
      }
      return false;
    };
    expect(retry(valid)).toBe(true);
    expect([...target]).toEqual(valuesOf([3, 4, null]));
    expect(retry(valid, new Float32Array(199))).toBe(false);
    const used = 4 + 3 * 4;
    for (let w = 0; w < used; w++) {
      for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 52]) {
        const changed = Float64Array.from(valid);
        changed[w] = value;
        // Word 2 of a dimension is a step, which has no effect if one element is selected.
        const isUnused = w >= 4 && (w - 4) % 4 === 2 && value === 2 ** 52 && changed[w + 1] === 1;
        // The second number is the size of the data, which is only an upper bound.
        const isBound = w === 3 && value === 2 ** 52;
        expect([w, value, retry(changed)]).toEqual([w, value, isUnused || isBound]);
      }
    }
  });
});
