// Compares ArrayHandle.readMany, which reads many boxes in one call, with reads of single boxes.
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type AnySelection,
  type ArrayHandle,
  openArray,
  type Progress,
  type ReadManyOptions,
  slice,
} from '../../../lib/index.js';
import { engines } from '../../support/engines.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy, writeTiles } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();

function randomBoxes(random: Random, shape: readonly number[], count: number): AnySelection[] {
  return Array.from({ length: count }, () => randomSelection(random, shape).entries);
}

async function expectSameAsOneByOne(array: ArrayHandle, boxes: AnySelection[], options: ReadManyOptions = {}) {
  const batch = await array.readMany(boxes, options);
  expect(batch.results.length).toBe(boxes.length);
  for (const [i, box] of boxes.entries()) {
    const { into: _, onError: __, ...alike } = options;
    const alone = await array.read(box, alike);
    const together = batch.results[i];
    expect(together?.shape).toEqual(alone.shape);
    expect(together?.strides).toEqual(alone.strides);
    expect(together?.dtype).toBe(alone.dtype);
    expect(together?.data).toEqual(alone.data);
    expect(together?.mask).toEqual(alone.mask);
  }
  return batch;
}

describe('readMany', () => {
  const seed = testSeed();
  const arrays: [string, () => Promise<ArrayHandle>][] = [
    ['npy', () => openForTests(writeNpy(folder, 'c.npy', [40, 50]))],
    ['npy in Fortran order', () => openForTests(writeNpy(folder, 'f.npy', [12, 9, 7], { fortran: true, big: true }))],
    [
      'raw',
      () =>
        openForTests(writeNpy(folder, 'r.bin', [33, 21]), {
          format: 'raw',
          dtype: 'float32',
          shape: [33, 21],
          offset: 128,
        }),
    ],
    ['tiles', () => openForTests(writeTiles(folder, 'tiles', [30, 44], [8, 16], { absent: [1, 4] }))],
    ['large tiles', () => openForTests(writeTiles(folder, 'large', [300, 320], [160, 160], { absent: [2] }))],
    ['Zarr v2, gzip', () => openForTests(writeGzip(folder, 'gzip.zarr', [40, 50], [9, 16], ['1.1', '2.0']))],
  ];
  it.each(arrays)(`equals reads one by one: %s (seed ${seed})`, async (_, opening) => {
    const array = await opening();
    const random = new Random(seed);
    for (const engine of engines) {
      await expectSameAsOneByOne(array, randomBoxes(random, array.shape, 1 + random.below(30)), { engine });
    }
    await expectSameAsOneByOne(array, randomBoxes(random, array.shape, 20), { as: 'int16', overflow: 'wrap' });
    await expectSameAsOneByOne(array, randomBoxes(random, array.shape, 20), { cache: 'drop' });
  });

  it('decodes each chunk once and counts it once', async () => {
    const array = await openForTests(writeGzip(folder, 'once.zarr', [64, 64], [16, 16], ['3.3']));
    const boxes = Array.from({ length: 200 }, (_, i) => [
      slice(i % 56, (i % 56) + 8),
      slice((i * 7) % 56, ((i * 7) % 56) + 8),
    ]);
    const { stats, shape } = await array.readMany(boxes);
    expect(shape).toEqual([200, 8, 8]);
    expect(stats.chunks).toBe(16);
    expect(stats.chunksAbsent).toBe(1);
    expect(stats.chunksDecoded).toBe(15);
    expect(stats.bytesRead).toBe(
      fs.readdirSync(folder.at('once.zarr')).reduce((sum, name) => {
        return sum + (name === '.zarray' ? 0 : fs.statSync(folder.at(`once.zarr/${name}`)).size);
      }, 0),
    );
  });

  it('returns one array if the shapes agree, and results in the order of the selections', async () => {
    const array = await openForTests(writeNpy(folder, 'order.npy', [10, 10]));
    const rows = await array.readMany([[3], [0], [3], [9]]);
    expect(rows.shape).toEqual([4, 10]);
    expect(rows.strides).toEqual([10, 1]);
    expect([...rows].map(({ data }) => data[0])).toEqual([30, 0, 30, 90]);
    expect(rows.results[1]?.data.buffer).toBe(rows.data.buffer);
    const mixed = await array.readMany(['0', '0:2, 0', '5, 5']);
    expect(mixed.shape).toBeNull();
    expect(mixed.strides).toBeNull();
    expect(mixed.results.map(({ shape }) => shape)).toEqual([[10], [2], []]);
    expect(Array.from(mixed.data as Float32Array)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 10, 55]);
  });

  it('accepts no selections, and boxes without elements', async () => {
    const array = await openForTests(writeNpy(folder, 'empty.npy', [4, 4]));
    const none = await array.readMany([]);
    expect([none.results, none.shape, none.data.length]).toEqual([[], [0], 0]);
    const some = await array.readMany([[slice(2, 2)], [1], [slice(0, 0)]]);
    expect(some.results.map(({ shape, data }) => [shape, data.length])).toEqual([
      [[0, 4], 0],
      [[4], 4],
      [[0, 4], 0],
    ]);
    expect(Array.from(some.data as Float32Array)).toEqual([4, 5, 6, 7]);
  });

  it('reads into memory of the caller', async () => {
    const array = await openForTests(writeGzip(folder, 'into.zarr', [20, 20], [8, 8]));
    const into = new Float32Array(12);
    const batch = await array.readMany(
      [
        [1, slice(0, 6)],
        [2, slice(0, 6)],
      ],
      { into },
    );
    expect(batch.data).toBe(into);
    expect(Array.from(into)).toEqual([20, 21, 22, 23, 24, 25, 40, 41, 42, 43, 44, 45]);
    await expect(array.readMany([[1]], { into })).rejects.toThrow(RangeError);
    await expect(array.readMany([[1, slice(0, 12)]], { into: new Int32Array(12) })).rejects.toThrow(TypeError);
  });

  it('applies CF attributes and fills the mask', async () => {
    const path = writeGzip(folder, 'cf.zarr', [24, 24], [7, 10], ['0.1']);
    fs.writeFileSync(`${path}/.zattrs`, JSON.stringify({ scale_factor: 0.5, add_offset: 3, missing_value: 100 }));
    const array = await openForTests(path);
    const boxes = randomBoxes(new Random(seed), array.shape, 25);
    await expectSameAsOneByOne(array, [...boxes, [4, 4]], { decode: 'cf', mask: true });
    await expectSameAsOneByOne(array, boxes, { scaled: true });
    const { mask } = await array.readMany(
      [
        [4, slice(2, 6)],
        [4, 4],
      ],
      { mask: true },
    );
    expect(Array.from(mask ?? [])).toEqual([0, 0, 1, 0, 1]);
  });

  it('reports a damaged chunk by its file', async () => {
    const path = writeGzip(folder, 'damaged.zarr', [32, 32], [8, 8]);
    fs.writeFileSync(`${path}/2.1`, 'this is no gzip stream');
    const array = await openForTests(path);
    await expect(array.readMany([[0], [slice(14, 20), slice(4, 12)], [1]])).rejects.toMatchObject({
      name: 'CodecError',
      path: expect.stringMatching(/2\.1$/),
    });
    const sound = await array.readMany([[0], [slice(0, 16), slice(8, 16)]]);
    expect(sound.results[1]?.data[0]).toBe(8);
  });

  it('names the selection that is invalid', async () => {
    const array = await openForTests(writeNpy(folder, 'invalid.npy', [4, 4]));
    await expect(array.readMany([[0], [0, 7]])).rejects.toMatchObject({
      name: 'SelectionError',
      dimension: 1,
      message: expect.stringMatching(/^selections\[1\]: /),
    });
    await expect(array.readMany('0' as never)).rejects.toThrow(/Expected an array of selections/);
    await expect(array.readMany([], { unknown: 1 } as never)).rejects.toThrow(/unknown/);
  });

  it('can be aborted, and reports progress', async () => {
    const array = await openForTests(writeGzip(folder, 'abort.zarr', [64, 64], [8, 8]));
    const boxes = Array.from({ length: 64 }, (_, i) => [i]);
    await expect(array.readMany(boxes, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const controller = new AbortController();
    const reading = array.readMany(boxes, { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    let last: unknown;
    await array.readMany(boxes, { onProgress: (progress) => (last = progress) });
    expect(last).toEqual({ bytesDone: 64 * 64 * 4, bytesTotal: 64 * 64 * 4, chunksDone: 64, chunksTotal: 64 });
  });

  it('reads boxes that are scattered over a large sparse grid', async () => {
    const shape = [2 ** 20, 2 ** 20];
    const files = {
      '.zarray': arrayV2({ shape, chunks: [4, 4], dtype: '|u1', fill_value: 5 }),
      '3.7': new Uint8Array(16).fill(8),
    };
    const array = await openForTests(writeFiles(folder.at('sparse.zarr'), files));
    const random = new Random(seed);
    const boxes: number[][] = Array.from({ length: 400 }, () => [random.below(2 ** 20), random.below(2 ** 20)]);
    const { data, stats } = await array.readMany([...boxes, [13, 30]]);
    expect(data[400]).toBe(8);
    expect(data[0]).toBe(5);
    expect(stats.chunks).toBe(new Set([...boxes, [13, 30]].map((box) => box.map((at) => at >> 2).join())).size);
  });

  it('refuses boxes that together do not fit into memory', async () => {
    const shape = [2 ** 20, 2 ** 20];
    const array = await openForTests(
      writeFiles(folder.at('huge.zarr'), { '.zarray': arrayV2({ shape, chunks: [4, 4], dtype: '|u1' }) }),
    );
    const boxes = Array.from({ length: 2 ** 14 }, () => [slice(0, 2 ** 14), slice(0, 2 ** 14)]);
    await expect(array.readMany(boxes, { mask: true })).rejects.toMatchObject({
      name: 'MemoryLimitError',
      neededBytes: 2 * 2 ** 42,
    });
  });

  it.each([false, true])('collects the errors of boxes, with mask: %s', async (mask) => {
    const path = writeGzip(folder, `collect-${mask}.zarr`, [64, 64], [8, 8], ['4.4']);
    for (const chunk of ['2.1', '6.6']) fs.writeFileSync(`${path}/${chunk}`, 'this is no gzip stream');
    const array = await openForTests(path);
    const boxes = Array.from({ length: 40 }, (_, i) => [slice(i, i + 4), slice((i * 5) % 60, ((i * 5) % 60) + 3)]);
    const isDamaged = (i: number): boolean => {
      const [row, column] = [i, (i * 5) % 60];
      const touches = (r: number, c: number): boolean =>
        row < 8 * r + 8 && row + 4 > 8 * r && column < 8 * c + 8 && column + 3 > 8 * c;
      return touches(2, 1) || touches(6, 6);
    };
    const progress: Progress[] = [];
    const into = new Float32Array(40 * 12).fill(7);
    const onProgress = (now: Progress): number => progress.push(now);
    const batch = await array.readMany(boxes, { onError: 'collect', mask, into, onProgress });
    const failed = boxes.flatMap((_, i) => (isDamaged(i) ? [i] : []));
    expect(failed.length).toBeGreaterThan(1);
    expect([...batch.errors.keys()]).toEqual(failed);
    expect(batch.shape).toEqual([40, 4, 3]);
    for (const [i, result] of batch.results.entries()) {
      if (isDamaged(i)) {
        expect(result).toBeNull();
        expect(batch.errors.get(i)).toMatchObject({ name: 'CodecError', path: expect.stringMatching(/2\.1$|6\.6$/) });
        expect([...into.subarray(12 * i, 12 * i + 12)]).toEqual(new Array(12).fill(0));
        if (mask) expect([...(batch.mask?.subarray(12 * i, 12 * i + 12) ?? [])]).toEqual(new Array(12).fill(1));
      } else {
        const alone = await array.read(boxes[i], { mask });
        expect(result?.data).toEqual(alone.data);
        expect(result?.mask).toEqual(alone.mask);
      }
    }
    expect(progress.at(-1)?.bytesDone).toBe(into.byteLength);
    const sound = await array.readMany(boxes.slice(0, 2), { onError: 'collect' });
    expect(sound.errors.size).toBe(0);
    await expect(array.readMany([[99]], { onError: 'collect' })).rejects.toMatchObject({ name: 'SelectionError' });
    const aborted = array.readMany(boxes, { onError: 'collect', signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await expect(array.readMany(boxes, { onError: 'skip' as never })).rejects.toThrow(/'throw'/);
  });

  it('is explained before it reads', async () => {
    const zarr = await openForTests(writeGzip(folder, 'explain.zarr', [64, 64], [16, 16], ['3.3']));
    const boxes = [[slice(0, 20)], [slice(8, 28)], [slice(40, 60)]];
    const explained = await zarr.explainMany(boxes);
    const { stats } = await zarr.readMany(boxes);
    expect(explained).toMatchObject({ shape: [3, 20, 64], chunks: stats.chunks, bytesRequested: stats.bytesRequested });
    expect(explained.memory?.neededBytes).toBe(3 * 20 * 64 * 4);
    const npy = await openForTests(writeNpy(folder, 'explain.npy', [300, 300]));
    const squares = [
      [slice(0, 20), slice(0, 20)],
      [slice(10, 30), slice(0, 50)],
    ];
    const { extents, bytesToRead, shape } = await npy.explainMany(squares, { coalesce: { gapBytes: 0 } });
    const read = await npy.readMany(squares, { coalesce: { gapBytes: 0 }, engine: 'pread' });
    expect({ extents, bytesToRead, shape }).toEqual({
      extents: read.stats.extents,
      bytesToRead: read.stats.bytesRead,
      shape: null,
    });
    await expect(npy.explainMany([[1], [400]])).rejects.toThrow(/selections\[1\]/);
    const one = await npy.explainMany([[1]]);
    expect({ ...one, memory: null }).toEqual({ ...npy.explain([1]), shape: [1, 300], memory: null });
  });

  it('fails if the array is closed', async () => {
    const array = await openArray(writeNpy(folder, 'closed.npy', [4]));
    await array.close();
    await expect(array.readMany([[0]])).rejects.toMatchObject({ name: 'ClosedError' });
  });
});
