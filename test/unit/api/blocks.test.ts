// Tests ArrayHandle.blocks: blocks cover the selection exactly once, at chunk boundaries and within the budget.
import { describe, expect, it } from 'vitest';
import { type ArrayHandle, type BlockOptions, type Progress, slice } from '../../../lib/index.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

/** Lists the C-order index, in an array of `shape`, of each element of a box at `start`. */
function indicesOf(shape: readonly number[], start: readonly number[], size: readonly number[]): number[] {
  let offsets = [0];
  for (const [d, extent] of shape.entries()) {
    const along = Array.from({ length: size[d] ?? 0 }, (_, i) => (start[d] ?? 0) + i);
    offsets = offsets.flatMap((offset) => along.map((at) => offset * extent + at));
  }
  return offsets;
}

/** Reads all blocks and compares each with the same part of one read of the selection. Returns the order of blocks. */
async function expectTiling(array: ArrayHandle, options: BlockOptions): Promise<number[]> {
  const whole = await array.read(options.selection);
  const times = new Uint8Array(whole.data.length);
  const order: number[] = [];
  for await (const { index, start, shape, before, result } of array.blocks(options)) {
    order.push(index);
    for (const at of indicesOf(whole.shape, start, shape)) times[at] = (times[at] ?? 0) + 1;
    const first = start.map((at, d) => at - (before[d] ?? 0));
    const overlap = typeof options.overlap === 'number' ? start.map(() => options.overlap as number) : options.overlap;
    for (const [d, extent] of whole.shape.entries()) {
      const around = overlap?.[d] ?? 0;
      expect(before[d]).toBe(Math.min(start[d] ?? 0, around));
      const end = Math.min(extent, (start[d] ?? 0) + (shape[d] ?? 0) + around);
      expect(result.shape[d]).toBe(end - (first[d] ?? 0));
    }
    const expected = indicesOf(whole.shape, first, result.shape).map((at) => whole.data[at]);
    expect(Array.from(result.data as Float32Array)).toEqual(expected);
  }
  expect(times.every((count) => count === 1)).toBe(true);
  return order;
}

describe('blocks', () => {
  const seed = testSeed();

  it(`cover random selections exactly once (seed ${seed})`, async () => {
    const random = new Random(seed);
    const arrays = [
      await openForTests(writeNpy(folder, 'c.npy', [13, 9, 11])),
      await openForTests(writeNpy(folder, 'f.npy', [8, 9, 10], { fortran: true })),
      await openForTests(writeGzip(folder, 'a.zarr', [33, 40], [8, 9], ['1.1'])),
    ];
    for (let round = 0; round < 120; round++) {
      const array = random.pick(arrays);
      const { entries, shape } = randomSelection(random, array.shape);
      const overlap = random.pick([0, 2, shape.map(() => random.below(4))]);
      const size = random.pick([
        { shape: shape.map((extent) => 1 + random.below(extent + 2)) },
        { maxBytes: 4 + random.below(1200) },
        {},
      ]);
      const order = random.pick(['storage', 'C', { shuffle: round }] as const);
      const budgetBytes = random.pick([1, 3000, 10 ** 6]);
      const indices = await expectTiling(array, { selection: entries, overlap, order, budgetBytes, ...size });
      expect(indices.toSorted((a, b) => a - b)).toEqual(indices.map((_, i) => i));
    }
  });

  it('consist of whole chunks by default, so each chunk is decoded once', async () => {
    const array = await openForTests(writeGzip(folder, 'chunks.zarr', [50, 70], [16, 16]));
    let decoded = 0;
    const starts: number[][] = [];
    for await (const { start, result } of array.blocks({ maxBytes: 16 * 16 * 4 * 2, selection: [slice(3, 50)] })) {
      decoded += result.stats.chunksDecoded;
      starts.push([(start[0] ?? 0) + 3, start[1] ?? 0]);
      expect(result.data.byteLength).toBeLessThanOrEqual(2048);
    }
    expect(decoded).toBe(20);
    expect(starts.every(([row = 0, column = 0]) => (row === 3 || row % 16 === 0) && column % 32 === 0)).toBe(true);
  });

  it('divide a chunk that is too large, and never exceed `maxBytes`', async () => {
    const array = await openForTests(writeGzip(folder, 'large.zarr', [64, 64], [64, 64]));
    for (const maxBytes of [4, 100, 300, 5000]) {
      for await (const { result } of array.blocks({ maxBytes, selection: [slice(0, 16)] })) {
        expect(result.data.byteLength).toBeLessThanOrEqual(maxBytes);
      }
    }
  });

  it('come in the order of storage, in C order, or shuffled by a seed', async () => {
    const fortran = await openForTests(writeNpy(folder, 'order.npy', [4, 6], { fortran: true }));
    const columns = { shape: [2, 2] } as const;
    expect(await expectTiling(fortran, { ...columns, order: 'C' })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await expectTiling(fortran, columns)).toEqual([0, 3, 1, 4, 2, 5]);
    const [first, second, other] = [7, 7, 8].map((shuffle) => ({ shape: [1, 1], order: { shuffle } }));
    const shuffled = await expectTiling(fortran, first ?? {});
    expect(await expectTiling(fortran, second ?? {})).toEqual(shuffled);
    expect(await expectTiling(fortran, other ?? {})).not.toEqual(shuffled);
  });

  it('report progress, stop when the loop is left, and accept empty selections', async () => {
    const array = await openForTests(writeNpy(folder, 'progress.npy', [10, 10]));
    const seen: Progress[] = [];
    for await (const { index } of array.blocks({ shape: [5, 5], onProgress: (now) => seen.push(now) })) {
      if (index === 3) break;
    }
    expect(seen.at(-1)).toEqual({ bytesDone: 400, bytesTotal: 400, chunksDone: 4, chunksTotal: 4 });
    expect(await expectTiling(array, { selection: [slice(3, 3)] })).toEqual([]);
    expect(await expectTiling(array, { selection: [2, 2] })).toEqual([0]);
    const controller = new AbortController();
    const blocks = array.blocks({ shape: [1, 10], budgetBytes: 40, signal: controller.signal });
    await blocks.next();
    controller.abort();
    await expect(blocks.next()).rejects.toMatchObject({ name: 'AbortError' });
    await array.read([0]);
  });

  it('are not listed before the first one is read: a tiny store declares 2^50 elements', async () => {
    const metadata = {
      ...{ zarr_format: 3, node_type: 'array', shape: [2 ** 50], data_type: 'uint8', fill_value: 7 },
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [4] } },
      chunk_key_encoding: { name: 'default' },
      codecs: [{ name: 'bytes' }],
    };
    folder.write('huge.zarr/zarr.json', JSON.stringify(metadata));
    const array = await openForTests(folder.at('huge.zarr'));
    for (const options of [{ maxBytes: 64 }, { shape: [3] }, { maxBytes: 64, selection: [slice(5, null, 3)] }]) {
      const blocks = array.blocks(options);
      const { value } = await blocks.next();
      expect(value).toMatchObject({ index: 0, start: [0] });
      expect(Buffer.from((value?.result.data ?? []) as Uint8Array).every((element) => element === 7)).toBe(true);
      await blocks.return();
    }
    const signal = AbortSignal.timeout(500);
    await expect(array.reduce('sum', { budgetBytes: 600, signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('refuse wrong options', async () => {
    const array = await openForTests(writeNpy(folder, 'wrong.npy', [4, 4]));
    for (const [options, message] of [
      [{ shape: [2, 2], maxBytes: 4 }, /`shape` or `maxBytes`/],
      [{ shape: [0, 1] }, /options\.shape/],
      [{ overlap: -1 }, /options\.overlap/],
      [{ order: 'F' }, /options\.order/],
      [{ order: { shuffle: 0.5 } }, /options\.order/],
      [{ budgetBytes: 0 }, /options\.budgetBytes/],
      [{ into: 1 }, /into/],
    ] as const) {
      expect(() => array.blocks(options as never)).toThrow(message);
    }
    await expect(array.blocks({ shape: [2] }).next()).rejects.toThrow(/Expected 2 integers/);
    await expect(array.blocks({ selection: [9] }).next()).rejects.toMatchObject({ name: 'SelectionError' });
  });
});
