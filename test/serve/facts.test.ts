/** Tests the routes below `/api/v1` that describe arrays, and `/metrics`. */
import * as fs from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { ask, columns, directory, json, path, root, rows, server } from './api-samples.js';
import { get } from './requests.js';

afterAll(() => server.close());

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

describe('chunks', () => {
  test('lists the chunks of a selection', async () => {
    const found = json(await ask('chunks', { path: 'tiles', selection: '5:25,0' }));
    expect(found['hasMore']).toBe(false);
    expect((found['chunks'] as unknown[]).length).toBeGreaterThan(1);
  });

  test('lists the first chunks of a selection that has more of them than any plan can hold', async () => {
    const store = directory.at('root/endless.zarr');
    fs.mkdirSync(store);
    const document = { zarr_format: 2, shape: [2 ** 40, 2 ** 40], chunks: [2, 3], dtype: '|u1', compressor: null };
    fs.writeFileSync(`${store}/.zarray`, JSON.stringify({ ...document, filters: null, fill_value: 0, order: 'C' }));
    fs.writeFileSync(`${store}/0.1`, new Uint8Array(6));
    const listed = async (selection: string): Promise<{ start: number[]; isStored: boolean }[]> => {
      const found = json(await ask('chunks', { path: 'endless.zarr', selection }));
      expect(found['hasMore'], selection).toBe(true);
      return found['chunks'] as { start: number[]; isStored: boolean }[];
    };
    const all = await listed('...');
    expect(all.length).toBe(4096);
    expect(all.map(({ start }) => start)).toEqual(Array.from({ length: 4096 }, (_, i) => [0, 3 * i]));
    expect(all.flatMap(({ isStored }, i) => (isStored ? [i] : []))).toEqual([1]);
    const steps = await listed('1::5,100:400:7');
    expect(steps.slice(42, 45).map(({ start }) => start)).toEqual([
      [0, 393],
      [6, 99],
      [6, 105],
    ]);
    expect(json(await ask('residency', { path: 'endless.zarr', selection: '...' }))).toMatchObject({ hasMore: true });
    fs.rmSync(store, { recursive: true });
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

  test('reports on the files of a selection of a store', async () => {
    await ask('read', { path: 'tiles' });
    const found = json(await ask('residency', { path: 'tiles', selection: '0:25,:' }));
    expect(found).toMatchObject({ bytes: 6 * 1600, cachedBytes: 6 * 1600, files: 6, hasMore: false });
    expect((found['map'] as unknown[]).length).toBe(6);
    expect(json(await ask('residency', { path: 'tiles', selection: '0,0' }))).toMatchObject({ bytes: 1600, files: 1 });
    expect(json(await ask('residency', { path: 'a.npy', selection: '0' }))).toMatchObject({ files: 1 });
  });

  test('reports nothing for stores of many files and directories', async () => {
    for (const store of ['tiles', 'sub']) {
      expect(json(await ask('residency', { path: store }))).toMatchObject({ bytes: null, cachedBytes: null, map: [] });
    }
    expect((await ask('residency', { path: '../secret' })).status).toBe(404);
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

  test('chunks lists the chunks of a selection, and which of them are stored', async () => {
    fs.renameSync(directory.at('root/tiles'), directory.at('root/gap'));
    const names = fs.readdirSync(directory.at('root/gap')).filter((name) => name.endsWith('.bin'));
    fs.rmSync(directory.at(`root/gap/${names.sort()[1]}`));
    const all = json(await ask('chunks', { path: 'gap' }))['chunks'] as { isStored: boolean }[];
    expect(all.map(({ isStored }) => isStored)).toEqual([true, false, true, true, true, true]);
    expect(json(await ask('chunks', { path: 'gap', selection: '30,10::30' }))).toEqual({
      hasMore: false,
      chunks: [
        { start: [20, 0], stop: [40, 20], isStored: true },
        { start: [20, 40], stop: [40, 60], isStored: true },
      ],
    });
    fs.rmSync(directory.at('root/gap'), { recursive: true });
    writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
    writeNpy(directory, 'root/line.npy', [9]);
    expect(json(await ask('chunks', { path: 'line.npy', selection: '2:5' }))).toEqual({
      hasMore: false,
      chunks: [{ start: [0], stop: [9], isStored: true }],
    });
    fs.rmSync(directory.at('root/line.npy'));
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
