/** Tests the start and the end of the server, both transports, and the rules of HTTP that all routes share. */
import * as fs from 'node:fs';
import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { failure } from '../support/faults.js';
import { counting, writeNpy, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { get, send } from './requests.js';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const rows = 50;
writeNpy(directory, 'root/a.npy', [rows, 40]);
const values = Buffer.from(counting(rows * 40).buffer);
writeZarr(directory, 'root/z', 1000, 100);

const server = await serve({ roots: [root], socket: directory.at('s'), port: 0 });
const overSocket = { ...server, url: null };
afterAll(() => server.close());

describe('the addresses', () => {
  test('serve the same bytes over TCP and over the Unix socket, and to the web-standard handler', async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    const fetched = await server.fetch(new Request('http://localhost/zarr/a.npy/c/0/0', { headers }));
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(values);
    for (const target of [server, overSocket]) {
      const { status, body } = await get(target, '/zarr/a.npy/c/0/0');
      expect([status, body.equals(values)]).toEqual([200, true]);
    }
  });

  test('print the token only in the URL', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    expect(server.socket).toBe(directory.at('s'));
  });

  test('are the socket alone, or TCP alone', async () => {
    await using unix = await serve({ roots: [root], socket: directory.at('only') });
    expect(unix.url).toBeNull();
    await using tcp = await serve({ roots: [root] });
    expect(tcp.socket).toBeNull();
    await using none = await serve({ roots: [root], port: null, token: 'none' });
    expect([none.url, none.socket, none.token]).toEqual([null, null, null]);
    expect((await none.fetch(new Request('http://localhost/zarr/zarr.json'))).status).toBe(200);
  });

  test('may be a socket that no process listens on any more, but not a used one or another file', async () => {
    const path = directory.at('stale');
    const first = await serve({ roots: [root], socket: path });
    expect(await failure(() => serve({ roots: [root], socket: path }))).toMatchObject({ code: 'EADDRINUSE' });
    fs.linkSync(path, directory.at('kept'));
    await first.close();
    expect(fs.existsSync(path)).toBe(false);
    await using second = await serve({ roots: [root], socket: directory.at('kept') });
    expect((await get(second, '/healthz')).status).toBe(200);
    directory.write('file', new Uint8Array(1));
    expect(await failure(() => serve({ roots: [root], socket: directory.at('file') }))).toMatchObject({
      message: expect.stringMatching(/^Expected a path that does not exist, or a socket for `options.socket`/),
    });
    expect(fs.readdirSync(directory.path).filter((name) => name.startsWith('.posix-par'))).toEqual([]);
  });
});

describe('a directory', () => {
  test('is shown as a store as soon as it is one, also if it was requested a moment ago', async () => {
    const kindOf = async (path: string): Promise<unknown> =>
      (JSON.parse(String((await get(server, `/api/v1/tree?path=${path}`)).body)) as { kind: unknown }).kind;
    fs.mkdirSync(`${root}/new/inner`, { recursive: true });
    expect([await kindOf('new'), await kindOf('new/inner')]).toEqual(['directory', 'directory']);
    writeZarr(directory, 'root/new/inner', 1000, 100);
    expect([await kindOf('new'), await kindOf('new/inner')]).toEqual(['directory', 'array']);
    expect((await get(server, '/zarr/new/inner/c/9')).status).toBe(200);
  });
});

describe('HTTP', () => {
  test('HEAD has the headers of GET and no body', async () => {
    for (const path of ['/zarr/a.npy/zarr.json', '/zarr/a.npy/c/0/0', '/zarr/z/c/3', '/healthz', '/nothing']) {
      const [head, found] = [await get(server, path, { method: 'HEAD' }), await get(server, path)];
      const { date: _, ...headers } = found.headers;
      expect(head.headers, path).toMatchObject({ ...headers, connection: expect.anything() });
      expect([head.status, head.body.length], path).toEqual([found.status, 0]);
      expect(Number(found.headers['content-length']), path).toBe(found.body.length);
    }
  });

  const ranges: [header: string, expected: [number, number] | 'all' | 'unsatisfiable'][] = [
    ['bytes=0-0', [0, 1]],
    ['bytes=10-19', [10, 20]],
    ['bytes=7990-', [7990, 8000]],
    ['bytes=7990-9999', [7990, 8000]],
    ['bytes=7990-99999999999999999999999', [7990, 8000]],
    ['bytes=-16', [7984, 8000]],
    ['bytes=-9000', [0, 8000]],
    ['bytes= 1-2 ', [1, 3]],
    ['bytes=8000-', 'unsatisfiable'],
    ['bytes=99999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', 'all'],
    ['bytes=-', 'all'],
    ['bytes=a-b', 'all'],
    ['bytes=0-1,3-4', 'all'],
    ['elements=0-1', 'all'],
    ['bytes=0x1-2', 'all'],
  ];
  test.each(ranges)('Range: %s', async (range, expected) => {
    const { status, headers, body } = await get(server, '/zarr/a.npy/c/0/0', { headers: { range } });
    if (expected === 'unsatisfiable') {
      expect([status, headers['content-range']]).toEqual([416, 'bytes */8000']);
    } else if (expected === 'all') {
      expect([status, body.equals(values)]).toEqual([200, true]);
    } else {
      const [start, stop] = expected;
      expect([status, headers['content-range']]).toEqual([206, `bytes ${start}-${stop - 1}/8000`]);
      expect(body.equals(values.subarray(start, stop))).toBe(true);
    }
  });

  test('an ETag saves the transfer until the file changes', async () => {
    const path = '/zarr/changing.npy/c/0';
    writeNpy(directory, 'root/changing.npy', [10]);
    const first = await get(server, path);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const condition of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await get(server, path, { headers: { 'if-none-match': condition } });
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
    }
    const partial = await get(server, path, { headers: { 'if-range': etag, range: 'bytes=0-3' } });
    expect(partial.status).toBe(206);
    writeNpy(directory, 'root/changing.npy', [10], { value: (i) => 7 * i });
    const changed = await get(server, path, {
      headers: { 'if-none-match': etag, 'if-range': etag, range: 'bytes=0-3' },
    });
    expect([changed.status, changed.body.length]).toEqual([200, 40]);
    expect(changed.headers.etag).not.toBe(etag);
    expect(new Float32Array(changed.body.buffer, changed.body.byteOffset, 10)[3]).toBe(21);
  });

  test('text is compressed if the client accepts it, with a different ETag', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `attribute ${i}`);
    const group = { zarr_format: 3, node_type: 'group', attributes: { names } };
    directory.write('root/g/zarr.json', JSON.stringify(group));
    const plain = await get(server, '/zarr/g/zarr.json');
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const [accept, coding] of [
      ['gzip', 'gzip'],
      ['br, gzip', 'br'],
      ['br;q=0.1, gzip;q=0.2', 'gzip'],
      ['*', 'br'],
      ['identity', undefined],
      ['gzip;q=0', undefined],
    ] as const) {
      const found = await get(server, '/zarr/g/zarr.json', { headers: { 'accept-encoding': accept } });
      expect(found.headers['content-encoding'], accept).toBe(coding);
      if (coding === undefined) continue;
      expect(found.headers.etag).not.toBe(plain.headers.etag);
      expect(coding === 'gzip' ? gunzipSync(found.body) : brotliDecompressSync(found.body)).toEqual(plain.body);
    }
  });

  test('other methods are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const { status, headers } = await get(server, '/zarr/zarr.json', { method });
      expect([status, headers.allow], method).toEqual([405, 'GET, HEAD']);
    }
  });

  test('errors are problem details with the tag of the error', async () => {
    const { status, headers, text } = await get(server, '/zarr/none.npy/zarr.json');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      404,
      'application/problem+json',
      'no-store',
    ]);
    expect(JSON.parse(text)).toEqual({
      type: 'urn:posix-par:problem:NotFound',
      title: 'Not Found',
      status: 404,
      detail: 'No such file or directory',
      tag: 'NotFound',
    });
  });
});

describe('the end', () => {
  async function started(): Promise<Server> {
    return await serve({ roots: [root], port: 0, graceMs: 200 });
  }

  test('refuses connections, and may be called twice', async () => {
    const ending = await started();
    expect((await get(ending, '/healthz')).text).toBe('ok\n');
    await Promise.all([ending.close(), ending.close()]);
    expect(await failure(() => get(ending, '/healthz'))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not wait for connections that send nothing', async () => {
    const ending = await started();
    const { hostname, port } = new URL(String(ending.url));
    const idle = connect({ host: hostname, port: Number(port) });
    await new Promise((resolve) => idle.once('connect', resolve));
    await get(ending, '/healthz');
    await ending.close();
    idle.destroy();
    expect(await failure(() => send({ hostname, port, path: '/healthz' }))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('closes all files', async () => {
    const own = directory.at('own');
    writeNpy(directory, 'own/a.npy', [10]);
    writeZarr(directory, 'own/z', 1000, 100);
    const openFiles = (): string[] =>
      fs.readdirSync('/proc/self/fd').flatMap((name) => {
        try {
          const target = fs.readlinkSync(`/proc/self/fd/${name}`);
          return target.startsWith(own) ? [target] : [];
        } catch {
          return [];
        }
      });
    const ending = await serve({ roots: [own], port: 0 });
    expect((await get(ending, '/zarr/a.npy/c/0')).status).toBe(200);
    expect((await get(ending, '/zarr/z/c/0')).status).toBe(200);
    expect(openFiles().length).toBeGreaterThan(1);
    await ending.close();
    // A thread of the addon closes the files.
    await expect.poll(openFiles).toEqual([]);
  });
});
