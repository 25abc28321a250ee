/** Tests `/api/v1/read`. */
import * as fs from 'node:fs';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { serve } from '../../lib/serve/index.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy } from '../support/sample-arrays.js';
import { ask, columns, directory, floats, json, path, root, rows, server } from './api-samples.js';
import { type Answer, get } from './requests.js';

afterAll(() => server.close());

test('sends a decoded array without dimensions', async () => {
  const found = await ask('read', { path: 'scalar.nc/s', decode: 'cf' });
  expect(found.headers).toMatchObject({ 'x-shape': '', 'x-dtype': 'float32', 'content-length': '4' });
  expect([...floats(found)]).toEqual([1.5]);
});

describe('read', () => {
  test('sends elements with headers that describe them', async () => {
    const found = await ask('read', { path: 'a.npy', selection: '10:12, ::50' });
    expect(found.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-shape': '2,4',
      'x-dtype': 'float32',
      'x-byte-order': 'little',
      'content-length': '32',
    });
    expect([...floats(found)]).toEqual([2000, 2050, 2100, 2150, 2200, 2250, 2300, 2350]);
  });

  const seed = testSeed();
  test(`equals the library for random selections (seed ${seed})`, async () => {
    const random = new Random(seed);
    await using array = await openArray(path);
    const entry = (size: number): string => {
      const [a, b] = [random.below(size), random.below(size)];
      return random.pick([':', String(a), String(-1 - a), `${a}:${b}`, `${a}:${b}:-3`, '::7', `[${a},${b}]`, '...']);
    };
    for (let i = 0; i < 40; i++) {
      const first = entry(rows);
      const selection = first === '...' ? '...' : `${first}, ${entry(columns)}`;
      const { data, shape } = await array.read(selection);
      const found = await ask('read', { path: 'a.npy', selection });
      expect([found.status, found.headers['x-shape']], selection).toEqual([200, shape.join(',')]);
      expect(floats(found), selection).toEqual(Float32Array.from(data, Number));
    }
  });

  test('sends files of NumPy', async () => {
    const found = await ask('read', { path: 'cube.npy', selection: '1', format: 'npy', as: 'float64' });
    const copy = directory.write('copy.npy', found.body);
    await using array = await openArray(copy);
    await using cube = await openArray(directory.at('root/cube.npy'));
    expect((await array.read()).data).toEqual((await cube.read([1], { as: 'float64' })).data);
  });

  test('sends JSON, with texts for values that JSON does not have', async () => {
    const special = await ask('read', { path: 'special.npy', format: 'json' });
    expect(json(special)).toEqual({ dtype: 'float64', shape: [4], data: [1.5, 'NaN', 'Infinity', 0] });
    const large = await ask('read', { path: 'large.npy', format: 'json' });
    expect(json(large)).toEqual({ dtype: 'int64', shape: [2], data: ['1152921504606846976', '-1'] });
    expect(json(await ask('read', { path: 'half.npy', format: 'json' }))['data']).toEqual([1, 2]);
  });

  test('sends large results in parts', async () => {
    const [many, wide] = [3000, 4000];
    writeNpy(directory, 'root/huge.npy', [many, wide], { value: (i) => i % 4096 });
    await using small = await serve({ roots: [root], port: 0, memoryBytes: 20 << 20 });
    const found = await get(small, '/api/v1/read?path=huge.npy');
    expect(found.body.length).toBe(many * wide * 4);
    const elements = floats(found);
    expect(elements.findIndex((value, i) => value !== i % 4096)).toBe(-1);
  });

  test('decimates planes to the nearest element or the mean', async () => {
    const nearest = await ask('read', { path: 'a.npy', maxPixels: 600 });
    expect(nearest.headers).toMatchObject({ 'x-shape': '30,20', 'x-steps': '10,10' });
    const middle = (i: number): number => 10 * i + 4;
    expect(floats(nearest)[0]).toBe(middle(0) * columns + middle(0));
    expect(floats(nearest)[21]).toBe(middle(1) * columns + middle(1));
    const mean = await ask('read', { path: 'a.npy', maxPixels: 600, reduce: 'mean' });
    expect(mean.headers).toMatchObject({ 'x-shape': '30,20', 'x-dtype': 'float64' });
    const means = new Float64Array(new Uint8Array(mean.body).buffer);
    expect(means[0]).toBe(4.5 * columns + 4.5);
    expect(means[599]).toBe(294.5 * columns + 194.5);
    // Other dimensions stay, and the last cells may be smaller.
    const cube = await ask('read', { path: 'cube.npy', maxPixels: 130, reduce: 'mean' });
    expect(cube.headers['x-shape']).toBe('3,10,13');
    await using array = await openArray(directory.at('root/cube.npy'));
    const { data } = await array.read('2, 36:40, 48:50');
    const last = new Float64Array(new Uint8Array(cube.body).buffer).at(-1);
    expect(last).toBe(Array.from(data, Number).reduce((sum, value) => sum + value, 0) / 8);
  });

  test('decimates planes to the minimum or maximum of the finite values', async () => {
    const extremes = async (query: Readonly<Record<string, string | number>>): Promise<Float64Array> => {
      const found = await ask('read', query);
      expect(found.headers).toMatchObject({ 'x-dtype': 'float64' });
      return new Float64Array(new Uint8Array(found.body).buffer);
    };
    const max = await extremes({ path: 'a.npy', maxPixels: 600, reduce: 'max' });
    const min = await extremes({ path: 'a.npy', maxPixels: 600, reduce: 'min' });
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 20; x++) {
        expect(min[y * 20 + x]).toBe(10 * y * columns + 10 * x);
        expect(max[y * 20 + x]).toBe((10 * y + 9) * columns + 10 * x + 9);
      }
    }
    // The cells are [1.5, NaN] and [Infinity, -0]: one value of each is finite.
    expect([...(await extremes({ path: 'special.npy', maxPixels: 2, reduce: 'max' }))]).toEqual([1.5, -0]);
    const picture = { path: 'a.npy', format: 'png', colormap: 'gray', maxPixels: 600 };
    const brightest = PNG.sync.read((await ask('read', { ...picture, range: '0,59999', reduce: 'max' })).body);
    expect(brightest.data.at(-2)).toBe(255);
    const darkest = PNG.sync.read((await ask('read', { ...picture, range: '0,59999', reduce: 'min' })).body);
    expect(darkest.data.at(-2)).toBeLessThan(255);
  });

  test('draws pictures', async () => {
    const query = { path: 'a.npy', format: 'png', colormap: 'gray' };
    const whole = PNG.sync.read((await ask('read', query)).body);
    expect([whole.width, whole.height]).toEqual([columns, rows]);
    expect([...whole.data.subarray(0, 4)]).toEqual([0, 0, 0, 255]);
    expect([...whole.data.subarray(-4)]).toEqual([255, 255, 255, 255]);
    const small = PNG.sync.read((await ask('read', { ...query, maxPixels: 600, range: '0,1e9' })).body);
    expect([small.width, small.height, small.data[0]]).toEqual([20, 30, 0]);
    expect(Math.max(...small.data.filter((_, i) => i % 4 === 0))).toBe(0);
    const line = PNG.sync.read((await ask('read', { ...query, selection: '5' })).body);
    expect([line.width, line.height]).toEqual([columns, 1]);
    expect(json(await ask('read', { ...query, path: 'cube.npy' }))).toMatchObject({ status: 400, tag: 'NotAPlane' });
  });

  test('draws pictures with a range of one end, and with other scales', async () => {
    writeNpy(directory, 'root/powers.npy', [1, 6], {
      dtype: 'float64',
      value: (i) => [-10, 0, 1, 10, 100, 1000][i] ?? 0,
    });
    const levels = async (query: Record<string, string>): Promise<number[][]> => {
      const reply = await ask('read', { path: 'powers.npy', format: 'png', colormap: 'gray', ...query });
      const { data } = PNG.sync.read(reply.body);
      return Array.from({ length: data.length / 4 }, (_, i) => [...data.subarray(4 * i, 4 * i + 3)]);
    };
    const grey = (...list: number[]): number[][] => list.map((level) => [level, level, level]);
    const missing = [214, 39, 140];
    expect(await levels({})).toEqual(grey(0, 3, 3, 5, 28, 255));
    expect(await levels({ range: '0,' })).toEqual(grey(0, 0, 0, 3, 26, 255));
    expect(await levels({ range: ',95' })).toEqual(grey(0, 24, 27, 49, 255, 255));
    expect(await levels({ range: '2000,' })).toEqual(grey(0, 0, 0, 0, 0, 0));
    expect(await levels({ range: ',-20' })).toEqual(grey(255, 255, 255, 255, 255, 255));
    expect(await levels({ scale: 'log' })).toEqual([missing, missing, ...grey(0, 85, 170, 255)]);
    expect(await levels({ scale: 'log', range: '10,' })).toEqual([missing, missing, ...grey(0, 0, 128, 255)]);
    expect(await levels({ scale: 'log', range: ',100' })).toEqual([missing, missing, ...grey(0, 128, 255, 255)]);
    const symlog = (value: number): number => Math.sign(value) * Math.log10(1 + Math.abs(value));
    const position = (value: number): number => (symlog(value) - symlog(-10)) / (symlog(1000) - symlog(-10));
    expect(await levels({ scale: 'symlog' })).toEqual(
      grey(...[-10, 0, 1, 10, 100, 1000].map((value) => Math.round(255 * position(value)))),
    );
    fs.rmSync(directory.at('root/powers.npy'));
  });

  test('has an ETag that depends on the query and the file', async () => {
    const asked = (selection: string, headers = {}): Promise<Answer> =>
      get(server, `/api/v1/read?path=tiles&selection=${selection}`, { headers });
    const [first, second] = [await asked('0'), await asked('1')];
    expect(first.headers.etag).not.toBe(second.headers.etag);
    const condition = { 'if-none-match': String(first.headers.etag) };
    expect((await asked('0', condition)).status).toBe(304);
    const tile = directory.at('root/tiles/tile-0-1.bin');
    fs.writeFileSync(tile, fs.readFileSync(tile).fill(1));
    expect((await asked('0', condition)).status).toBe(200);
  });

  const wrong: [query: Record<string, string>, status: number, tag: string][] = [
    [{}, 400, 'InvalidParameter'],
    [{ path: 'a.npy', selection: '0:1:0' }, 400, 'SelectionError'],
    [{ path: 'a.npy', selection: '400' }, 400, 'SelectionError'],
    [{ path: 'a.npy', selection: 'x' }, 400, 'SelectionError'],
    [{ path: 'a.npy', format: 'tiff' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', maxPixels: '0' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', maxPixels: '1e3' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', range: '1,1', format: 'png' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', range: ',', format: 'png' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', range: '5', format: 'png' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', range: '1,Infinity', format: 'png' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', range: '0,9', scale: 'log', format: 'png' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', scale: 'sqrt', format: 'png' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', as: 'complex64' }, 400, 'InvalidParameter'],
    [{ path: 'a.npy', as: 'int8' }, 422, 'ConversionError'],
    [{ path: 'a.npy', nonsense: '1' }, 400, 'InvalidParameter'],
    [{ path: 'sub' }, 404, 'NotAnArray'],
    [{ path: 'none.npy' }, 404, 'NotFound'],
    [{ path: '../a.npy' }, 404, 'NotFound'],
    [{ path: 'a.npy/inner' }, 404, 'NotFound'],
    [{ path: 'sub/notes.txt' }, 422, 'UnsupportedError'],
  ];
  test.each(wrong)('refuses %j', async (query, status, tag) => {
    expect(json(await ask('read', query))).toMatchObject({ status, tag, detail: expect.not.stringContaining(root) });
  });
});
