// Compares ArrayHandle.readPoints with the elements of whole arrays, and checks masks, errors and the cost of reads.
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ArrayHandle, concat, openArray, slice, stack } from '../../../lib/index.js';
import { checkPoints, randomPoints } from '../../support/check-points.js';
import { engines } from '../../support/engines.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { netcdf3Bytes } from '../../support/netcdf3-bytes.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, testSeed } from '../../support/random.js';
import { writeNpy, writeShards, writeTiles } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();

/** Writes an `.npy` file with random bytes. `mask` limits the value of each byte. */
function writeRandomNpy(random: Random, descr: string, itemBytes: number, shape: number[], mask = 255): string {
  const bytes = new Uint8Array(shape.reduce((product, n) => product * n, itemBytes));
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256) & mask;
  return folder.write(`${descr.slice(1)}.npy`, npyBytes(npyDict(descr, false, shape), bytes));
}

/**
 * Writes a file with records of 20 bytes: two float64 and one int32. The offsets of the float64 are multiples of 4
 * bytes, and some of them are not multiples of 8 bytes.
 */
function writeRecords(random: Random): string {
  const records = 37;
  const values = new DataView(new ArrayBuffer(records * 16));
  for (let i = 0; i < records * 2; i++) values.setFloat64(i * 8, random.next() * 100);
  const variables = [
    { name: 'pair', type: 'double', dims: [0, 1], data: new Uint8Array(values.buffer) },
    { name: 'count', type: 'int', dims: [0], data: new Uint8Array(records * 4) },
  ] as const;
  const dims = [
    ['record', 0],
    ['two', 2],
  ] as const;
  return folder.write('records.nc', netcdf3Bytes({ version: 1, dims, variables, heldRecords: records }));
}

describe('readPoints', () => {
  const seed = testSeed();
  const random = new Random(seed);
  const arrays: [string, () => Promise<ArrayHandle>][] = [
    ['npy', () => openForTests(writeNpy(folder, 'c.npy', [40, 50]))],
    ['npy in Fortran order', () => openForTests(writeNpy(folder, 'f.npy', [12, 9, 7], { fortran: true, big: true }))],
    ['complex128', () => openForTests(writeRandomNpy(random, '<c16', 16, [5, 6, 7]))],
    ['int64, big-endian', () => openForTests(writeRandomNpy(random, '>i8', 8, [30, 4]))],
    ['bool', () => openForTests(writeRandomNpy(random, '|b1', 1, [9, 9], 1))],
    ['one dimension', () => openForTests(writeNpy(folder, 'one.npy', [1000], { dtype: 'int16' }))],
    ['no dimension', () => openForTests(writeNpy(folder, 'none.npy', []))],
    ['records', () => openForTests(writeRecords(random), { array: 'pair' })],
    ['tiles', () => openForTests(writeTiles(folder, 'tiles', [30, 44], [8, 16], { absent: [1, 4] }))],
    ['large tiles', () => openForTests(writeTiles(folder, 'large', [300, 320], [160, 160], { absent: [2] }))],
    ['Zarr v2, gzip', () => openForTests(writeGzip(folder, 'gzip.zarr', [40, 50], [9, 16], ['1.1', '2.0']))],
    ['Zarr v3, shards', () => openForTests(writeShards(folder, 'shards.zarr', 5000, 100))],
  ];
  it.each(arrays)(`equals the elements of the whole array: %s (seed ${seed})`, async (name, opening) => {
    const array = await opening();
    for (const engine of engines) await checkPoints(array, random, 1 + random.below(500), { engine }, name);
    await checkPoints(array, random, 1, {}, name);
    await checkPoints(array, random, 20_000, {}, name);
    await checkPoints(array, random, 100, { mask: true }, name);
    if (!array.dtype.startsWith('complex')) await checkPoints(array, random, 100, { as: 'float64' }, name);
    const view = array.view(array.shape.map((n, d) => (d === 0 && n > 3 ? slice(n - 2, 0, -2) : null)));
    await checkPoints(view, random, 100, {}, `view of ${name}`);
    if (array.shape.length > 0) await checkPoints(array.view([-1]), random, 50, {}, `row of ${name}`);
  });

  it(`equals the elements of joined arrays (seed ${seed})`, async () => {
    const npy = await openForTests(writeNpy(folder, 'a.npy', [6, 8]));
    const zarr = await openForTests(writeGzip(folder, 'a.zarr', [6, 8], [4, 3], ['1.1']));
    const scalar = await openForTests(writeNpy(folder, 'scalar.npy', []));
    const arrays = [npy, zarr, npy.view([slice(null, null, -1)])];
    const joined = [concat(arrays), concat(arrays, { axis: 1 }), stack(arrays), stack(arrays, { axis: 2 })];
    for (const array of [...joined, stack([scalar, scalar])]) {
      await checkPoints(array, random, 300, {}, 'joined');
      await checkPoints(array, random, 2, { mask: true }, 'joined');
      expect((await array.readPoints(array.shape.map(() => []))).shape).toEqual([0]);
    }
  });

  it('reads and decodes each chunk once', async () => {
    const array = await openForTests(writeGzip(folder, 'once.zarr', [64, 64], [16, 16], ['3.3']));
    const { lists } = randomPoints(random, [64, 64], 3000);
    const { stats, data } = await array.readPoints(lists);
    expect(data.length).toBe(3000);
    expect([stats.chunks, stats.chunksDecoded, stats.chunksAbsent]).toEqual([16, 15, 1]);
    expect(stats.bytesRead).toBe(
      fs.readdirSync(folder.at('once.zarr')).reduce((sum, name) => {
        return sum + (name === '.zarray' ? 0 : fs.statSync(folder.at(`once.zarr/${name}`)).size);
      }, 0),
    );
    const few = await array.readPoints([
      [0, 63, 63],
      [0, 0, 15],
    ]);
    expect([few.stats.chunks, [...few.data]]).toEqual([2, [0, 4032, 4047]]);
  });

  it('accepts repeated points, bigints and typed arrays, and no points', async () => {
    const array = await openForTests(writeGzip(folder, 'lists.zarr', [20, 20], [8, 8]));
    const rows = [3, 3, 3, -20, 3];
    const expected = [67, 67, 61, 7, 67];
    const columns = [7, 7, 1, 7, -13];
    for (const lists of [
      [rows, columns],
      [Int8Array.from(rows), Float64Array.from(columns)],
      [Int32Array.from(rows), columns],
      [rows.map(BigInt), BigInt64Array.from(columns, BigInt)],
    ]) {
      expect([...(await array.readPoints(lists)).data]).toEqual(expected);
    }
    const none = await array.readPoints([[], []], { mask: true });
    expect([none.shape, none.data.length, none.mask.length]).toEqual([[0], 0, 0]);
  });

  it('reads the elements where a mask is true, in C order', async () => {
    const array = await openForTests(writeGzip(folder, 'mask.zarr', [20, 30], [8, 8]));
    const data = Uint8Array.from({ length: 600 }, () => random.below(2));
    const wanted = Array.from(data.keys()).filter((i) => data[i] === 1);
    expect([...(await array.readPoints({ data, shape: [20, 30] })).data]).toEqual(wanted);
    const booleans = Array.from(data, (value) => value === 1);
    expect([...(await array.readPoints({ data: booleans, shape: [20, 30] })).data]).toEqual(wanted);
    const stored = npyBytes(npyDict('|b1', false, [20, 30]), data);
    await using file = await openArray(folder.write('mask.npy', stored));
    if (!file.is('bool')) throw new Error('Expected a bool array');
    const result = await array.readPoints(await file.read());
    expect([result.shape, [...result.data]]).toEqual([[wanted.length], wanted]);
    const none = await array.readPoints({ data: new Uint8Array(600), shape: [20, 30] });
    expect(none.shape).toEqual([0]);
    await expect(array.readPoints({ data, shape: [30, 20] })).rejects.toThrow(/mask of shape \[20, 30\].*\[30, 20\]/);
    await expect(array.readPoints({ data: data.subarray(1), shape: [20, 30] })).rejects.toThrow(/600 elements.*599/);
    const wrong = Uint8Array.of(...data.subarray(0, 599), 2);
    await expect(array.readPoints({ data: wrong, shape: [20, 30] })).rejects.toThrow(/received 2 at 599/);
  });

  it('names the dimension, the position and the value of a wrong index', async () => {
    const named = await openForTests(writeRecords(random), { array: 'pair' });
    await expect(
      named.readPoints([
        [0, 36, 37],
        [0, 0, 0],
      ]),
    ).rejects.toMatchObject({
      name: 'SelectionError',
      dimension: 0,
      message: "Point 2: index 37 is out of bounds for dimension 0 ('record') of length 37",
    });
    await expect(
      named.readPoints([
        [0, 1],
        [0, -3],
      ]),
    ).rejects.toThrow(/Point 1: index -3 .*dimension 1 \('two'\)/);
    await expect(
      named.readPoints([
        [0, 1.5],
        [0, 0],
      ]),
    ).rejects.toThrow(/Point 1: expected an integer .*received 1.5/);
    await expect(named.readPoints([[0], [true as never]])).rejects.toThrow(/received true\. Pass a mask/);
    await expect(named.readPoints([[0, 1], [0]])).rejects.toThrow(/'two'\) has 1 indices, .*'record'\) has 2/);
    await expect(named.readPoints([[0]])).rejects.toThrow(/Expected 2 lists of indices.*received 1/);
    await expect(named.readPoints([[0], [0], [0]])).rejects.toThrow(/Expected 2 lists of indices.*received 3/);
    await expect(named.readPoints([[0], 0 as never])).rejects.toThrow(/list of indices for dimension 1.*received 0/);
    await expect(named.readPoints(7 as never)).rejects.toThrow(/Expected 2 lists.*received 7/);
    await expect(named.readPoints([[0], [0]], { unknown: 1 } as never)).rejects.toThrow(/unknown/);
  });

  it('can be aborted, and reports progress', async () => {
    const array = await openForTests(writeGzip(folder, 'abort.zarr', [64, 64], [8, 8]));
    const { lists } = randomPoints(random, [64, 64], 5000);
    const aborted = { name: 'AbortError' };
    await expect(array.readPoints(lists, { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    const controller = new AbortController();
    const reading = array.readPoints(lists, { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject(aborted);
    let last: unknown;
    await array.readPoints(lists, { onProgress: (progress) => (last = progress) });
    expect(last).toEqual({ bytesDone: 20_000, bytesTotal: 20_000, chunksDone: 64, chunksTotal: 64 });
  });

  it('reports a damaged chunk by its file, and reads points of other chunks', async () => {
    const path = writeGzip(folder, 'damaged.zarr', [32, 32], [8, 8]);
    fs.writeFileSync(`${path}/2.1`, 'this is no gzip stream');
    const array = await openForTests(path);
    await expect(
      array.readPoints([
        [0, 17],
        [0, 9],
      ]),
    ).rejects.toMatchObject({
      name: 'CodecError',
      path: expect.stringMatching(/2\.1$/),
    });
    expect([
      ...(
        await array.readPoints([
          [0, 15],
          [0, 9],
        ])
      ).data,
    ]).toEqual([0, 489]);
  });

  it('reads points that are scattered over a large sparse grid', async () => {
    const shape = [2 ** 20, 2 ** 20];
    const files = {
      '.zarray': arrayV2({ shape, chunks: [4, 4], dtype: '|u1', fill_value: 5 }),
      '3.7': new Uint8Array(16).fill(8),
    };
    const array = await openForTests(writeFiles(folder.at('sparse.zarr'), files));
    const { lists } = randomPoints(random, shape, 2000);
    const { data, stats } = await array.readPoints(lists.map((list, d) => [...list, d === 0 ? 13 : 30]));
    expect([data[2000], data[0]]).toEqual([8, 5]);
    expect(stats.chunks).toBeGreaterThan(1900);
  });

  it('reads 100,000 points of a few chunks', async () => {
    const array = await openForTests(writeGzip(folder, 'many.zarr', [300, 300], [64, 64]));
    const points = 100_000;
    const rows = Uint32Array.from({ length: points }, () => random.below(300));
    const columns = Uint32Array.from({ length: points }, () => random.below(300));
    const { data } = await array.readPoints([rows, columns]);
    const wrong = data.findIndex((value, i) => value !== (rows[i] ?? 0) * 300 + (columns[i] ?? 0));
    expect(wrong).toBe(-1);
  });
});
