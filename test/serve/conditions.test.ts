/** Tests ETags, HEAD, compression and the headers that pages of other origins may read, for all kinds of routes. */
import * as fs from 'node:fs';
import { networkInterfaces } from 'node:os';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { writeNpy, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get, send } from './requests.js';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
writeNpy(directory, 'root/a.npy', [50, 40]);
writeZarr(directory, 'root/z', 1000, 100);
const origin = 'https://app.example';
const server = await serve({ roots: [root], socket: directory.at('s'), port: 0, cors: [origin] });
const overSocket = { ...server, url: null };
afterAll(() => server.close());

const chunk = '/zarr/a.npy/c/0/0';
const elements = '/api/v1/read?path=a.npy';
/** Paths of replies that are computed from the elements, and from the metadata. */
const tagged = [chunk, elements, `${elements}&format=json`, `${elements}&format=png`, '/zarr/a.npy/zarr.json'];
const untagged = [
  '/api/v1/stats?path=a.npy',
  '/api/v1/tree?path=z',
  '/api/v1/describe?path=a.npy',
  '/api/v1/readMany?path=a.npy&selection=0&selection=1',
  '/api/v1/reduce?path=a.npy&operation=mean',
  '/api/v1/openapi.json',
  '/h5grove/meta?file=a.npy&path=/data',
  '/h5grove/attr?file=a.npy&path=/data',
  '/h5grove/data?file=a.npy&path=/data&format=bin',
  '/h5grove/data?file=a.npy&path=/data&format=npy',
  '/h5grove/data?file=a.npy&path=/data',
  '/h5grove/stats?file=a.npy&path=/data',
  '/h5grove/paths?file=a.npy',
];

describe('HEAD', () => {
  test.each([...tagged, ...untagged, '/zarr/z/c/3', '/h5grove/meta?file=none.npy', '/api/v1/read?path=none'])(
    'has the status and the headers of GET: %s',
    async (path) => {
      const [head, found] = [await get(server, path, { method: 'HEAD' }), await get(server, path)];
      const { date: _, 'transfer-encoding': coding, ...headers } = found.headers;
      expect(head.status).toBe(found.status);
      expect(head.headers).toMatchObject({ ...headers, connection: expect.anything() });
      expect(head.body.length).toBe(0);
      if (coding === undefined) expect(found.headers['content-length']).toBe(String(found.body.length));
    },
  );

  test('works for counters, whose values differ', async () => {
    const { status, headers, body } = await get(server, '/metrics', { method: 'HEAD' });
    expect([status, headers['content-type'], body.length]).toEqual([200, 'text/plain; version=0.0.4', 0]);
    expect(Number(headers['content-length'])).toBeGreaterThan(100);
  });

  test('ignores ranges, and honours If-None-Match', async () => {
    const ranged = await get(server, chunk, { method: 'HEAD', headers: { range: 'bytes=0-3' } });
    expect([ranged.status, ranged.headers['content-length'], ranged.headers['accept-ranges']]).toEqual([
      200,
      '8000',
      'bytes',
    ]);
    const asked = { method: 'HEAD', headers: { 'if-none-match': String(ranged.headers.etag) } };
    const { status, headers } = await get(server, chunk, asked);
    expect([status, headers['content-length'], headers.etag]).toEqual([304, undefined, ranged.headers.etag]);
  });

  test('of the web-standard handler has no body', async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    const reply = await server.fetch(new Request(`http://localhost${elements}`, { method: 'HEAD', headers }));
    expect([reply.status, reply.headers.get('content-length'), reply.body]).toEqual([200, '8000', null]);
  });
});

describe('ETags', () => {
  test.each(tagged)('save the transfer: %s', async (path) => {
    const first = await get(server, path);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const again = await get(server, path, { headers: { 'if-none-match': etag } });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
    expect(again.headers.vary).toBe(first.headers.vary);
    expect(again.headers['cache-control']).toBe(first.headers['cache-control']);
  });

  /** Writes a file whose state differs from the one before in one way only. */
  const changes: [string, (path: string) => void][] = [
    [
      'inode',
      (path) => {
        fs.copyFileSync(path, `${path}.new`);
        const { atime, mtime } = fs.statSync(path);
        fs.utimesSync(`${path}.new`, atime, mtime);
        fs.renameSync(`${path}.new`, path);
      },
    ],
    [
      'size',
      (path) => {
        const { atime, mtime } = fs.statSync(path);
        fs.appendFileSync(path, 'x');
        fs.utimesSync(path, atime, mtime);
      },
    ],
    ['time', (path) => fs.utimesSync(path, new Date(), new Date(fs.statSync(path).mtimeMs + 5000))],
  ];
  test.each(changes)('change with the %s of the file', async (_, change) => {
    const path = writeNpy(directory, 'root/changing.npy', [10]);
    // Whole seconds, which every call sets exactly.
    fs.utimesSync(path, 1_700_000_000, 1_700_000_000);
    const paths = [
      '/zarr/changing.npy/c/0',
      '/api/v1/read?path=changing.npy',
      '/api/v1/read?path=changing.npy&format=json',
    ];
    const tagsOf = async (): Promise<unknown[]> => {
      const tags: unknown[] = [];
      for (const one of paths) tags.push((await get(server, one)).headers.etag);
      return tags;
    };
    const before = await tagsOf();
    expect(await tagsOf()).toEqual(before);
    change(path);
    const after = await tagsOf();
    for (const [i, tag] of after.entries()) expect(tag, paths[i]).not.toBe(before[i]);
  });

  test('differ between chunks, selections and content codings', async () => {
    const paths = ['/zarr/z/c/0', '/zarr/z/c/1', elements, `${elements}&selection=0`, `${elements}&format=npy`];
    const tags = await Promise.all(paths.map(async (path) => (await get(server, path)).headers.etag));
    for (const accept of ['gzip', 'br']) {
      const headers = { 'accept-encoding': accept };
      tags.push((await get(server, `${elements}&format=json`, { headers })).headers.etag);
    }
    expect(tags).not.toContain(undefined);
    expect(new Set(tags).size).toBe(tags.length);
  });
});

describe('compression of elements', () => {
  const binary = [
    chunk,
    elements,
    `${elements}&format=npy`,
    `${elements}&format=arrow`,
    '/h5grove/data?file=a.npy&path=/data&format=bin',
  ];
  const codings = { gzip: gunzipSync, br: brotliDecompressSync } as const;

  test('is left out for clients on this machine', async () => {
    for (const target of [server, overSocket]) {
      for (const path of binary.slice(1)) {
        const { headers } = await get(target, path, { headers: { 'accept-encoding': 'gzip, br' } });
        expect(headers['content-encoding'], path).toBeUndefined();
      }
    }
  });

  test.each(['gzip', 'br'] as const)('is %s for other servers that call `fetch`', async (coding) => {
    for (const path of binary.slice(1)) {
      const plain = await get(server, path);
      const headers = { authorization: `Bearer ${server.token}`, 'accept-encoding': coding };
      const reply = await server.fetch(new Request(`http://localhost${path}`, { headers }));
      expect(reply.headers.get('content-encoding'), path).toBe(coding);
      expect(reply.headers.get('content-length')).toBeNull();
      const body = Buffer.from(await reply.arrayBuffer());
      expect(codings[coding](body).equals(plain.body), path).toBe(true);
      expect(body.length).toBeLessThan(plain.body.length);
    }
  });

  const address = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  test.skipIf(address === undefined)('is done for clients on other machines', async () => {
    const name = String(address);
    await using open = await serve({ roots: [root], port: 0, host: '0.0.0.0', allowedHosts: [name] });
    const { port } = new URL(String(open.url));
    const ask = (hostname: string): Promise<Answer> =>
      send({
        hostname,
        port,
        path: elements,
        headers: { authorization: `Bearer ${open.token}`, 'accept-encoding': 'gzip' },
      });
    const plain = await ask('127.0.0.1');
    expect(plain.headers['content-encoding']).toBeUndefined();
    // The address of this machine in the network stands for another machine, because it is no loopback address.
    const packed = await ask(name);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  });

  test('leaves ranges of stored bytes as they are', async () => {
    const headers = {
      authorization: `Bearer ${server.token}`,
      'accept-encoding': 'gzip',
      range: 'bytes=8-15',
    };
    const reply = await server.fetch(new Request(`http://localhost${chunk}`, { headers }));
    expect([reply.status, reply.headers.get('content-encoding'), reply.headers.get('content-range')]).toEqual([
      206,
      null,
      'bytes 8-15/8000',
    ]);
    const stored = (await get(server, chunk)).body.subarray(8, 16);
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(stored);
  });
});

test('pages of an allowed origin may read the headers that describe a reply', async () => {
  const { status, headers } = await get(server, chunk, { headers: { origin, range: 'bytes=0-3' } });
  expect([status, headers['content-range']]).toEqual([206, 'bytes 0-3/8000']);
  const exposed = String(headers['access-control-expose-headers']).split(', ');
  expect(exposed).toEqual(
    expect.arrayContaining(['content-range', 'accept-ranges', 'etag', 'x-shape', 'x-dtype', 'x-steps']),
  );
});
