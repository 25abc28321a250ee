/** Tests the routes below `/api/v1`, `/metrics`, and the OpenAPI document. */
import * as fs from 'node:fs';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { serve } from '../../lib/serve/index.js';
import { netcdf3Bytes } from '../support/netcdf3-bytes.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get } from './requests.js';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const [rows, columns] = [300, 200];
const path = writeNpy(directory, 'root/a.npy', [rows, columns]);
writeNpy(directory, 'root/cube.npy', [3, 40, 50], { dtype: 'int16', value: (i) => i % 1000 });
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
const special = new Float64Array([1.5, Number.NaN, Number.POSITIVE_INFINITY, -0]);
directory.write('root/special.npy', npyBytes(npyDict('<f8', false, [4]), new Uint8Array(special.buffer)));
const large = new BigInt64Array([2n ** 60n, -1n]);
directory.write('root/large.npy', npyBytes(npyDict('<i8', false, [2]), new Uint8Array(large.buffer)));
directory.write('root/half.npy', npyBytes(npyDict('<f2', false, [2]), new Uint8Array([0, 0x3c, 0, 0x40])));
directory.write('root/sub/notes.txt', 'no array');
const quarter = new Uint8Array([0x3e, 0x80, 0, 0]);
const scalar = { name: 's', type: 'short', dims: [], data: new Uint8Array([0, 6]) } as const;
directory.write(
  'root/scalar.nc',
  netcdf3Bytes({ version: 1, dims: [], variables: [{ ...scalar, attributes: [['scale_factor', 'float', quarter]] }] }),
);

const server = await serve({ roots: [root], port: 0 });
afterAll(() => server.close());

/** Asks a route with the parameters of `query`. */
function ask(route: string, query: Readonly<Record<string, string | number>>): Promise<Answer> {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) text.set(name, String(value));
  return get(server, `/api/v1/${route}?${text}`);
}

const json = ({ text }: Answer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const floats = ({ body }: Answer): Float32Array => new Float32Array(new Uint8Array(body).buffer);

test('sends a decoded array without dimensions', async () => {
  const found = await ask('read', { path: 'scalar.nc/s', decode: 'cf' });
  expect(found.headers).toMatchObject({ 'x-shape': '', 'x-dtype': 'float32', 'content-length': '4' });
  expect([...floats(found)]).toEqual([1.5]);
});

describe('reads', () => {
  test('returns the statistics of a read that has a name', async () => {
    await ask('read', { path: 'a.npy', selection: '0:10', id: 'first-1' });
    const found = json(await ask('reads', { id: 'first-1' }));
    expect(found).toMatchObject({ bytesRequested: 10 * columns * 4, bytesRead: 10 * columns * 4, chunks: 1 });
    expect(found['engine']).toMatch(/^(pread|mmap|direct|uring)/);
  });

  test('adds the parts of a read that is sent in parts', async () => {
    const size = 3000;
    writeNpy(directory, 'root/wide.npy', [size, size]);
    await ask('read', { path: 'wide.npy', id: 'parts' });
    expect(json(await ask('reads', { id: 'parts' }))).toMatchObject({ bytesRequested: size * size * 4 });
    fs.rmSync(directory.at('root/wide.npy'));
  });

  test('remembers the last 256 reads with a name', async () => {
    for (let i = 0; i < 257; i++) await ask('read', { path: 'a.npy', selection: '0,0', id: `many-${i}` });
    expect((await ask('reads', { id: 'many-0' })).status).toBe(404);
    expect((await ask('reads', { id: 'many-1' })).status).toBe(200);
    expect((await ask('reads', { id: 'many-256' })).status).toBe(200);
  });

  test('refuses names that are no names', async () => {
    for (const id of ['', 'a b', 'x'.repeat(65), 'é']) {
      expect((await ask('read', { path: 'a.npy', id })).status, id).toBe(400);
    }
  });
});

describe('residency', () => {
  test('reports the page cache of the file that contains an array', async () => {
    await ask('read', { path: 'a.npy' });
    const found = json(await ask('residency', { path: 'a.npy' }));
    const { size } = fs.statSync(path);
    expect(found).toMatchObject({ bytes: size, cachedBytes: size });
    const map = found['map'] as { readonly bytes: number }[];
    expect(map.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(size);
  });

  test('reports nothing for stores of many files and directories', async () => {
    for (const store of ['tiles', 'sub']) {
      expect(json(await ask('residency', { path: store }))).toMatchObject({ bytes: null, cachedBytes: null, map: [] });
    }
    expect((await ask('residency', { path: '../secret' })).status).toBe(404);
  });
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

describe('facts', () => {
  test('tree lists directories and describes arrays', async () => {
    expect(json(await ask('tree', {}))).toMatchObject({
      kind: 'directory',
      children: expect.arrayContaining([
        { name: 'a.npy', kind: 'store' },
        { name: 'sub', kind: 'directory' },
        { name: 'tiles', kind: 'store' },
      ]),
    });
    expect(json(await ask('tree', { path: 'sub' }))).toEqual({ kind: 'directory', children: [] });
    expect(json(await ask('tree', { path: 'tiles' }))).toMatchObject({
      kind: 'array',
      format: 'tiles',
      shape: [40, 60],
      chunkShape: [20, 20],
      dtype: 'float32',
      fillValue: -1,
    });
  });

  test('explain predicts the cost', async () => {
    const found = json(await ask('explain', { path: 'tiles', selection: '0:20' }));
    expect(found).toMatchObject({ format: 'tiles', shape: [20, 60], chunks: 3, bytesRequested: 4800 });
  });

  test('stats are those of all elements', async () => {
    const elements = rows * columns;
    expect(json(await ask('stats', { path: 'a.npy' }))).toEqual({
      elements,
      nan: 0,
      min: 0,
      max: elements - 1,
      mean: (elements - 1) / 2,
    });
    expect(json(await ask('stats', { path: 'special.npy' }))).toMatchObject({ nan: 1, max: 'Infinity' });
    expect(json(await ask('stats', { path: 'large.npy' }))).toMatchObject({ max: '1152921504606846976' });
    expect(json(await ask('stats', { path: 'a.npy', selection: '0:0' }))).toMatchObject({ elements: 0, min: null });
  });

  test('storage describes chunks, codecs and the file system', async () => {
    expect(json(await ask('storage', { path: 'tiles' }))).toMatchObject({
      format: 'tiles',
      chunkShape: [20, 20],
      chunks: 6,
      chunksAbsent: 0,
      storedBytes: 9600,
      layers: [{ chunkShape: [20, 20], codecs: [], axisOrder: [0, 1] }],
      filesystem: { type: expect.any(String) },
    });
  });
});

describe('the OpenAPI document', () => {
  interface Described {
    readonly parameters?: readonly {
      readonly name: string;
      readonly in: string;
      readonly required: boolean;
      readonly schema: { enum?: string[] };
    }[];
    readonly responses: { readonly '200': { readonly content: Readonly<Record<string, unknown>> } };
  }
  interface OpenApi {
    readonly paths: Readonly<Record<string, { readonly get: Described }>>;
  }
  /** Returns a query with the required parameters of a route. */
  const queryFor = ({ parameters = [] }: Described, path: string): string => {
    const known: Readonly<Record<string, string>> = { path, id: 'known', selection: '0', operation: 'max' };
    const given = parameters.filter((parameter) => parameter.required && parameter.in === 'query');
    return given.map(({ name }) => `${name}=${known[name]}`).join('&');
  };
  const load = async (): Promise<OpenApi> => json(await get(server, '/api/v1/openapi.json')) as unknown as OpenApi;

  test('names every route, and each route exists', async () => {
    const { paths } = await load();
    expect(Object.keys(paths).sort()).toEqual([
      '/api/v1/explain',
      '/api/v1/read',
      '/api/v1/readMany',
      '/api/v1/reads',
      '/api/v1/reduce',
      '/api/v1/residency',
      '/api/v1/stats',
      '/api/v1/storage',
      '/api/v1/tree',
      '/h5grove/{route}',
      '/healthz',
      '/metrics',
      '/zarr-native/{key}',
      '/zarr/{key}',
    ]);
    await ask('read', { path: 'a.npy', id: 'known' });
    for (const [route, { get: described }] of Object.entries(paths)) {
      const path = route.replace('{key}', 'a.npy/zarr.json').replace('{route}', '');
      const { status } = await get(server, `${path}?${queryFor(described, 'a.npy')}`);
      expect(status, route).toBe(200);
    }
    expect((await get(server, '/api/v1/other')).status).toBe(404);
    expect((await get(server, '/api/v1/read/more?path=a.npy')).status).toBe(404);
  });

  test('lists exactly the parameters and values that routes accept', async () => {
    const { paths } = await load();
    for (const [route, { get: described }] of Object.entries(paths)) {
      if (!route.startsWith('/api/')) continue;
      const unknown = await get(server, `${route}?unknown=1`);
      const names = described.parameters?.map(({ name }) => name).join(', ');
      expect(json(unknown)['detail'], route).toBe(`Expected one of ${names} for \`a parameter\`, received 'unknown'`);
      for (const { name, schema } of described.parameters ?? []) {
        for (const value of schema.enum ?? []) {
          const query = new URLSearchParams(queryFor(described, 'tiles'));
          query.set(name, value);
          const { status, text } = await get(server, `${route}?${query}`);
          // Values of the array may not fit into a small type, and a mean needs `maxPixels`.
          if (status !== 200) expect(text, `${route} ${name}=${value}`).toContain('ConversionError');
        }
        if (schema.enum !== undefined) expect((await get(server, `${route}?path=tiles&${name}=x`)).status).toBe(400);
      }
    }
  });

  test('lists the media types of replies', async () => {
    const { paths } = await load();
    for (const [route, formats] of [
      ['read', ['bin', 'npy', 'json', 'png']],
      ['readMany', ['bin', 'npy', 'json']],
      ['reduce', ['bin', 'npy', 'json']],
    ] as const) {
      const described = paths[`/api/v1/${route}`]?.get;
      const types = Object.keys(described?.responses['200'].content ?? {});
      const query = described === undefined ? '' : queryFor(described, 'a.npy');
      const found = await Promise.all(
        formats.map((format) => get(server, `/api/v1/${route}?${query}&format=${format}`)),
      );
      expect(
        found.map(({ headers }) => headers['content-type']),
        route,
      ).toEqual(types);
    }
  });
});

test('metrics count requests and bytes', async () => {
  await using counted = await serve({ roots: [root], port: 0 });
  await get(counted, '/zarr/large.npy/c/0');
  await get(counted, '/nothing');
  const { text, headers } = await get(counted, '/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4');
  expect(text).toMatch(/^posixpar_requests_total\{status="200"\} 1$/m);
  expect(text).toMatch(/^posixpar_requests_total\{status="404"\} 1$/m);
  expect(text).toMatch(/^posixpar_reads_in_flight 0$/m);
  expect(text).toMatch(/^posixpar_open_nodes 1$/m);
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) posixpar_\w+ .+|posixpar_\w+(\{\w+="\w+"\})? \d+)$/);
});
