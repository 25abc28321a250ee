// Tests concat and stack with arrays of several formats: the result must have the joined elements of the arrays.
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concat, slice, stack } from '../../../lib/index.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { pickElements } from '../../support/pick-elements.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

/** Joins C-order arrays of the given lengths along the middle of three dimensions. */
function join(parts: readonly number[][], lengths: readonly number[], outer: number, inner: number): number[] {
  const rows = (p: number, o: number): number[] => {
    const run = (lengths[p] ?? 0) * inner;
    return parts[p]?.slice(o * run, (o + 1) * run) ?? [];
  };
  return Array.from({ length: outer }, (_, o) => parts.flatMap((_, p) => rows(p, o))).flat();
}

describe('joined arrays', () => {
  const seed = testSeed();

  it(`equal joined elements, for random selections (seed ${seed})`, async () => {
    const random = new Random(seed);
    const npy = await openForTests(writeNpy(folder, 'a.npy', [6, 8]));
    const zarr = await openForTests(writeGzip(folder, 'a.zarr', [6, 8], [4, 3], ['1.1']));
    const arrays = [npy, zarr, npy.view([slice(null, null, -1)])];
    const parts: number[][] = [];
    for (const array of arrays) parts.push(Array.from((await array.read(null, { as: 'float64' })).data));
    const cases = [
      { joined: concat(arrays), shape: [18, 8], data: join(parts, [6, 6, 6], 1, 8) },
      { joined: concat(arrays, { axis: -1 }), shape: [6, 24], data: join(parts, [8, 8, 8], 6, 1) },
      { joined: stack(arrays), shape: [3, 6, 8], data: join(parts, [1, 1, 1], 1, 48) },
      { joined: stack(arrays, { axis: 1 }), shape: [6, 3, 8], data: join(parts, [1, 1, 1], 6, 8) },
      { joined: stack(arrays, { axis: 2 }), shape: [6, 8, 3], data: join(parts, [1, 1, 1], 48, 1) },
    ];
    for (const { joined, shape, data } of cases) {
      expect([joined.shape, joined.dtype, joined.path]).toEqual([shape, 'float32', npy.path]);
      expect(Array.from((await joined.read(null, { as: 'float64' })).data)).toEqual(data);
      const boxes = Array.from({ length: 40 }, () => randomSelection(random, shape));
      const batch = await joined.readMany(
        boxes.map(({ entries }) => entries),
        { as: 'float64' },
      );
      for (const [i, box] of boxes.entries()) {
        expect(batch.results[i]?.shape).toEqual(box.shape);
        const wanted = pickElements(data, shape, box.indices);
        expect(Array.from(batch.results[i]?.data ?? [])).toEqual(wanted);
        // One box at a time: arrays whose elements are contiguous in the result are read into it.
        const into = new Float64Array(wanted.length);
        const { mask } = await joined.readInto(into, box.entries, { as: 'float64', mask: true });
        expect([[...into], mask?.length]).toEqual([wanted, wanted.length]);
        expect(Array.from((await joined.read(box.entries, { as: 'float64' })).data)).toEqual(wanted);
      }
      const seen = new Float64Array(data.length);
      const row = shape.slice(1).reduce((product, size) => product * size, 1);
      for await (const { start, result } of joined.blocks({ shape: [2, ...shape.slice(1)], as: 'float64' })) {
        seen.set(result.data, (start[0] ?? 0) * row);
      }
      expect(Array.from(seen)).toEqual(data);
    }
  });

  it('read into memory of the caller, with masks, progress and errors of boxes', async () => {
    const path = writeGzip(folder, 'bad.zarr', [4, 4], [4, 4]);
    fs.writeFileSync(`${path}/0.0`, 'this is no gzip stream');
    const joined = concat([await openForTests(writeNpy(folder, 'good.npy', [4, 4])), await openForTests(path)]);
    const into = new Float32Array(12).fill(7);
    const options = { into, mask: true, onError: 'collect' } as const;
    const batch = await joined.readMany([[1], [5], [slice(3, 5), slice(0, 2)]], options);
    expect([...batch.errors.keys()].sort()).toEqual([1, 2]);
    expect(batch.results.map((result) => result === null)).toEqual([false, true, true]);
    expect([...into]).toEqual([4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...(batch.mask ?? [])]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    await expect(joined.read([5])).rejects.toMatchObject({ name: 'CodecError' });
    await expect(joined.read([1], { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect((await joined.readMany([])).shape).toEqual([0]);
    expect((await joined.read([slice(2, 2)])).shape).toEqual([0, 4]);
  });

  it('have more elements along the joined dimension than a list can hold', async () => {
    const paths = ['zeros-a.raw', 'zeros-b.raw'].map((name) => folder.at(name));
    const length = 70_000_000;
    for (const path of paths) {
      fs.writeFileSync(path, '');
      fs.truncateSync(path, length);
    }
    fs.writeFileSync(paths[1] ?? '', Uint8Array.of(5), { flag: 'r+' });
    const raw = { format: 'raw', dtype: 'uint8', shape: [length] } as const;
    const joined = concat(await Promise.all(paths.map((path) => openForTests(path, raw))));
    using all = await joined.read();
    expect([all.shape, all.data[length - 1], all.data[length], all.data.at(-1)]).toEqual([[2 * length], 0, 5, 0]);
    using some = await joined.read([slice(2 * length - 1, null, -length + 1)]);
    expect([...some.data]).toEqual([0, 5, 0]);
    using backwards = await joined.view([slice(length + 1, length - 2, -1)]).read();
    expect([...backwards.data]).toEqual([0, 5, 0]);
  });

  it('pass their memory through views, and count each element once in the progress', async () => {
    const parts = ['p.npy', 'q.npy', 'r.npy'].map((name) => writeNpy(folder, name, [40, 30]));
    const joined = concat(await Promise.all(parts.map((path) => openForTests(path))));
    const into = new Float32Array(60 * 30);
    let last: unknown;
    const onProgress = (now: unknown): unknown => (last = now);
    const { data } = await joined.view([slice(20, 100)]).readInto(into, [slice(10, 70)], { onProgress });
    expect(data).toBe(into);
    const rows = Array.from({ length: 60 }, (_, i) => 30 * ((30 + i) % 40));
    expect(Array.from({ length: 60 }, (_, i) => into[30 * i])).toEqual(rows);
    expect(last).toMatchObject({ bytesDone: into.byteLength, bytesTotal: into.byteLength });
    await expect(joined.readInto(new Float32Array(3))).rejects.toThrow(/length 3600/);
    await expect(joined.view([0]).readInto(new Int32Array(30) as never)).rejects.toThrow(/target/);
  });

  it('refuse arrays that do not fit together', async () => {
    const a = await openForTests(writeNpy(folder, 'fit.npy', [4, 4]));
    const narrow = await openForTests(writeNpy(folder, 'narrow.npy', [4, 3]));
    const integers = await openForTests(writeNpy(folder, 'integers.npy', [4, 4], { dtype: 'int32' }));
    expect(() => concat([a, narrow])).toThrow(/arrays\[1\]\.shape/);
    expect(concat([a, narrow], { axis: 1 }).shape).toEqual([4, 7]);
    expect(() => stack([a, narrow], { axis: 1 })).toThrow(/arrays\[1\]\.shape/);
    expect(() => concat([a, integers])).toThrow(/float32/);
    expect(() => concat([])).toThrow(/one or more arrays/);
    expect(() => stack([a], { axis: 3 })).toThrow(/options\.axis/);
    await expect(concat([a]).read([4])).rejects.toMatchObject({ name: 'SelectionError' });
  });
});
