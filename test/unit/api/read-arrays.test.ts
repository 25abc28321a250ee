// Tests readMany of several arrays: the results must equal reads one by one.
import * as fs from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { concat, readMany, slice } from '../../../lib/index.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy, writeShards, writeTiles } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

describe('readMany of several arrays', () => {
  const seed = testSeed();

  it(`equals reads one by one, in the order of the requests (seed ${seed})`, async () => {
    const random = new Random(seed);
    const gzip = await openForTests(writeGzip(folder, 'z.zarr', [40, 50], [9, 16], ['1.1']));
    const npy = await openForTests(writeNpy(folder, 'a.npy', [12, 9, 7], { dtype: 'int16', fortran: true }));
    const tiles = await openForTests(writeTiles(folder, 'tiles', [30, 44], [8, 16], { absent: [1] }));
    const shards = await openForTests(writeShards(folder, 'shards.zarr', 500, 10));
    const arrays = [gzip, npy, tiles, shards, npy.view([-1]), concat([gzip, gzip])];
    for (const options of [{}, { budgetBytes: 1 }, { mask: true }, { as: 'float64' }] as const) {
      const requests = Array.from({ length: 60 }, () => {
        const array = random.pick(arrays);
        return { array, selection: randomSelection(random, array.shape).entries };
      });
      using together = await readMany(requests, options);
      expect(together.results.length).toBe(60);
      expect([...together.errors]).toEqual([]);
      const { budgetBytes: _, ...alike } = { budgetBytes: 0, ...options };
      for (const [i, { array, selection }] of requests.entries()) {
        const alone = await array.read(selection, alike);
        expect(together.results[i]?.shape).toEqual(alone.shape);
        expect(together.results[i]?.data).toEqual(alone.data);
        expect(together.results[i]?.mask).toEqual(alone.mask);
      }
      expect([...together].every((result, i) => result === together.results[i])).toBe(true);
    }
  });

  it('decodes each chunk of an array once, and returns results of each type', async () => {
    const a = await openForTests(writeGzip(folder, 'once-a.zarr', [64, 64], [16, 16]));
    const b = await openForTests(writeGzip(folder, 'once-b.zarr', [64, 64], [16, 16]));
    const c = await openForTests(writeNpy(folder, 'once.npy', [4], { dtype: 'uint8' }));
    if (!a.is('float32') || !c.is('uint8')) throw new Error('Expected other types');
    const { results, stats } = await readMany([
      { array: a, selection: [slice(0, 20)] },
      { array: c },
      { array: b, selection: [3, 3] },
      { array: a, selection: [slice(10, 30)] },
    ]);
    expectTypeOf(results[0].data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(results[1].data).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
    expect([...results[1].data]).toEqual([0, 1, 2, 3]);
    expect(results.map(({ shape }) => shape)).toEqual([[20, 64], [4], [], [20, 64]]);
    expect(stats.chunksDecoded).toBe(8 + 1);
    expect((await readMany([])).results).toEqual([]);
  });

  it('collects the errors of damaged arrays, or fails with the first one', async () => {
    const sound = await openForTests(writeNpy(folder, 'sound.npy', [4]));
    const path = writeGzip(folder, 'damaged.zarr', [32, 32], [8, 8]);
    fs.writeFileSync(`${path}/2.1`, 'this is no gzip stream');
    const damaged = await openForTests(path);
    const requests = [
      { array: damaged, selection: [20, 10] },
      { array: sound },
      { array: damaged, selection: [0, 10] },
    ];
    await expect(readMany(requests)).rejects.toMatchObject({ name: 'CodecError' });
    const { results, errors } = await readMany(requests, { onError: 'collect' });
    expect(results.map((result) => result?.data[0] ?? null)).toEqual([null, 0, 10]);
    expect([...errors].map(([i, { name }]) => [i, name])).toEqual([[0, 'CodecError']]);
  });

  it('can be aborted, and reports the progress of all arrays', async () => {
    const a = await openForTests(writeGzip(folder, 'abort-a.zarr', [64, 64], [8, 8]));
    const b = await openForTests(writeNpy(folder, 'abort.npy', [100]));
    const requests = [{ array: a }, { array: b }];
    const controller = new AbortController();
    const reading = readMany(requests, { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    let last: unknown;
    await readMany(requests, { onProgress: (progress) => (last = progress) });
    const bytes = (64 * 64 + 100) * 4;
    expect(last).toMatchObject({ bytesDone: bytes, bytesTotal: bytes });
  });

  it('names the request that is invalid', async () => {
    const array = await openForTests(writeNpy(folder, 'invalid.npy', [4, 4]));
    await expect(readMany([{ array }, { array, selection: [0, 7] }])).rejects.toMatchObject({
      name: 'SelectionError',
      dimension: 1,
      message: expect.stringMatching(/^requests\[1\]: /),
    });
    await expect(readMany({} as never)).rejects.toThrow(/list of \{ array, selection \}/);
    await expect(readMany([array as never])).rejects.toThrow(TypeError);
    await expect(readMany([{ array: 7 as never }])).rejects.toThrow(/requests\[0\]\.array/);
    await expect(readMany([{ array }], { into: 1 } as never)).rejects.toThrow(/into/);
  });
});
