// Compares reads of views (ArrayHandle.view) with reads of the array, and views of views with selections of results.
import { describe, expect, it } from 'vitest';
import { type AnySelection, openArray, slice } from '../../../lib/index.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { pickElements } from '../../support/pick-elements.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();

describe('views', () => {
  const seed = testSeed();

  it(`of views select what the composed selections select (seed ${seed})`, async () => {
    const random = new Random(seed);
    const arrays = [
      await openForTests(writeNpy(folder, 'a.npy', [9, 12, 7])),
      await openForTests(writeGzip(folder, 'a.zarr', [30, 25], [7, 8])),
    ];
    let deepest = 0;
    for (let round = 0; round < 150; round++) {
      const array = random.pick(arrays);
      const first = randomSelection(random, array.shape);
      let view = array.view(first.entries);
      let data = (await array.read(first.entries)).data as ArrayLike<number>;
      let shape = first.shape;
      for (let depth = 1; shape.length > 0 && depth < 4; depth++) {
        expect([view.shape, view.size]).toEqual([shape, data.length]);
        expect(Array.from((await view.read()).data as Float32Array)).toEqual(Array.from(data));
        const next = randomSelection(random, shape);
        const expected = pickElements(data, shape, next.indices);
        const result = await view.read(next.entries, { as: 'float64' });
        expect(result.shape).toEqual(next.shape);
        expect(Array.from(result.data)).toEqual(expected);
        view = view.view(next.entries);
        data = expected;
        shape = next.shape;
        deepest = Math.max(deepest, depth);
      }
    }
    expect(deepest).toBe(3);
  });

  it('read many boxes, streams and blocks', async () => {
    const array = await openForTests(writeGzip(folder, 'many.zarr', [40, 40], [16, 16]));
    const view = array.view([slice(35, 3, -2), slice(5, 30)]);
    const boxes: AnySelection[] = [[0], [slice(2, 4), -1], '3:6, [7, 1]'];
    const batch = await view.readMany(boxes);
    for (const [i, box] of boxes.entries()) {
      expect(batch.results[i]?.data).toEqual((await view.read(box)).data);
    }
    for await (const { index, result } of view.stream(boxes)) {
      expect(result.data).toEqual(batch.results[index]?.data);
    }
    const whole = await view.read();
    const seen = new Float32Array(view.size);
    for await (const { start, shape, result } of view.blocks({ maxBytes: 500 })) {
      for (const [r, row] of [...result.rows()].entries()) {
        seen.set(row as Float32Array, ((start[0] ?? 0) + r) * 25 + (start[1] ?? 0));
      }
      expect(result.shape).toEqual(shape);
    }
    expect(seen).toEqual(whole.data);
  });

  it('describe themselves', async () => {
    const names = { shape: [10, 12], dimension_names: ['lat', 'lon'], data_type: 'uint8' };
    const grid = { chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 6] } } };
    const path = writeFiles(folder.at('named.zarr'), {
      'zarr.json': arrayV3({ ...names, ...grid, fill_value: 3, codecs: [{ name: 'bytes' }] }),
    });
    const array = await openForTests(path);
    const view = array.view({ lon: slice(1, 9, 2) });
    expect([view.shape, view.dimensionNames, view.chunkShape, view.dtype]).toEqual([
      [10, 4],
      ['lat', 'lon'],
      [4, 3],
      'uint8',
    ]);
    expect([view.path, view.domain]).toEqual([array.path, null]);
    const row = view.view({ lat: 2 });
    expect([row.shape, row.dimensionNames]).toEqual([[4], ['lon']]);
    expect((await row.read({ lon: 1 })).data[0]).toBe(3);
  });

  it('refuse wrong selections, and fail after the array was closed', async () => {
    const array = await openArray(writeNpy(folder, 'closed.npy', [6, 4]));
    expect(() => array.view([9])).toThrow(/Index 9 is out of bounds/);
    const view = array.view([slice(1, 4)]);
    expect(() => view.view([3])).toThrow(/Index 3 is out of bounds for dimension 0 of length 3/);
    await expect(view.read([3])).rejects.toMatchObject({ name: 'SelectionError', dimension: 0 });
    await expect(view.readMany([[0], [0, 4]])).rejects.toThrow(/selections\[1\]/);
    expect(() => array.view([new Array<number>(2 ** 20 + 1).fill(0)])).toThrow(/at most 1048576 entries/);
    expect((await array.view([[]]).read()).shape).toEqual([0, 4]);
    await array.close();
    await expect(view.read()).rejects.toMatchObject({ name: 'ClosedError' });
  });
});
