/** Tests `/api/v1/readMany` and `/api/v1/reduce`. */
import * as fs from 'node:fs';
import { request } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { serve } from '../../lib/serve/index.js';
import { whileHeld } from '../support/faults.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get, optionsFor } from './requests.js';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const [rows, columns] = [300, 200];
writeNpy(directory, 'root/a.npy', [rows, columns]);
writeNpy(directory, 'root/cube.npy', [3, 40, 50], { dtype: 'int16', value: (i) => i % 1000 });
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
writeZarr(directory, 'root/z', 1000, 100);
const special = new Float64Array([1.5, Number.NaN, 4, Number.NaN, Number.NaN, 2.25]);
directory.write('root/special.npy', npyBytes(npyDict('<f8', false, [2, 3]), new Uint8Array(special.buffer)));
const large = new BigInt64Array([2n ** 62n, 2n ** 61n]);
directory.write('root/large.npy', npyBytes(npyDict('<i8', false, [2]), new Uint8Array(large.buffer)));

const server = await serve({ roots: [root], port: 0 });
afterAll(() => server.close());

type Query = readonly (readonly [string, string | number])[];

/** Asks a route. A parameter may be given several times. */
function ask(route: string, query: Query, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const text = new URLSearchParams(query.map(([name, value]): [string, string] => [name, String(value)]));
  return get(server, `/api/v1/${route}?${text}`, { headers });
}

const json = ({ text }: Answer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const floats = ({ body }: Answer): Float32Array => new Float32Array(new Uint8Array(body).buffer);
const doubles = ({ body }: Answer): Float64Array => new Float64Array(new Uint8Array(body).buffer);

/** Returns the elements of a box of an array whose elements are their indices. */
function elementsIn(width: number, [y0, y1]: [number, number], [x0, x1]: [number, number]): number[] {
  const found: number[] = [];
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) found.push(y * width + x);
  return found;
}

const seed = testSeed();

describe(`readMany (seed ${seed})`, () => {
  test('sends the elements of one box after the other', async () => {
    const random = new Random(seed);
    for (const [path, height, width] of [
      ['a.npy', rows, columns],
      ['tiles', 40, 60],
    ] as const) {
      const boxes = Array.from({ length: 200 }, () => {
        const [y, x] = [random.below(height), random.below(width)];
        return { y: [y, y + 1 + random.below(height - y)], x: [x, x + 1 + random.below(Math.min(9, width - x))] };
      }) as { y: [number, number]; x: [number, number] }[];
      const query: Query = boxes.map(({ y, x }) => ['selection', `${y.join(':')},${x.join(':')}`]);
      const found = await ask('readMany', [['path', path], ...query]);
      expect(found.status).toBe(200);
      expect(found.headers['x-shape']).toBeUndefined();
      expect(found.headers['x-shapes']).toBe(boxes.map(({ y, x }) => `${y[1] - y[0]},${x[1] - x[0]}`).join(';'));
      expect([...floats(found)]).toEqual(boxes.flatMap(({ y, x }) => elementsIn(width, y, x)));
    }
  });

  test('describes boxes of one shape as one array', async () => {
    const query: Query = [
      ['path', 'a.npy'],
      ['selection', '0:2,5:8'],
      ['selection', '-2:,-3:'],
      ['selection', '7:9,0:3'],
    ];
    const wanted = [
      ...elementsIn(columns, [0, 2], [5, 8]),
      ...elementsIn(columns, [298, 300], [197, 200]),
      ...elementsIn(columns, [7, 9], [0, 3]),
    ];
    const found = await ask('readMany', query);
    expect(found.headers).toMatchObject({ 'x-shape': '3,2,3', 'x-dtype': 'float32', 'content-length': '72' });
    expect([...floats(found)]).toEqual(wanted);
    const npy = await ask('readMany', [...query, ['format', 'npy'], ['as', 'int32']]);
    await using array = await openArray(directory.write('boxes.npy', npy.body));
    expect([array.shape, array.dtype, [...(await array.read()).data]]).toEqual([[3, 2, 3], 'int32', wanted]);
  });

  test('sends JSON with the shape of each box', async () => {
    const query: Query = [
      ['path', 'special.npy'],
      ['selection', '0'],
      ['selection', '1,2'],
      ['selection', '0:0'],
      ['format', 'json'],
    ];
    expect(json(await ask('readMany', query))).toEqual({
      dtype: 'float64',
      boxes: [
        { shape: [3], data: [1.5, 'NaN', 4] },
        { shape: [], data: [2.25] },
        { shape: [0, 3], data: [] },
      ],
    });
  });

  test('decodes a chunk once for all boxes', async () => {
    const boxes: Query = Array.from({ length: 50 }, (_, i) => ['selection', `${20 * i}:${20 * i + 3}`] as const);
    await ask('readMany', [['path', 'z'], ['id', 'boxes'], ...boxes]);
    expect(json(await ask('reads', [['id', 'boxes']]))).toMatchObject({ chunks: 10, chunksDecoded: 10 });
  });

  test('sends boxes that are larger than a part, between smaller ones', async () => {
    const [height, width] = [2100, 2500];
    writeNpy(directory, 'root/huge.npy', [height, width], { value: (i) => i % 8191 });
    const found = await ask('readMany', [
      ['path', 'huge.npy'],
      ['selection', '5,1:3'],
      ['selection', ':'],
      ['selection', '7,7:9'],
    ]);
    const at = (y: number, x: number): number => (y * width + x) % 8191;
    const elements = floats(found);
    expect(elements.length).toBe(height * width + 4);
    expect([...elements.subarray(0, 2), ...elements.subarray(-2)]).toEqual([at(5, 1), at(5, 2), at(7, 7), at(7, 8)]);
    expect(elements.subarray(2, -2).findIndex((value, i) => value !== i % 8191)).toBe(-1);
    fs.rmSync(directory.at('root/huge.npy'));
  });

  test('has an ETag that depends on the selections and the files', async () => {
    const boxes: Query = [
      ['path', 'tiles'],
      ['selection', '0:2,0:2'],
      ['selection', '0:2,30:32'],
    ];
    const first = await ask('readMany', boxes);
    const condition = { 'if-none-match': String(first.headers.etag) };
    expect((await ask('readMany', boxes, condition)).status).toBe(304);
    expect((await ask('readMany', boxes.slice(0, 2), condition)).status).toBe(200);
    const tile = directory.at('root/tiles/tile-0-1.bin');
    fs.utimesSync(tile, 1, 1);
    expect((await ask('readMany', boxes, condition)).status).toBe(200);
  });

  const path = ['path', 'a.npy'] as const;
  const wrong: [query: Query, status: number, tag: string, detail: string][] = [
    [[path], 400, 'InvalidParameter', 'Expected 1 to 1024 values for `selection`, received none'],
    [[['selection', '0']], 400, 'InvalidParameter', '`path`'],
    [[path, ['selection', '0'], ['selection', '400']], 400, 'SelectionError', 'Selection 1: '],
    [[path, ['selection', 'x']], 400, 'SelectionError', 'Selection 0: '],
    [[path, ['selection', '0'], ['format', 'png']], 400, 'InvalidParameter', '`format`'],
    [[path, ['selection', '0'], ['selection', '0:2'], ['format', 'npy']], 400, 'InvalidParameter', 'same shape'],
    [[path, ['selection', '9'], ['as', 'int8']], 422, 'ConversionError', ''],
    [[path, ...Array.from({ length: 1025 }, () => ['selection', '0'] as const)], 400, 'InvalidParameter', '1025'],
    [
      [path, ...Array.from({ length: 40 }, () => ['selection', ''] as const), ['format', 'json']],
      413,
      'ResponseTooLarge',
      '',
    ],
  ];
  test.each(wrong)('refuses %j', async (query, status, tag, detail) => {
    const found = json(await ask('readMany', query));
    expect(found).toMatchObject({ status, tag, detail: expect.stringContaining(detail) });
    expect(found['detail']).not.toContain(root);
  });

  test('refuses more shapes than a header can hold', async () => {
    const line = 'root/line.npy';
    directory.write(line, npyBytes(npyDict('|u1', false, [1, ...new Array<number>(25).fill(1)]), new Uint8Array(1)));
    const boxes: Query = Array.from({ length: 400 }, (_, i) => ['selection', i === 0 ? '0' : ''] as const);
    const query: Query = [['path', 'line.npy'], ...boxes];
    expect(json(await ask('readMany', query))).toMatchObject({ status: 413, tag: 'ResponseTooLarge' });
    const { boxes: all } = json(await ask('readMany', [...query, ['format', 'json']]));
    expect((all as unknown[]).length).toBe(400);
  });
});

describe('reduce', () => {
  const elements = rows * columns;
  const reduceTo = async (query: Query): Promise<Record<string, unknown>> => json(await ask('reduce', query));

  test('reduces to one number', async () => {
    const path = ['path', 'a.npy'] as const;
    for (const [operation, value] of [
      ['count', elements],
      ['min', 0],
      ['max', elements - 1],
      ['sum', (elements * (elements - 1)) / 2],
      ['mean', (elements - 1) / 2],
      ['std', Math.sqrt((elements ** 2 - 1) / 12)],
    ] as const) {
      const { data, shape } = await reduceTo([path, ['operation', operation]]);
      expect(shape).toEqual([]);
      expect((data as number[])[0], operation).toBeCloseTo(value, 6);
    }
    const { data } = await reduceTo([path, ['operation', 'std'], ['ddof', 1], ['selection', '0, :4']]);
    expect((data as number[])[0]).toBeCloseTo(Math.sqrt(5 / 3), 12);
  });

  test('reduces along dimensions, in each format', async () => {
    const query: Query = [
      ['path', 'cube.npy'],
      ['operation', 'mean'],
      ['axis', '0,-1'],
      ['selection', ':, 10:14'],
    ];
    const wanted = [10, 11, 12, 13].map((y) => {
      let sum = 0;
      for (let z = 0; z < 3; z++) for (let x = 0; x < 50; x++) sum += (z * 2000 + y * 50 + x) % 1000;
      return sum / 150;
    });
    expect(await reduceTo(query)).toEqual({ dtype: 'float64', shape: [4], data: wanted });
    const bin = await ask('reduce', [...query, ['format', 'bin'], ['keepDims', 'true']]);
    expect(bin.headers).toMatchObject({ 'x-shape': '1,4,1', 'x-dtype': 'float64', 'content-length': '32' });
    expect([...doubles(bin)]).toEqual(wanted);
    const npy = await ask('reduce', [...query, ['format', 'npy']]);
    await using array = await openArray(directory.write('mean.npy', npy.body));
    expect([array.shape, [...(await array.read()).data]]).toEqual([[4], wanted]);
    const max = await ask('reduce', [
      ['path', 'cube.npy'],
      ['operation', 'max'],
      ['axis', '1,2'],
      ['format', 'bin'],
    ]);
    expect([max.headers['x-dtype'], [...new Int16Array(new Uint8Array(max.body).buffer)]]).toEqual([
      'int16',
      [999, 999, 999],
    ]);
  });

  test('leaves out missing elements, and says where none is left', async () => {
    const path = ['path', 'special.npy'] as const;
    const along: Query = [path, ['operation', 'max'], ['axis', 0]];
    expect(await reduceTo(along)).toEqual({ dtype: 'float64', shape: [3], data: ['NaN', 'NaN', 4] });
    const skipped = { dtype: 'float64', shape: [3], data: [1.5, 'NaN', 4], mask: [0, 1, 0] };
    expect(await reduceTo([...along, ['skipMissing', 'true']])).toEqual(skipped);
    expect(await reduceTo([...along, ['decode', 'cf']])).toEqual(skipped);
    const { data } = await reduceTo([...along, ['decode', 'cf'], ['skipMissing', 'false']]);
    expect(data).toEqual(['NaN', 'NaN', 4]);
  });

  test('sends 64-bit integers without loss', async () => {
    const { dtype, data } = await reduceTo([
      ['path', 'large.npy'],
      ['operation', 'sum'],
    ]);
    expect([dtype, data]).toEqual(['int64', [String(2n ** 62n + 2n ** 61n)]]);
  });

  test('answers a conditional request without reading', async () => {
    const query: Query = [
      ['path', 'a.npy'],
      ['operation', 'std'],
    ];
    const first = await ask('reduce', query);
    const condition = { 'if-none-match': String(first.headers.etag) };
    expect((await ask('reduce', [...query, ['id', 'again']], condition)).status).toBe(304);
    expect((await ask('reads', [['id', 'again']])).status).toBe(404);
    expect((await ask('reduce', [...query, ['ddof', 1]], condition)).status).toBe(200);
  });

  const path = ['path', 'a.npy'] as const;
  const max = ['operation', 'max'] as const;
  const wrong: [query: Query, status: number, tag: string][] = [
    [[path], 400, 'InvalidParameter'],
    [[path, ['operation', 'median']], 400, 'InvalidParameter'],
    [[path, max, ['axis', '2']], 400, 'InvalidParameter'],
    [[path, max, ['axis', '0,0']], 400, 'InvalidParameter'],
    [[path, max, ['axis', ',']], 400, 'InvalidParameter'],
    [[path, max, ['axis', 'lat']], 400, 'InvalidParameter'],
    [[path, max, ['ddof', '1']], 400, 'InvalidParameter'],
    [[path, max, ['keepDims', '1']], 400, 'InvalidParameter'],
    [[path, max, ['selection', '400']], 400, 'SelectionError'],
    [[path, max, ['selection', '0:0']], 400, 'SelectionError'],
    [[['path', 'none.npy'], max], 404, 'NotFound'],
    [
      [
        ['path', 'large.npy'],
        ['operation', 'sum'],
        ['selection', '[0,0]'],
      ],
      422,
      'ConversionError',
    ],
  ];
  test.each(wrong)('refuses %j', async (query, status, tag) => {
    expect(await reduceTo(query)).toMatchObject({ status, tag, detail: expect.not.stringContaining(root) });
  });
});

describe.each(['reduce?operation=mean', 'readMany?selection=0:100&selection=100:200'])('%s', (route) => {
  test('stops when the client disconnects', async () => {
    const id = route.replace(/\W.*/, '');
    const counter = async (name: string): Promise<number> =>
      Number(new RegExp(`^posixpar_${name} (\\d+)$`, 'm').exec((await get(server, '/metrics')).text)?.[1]);
    // Opens the array, so that its header is not read while reads are held.
    expect(
      (
        await ask('read', [
          ['path', 'a.npy'],
          ['selection', '0'],
        ])
      ).status,
    ).toBe(200);
    await whileHeld({ op: 'pread' }, async (release) => {
      const options = optionsFor(server, `/api/v1/${route}&path=a.npy&id=${id}`);
      const headers = { authorization: `Bearer ${server.token}` };
      const outgoing = request({ ...options, headers, agent: false });
      outgoing.on('error', () => {});
      outgoing.end();
      await expect.poll(() => counter('reads_in_flight'), { timeout: 20_000 }).toBe(1);
      outgoing.destroy();
      // Only the request for the counters is in flight, although the system call has not ended.
      await expect.poll(() => counter('requests_in_flight'), { timeout: 20_000 }).toBe(1);
      release();
      await expect.poll(() => counter('reads_in_flight'), { timeout: 20_000 }).toBe(0);
    });
    expect(await counter('reply_memory_bytes')).toBe(0);
    // The read ended with an error, so there are no statistics.
    expect((await ask('reads', [['id', id]])).status).toBe(404);
  });
});
