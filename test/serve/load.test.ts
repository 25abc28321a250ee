/** Tests the server under aborted, slow and half-open requests: it neither crashes nor keeps resources. */
import * as fs from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { whileHeld } from '../support/faults.js';
import { writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { headOf } from './malformed.js';
import { get, optionsFor, type Target } from './requests.js';

/** Writes a Zarr array of one stored chunk that is as large as its elements. */
function writeStored(name: string, elements: number): void {
  const compressor = { id: 'gzip', level: 0 };
  const shape = { shape: [elements], chunks: [elements], dtype: '|u1', fill_value: 0 };
  directory.write(
    `${name}/.zarray`,
    JSON.stringify({ zarr_format: 2, order: 'C', filters: null, compressor, ...shape }),
  );
  directory.write(`${name}/0`, gzipSync(new Uint8Array(elements), { level: 0 }));
}

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const megabytes = 64;
writeNpy(directory, 'root/large.npy', [megabytes * 4, 65536]);
writeNpy(directory, 'root/small.npy', [40, 50]);
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
writeZarr(directory, 'root/z', 1000, 100);
// As many elements as JSON may have, with long texts: the buffers of a socket cannot take them.
writeNpy(directory, 'root/roots.npy', [16, 65536], { dtype: 'float64', value: (i) => Math.sqrt(i + 0.5) });
// One chunk of 16 MiB that does not compress.
writeStored('root/stored', 16 << 20);

const memoryBytes = 40 << 20;
const server = await serve({ roots: [root], socket: directory.at('s'), port: 0, memoryBytes, waitingReads: 200 });
const overSocket = { ...server, url: null };
afterAll(() => server.close());

/** Returns the value of a counter. */
async function metric(name: string, target: Target = server): Promise<number> {
  const { text } = await get(target, '/metrics');
  return Number(new RegExp(`^posixpar_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Waits until all requests have ended, except the request for the counters. Returns the number of open files. */
async function settled(): Promise<number> {
  await expect.poll(() => metric('requests_in_flight'), { timeout: 20_000 }).toBe(1);
  // A read that was cancelled may end a little later than its request.
  for (const name of ['reads_in_flight', 'reads_waiting', 'reply_memory_bytes']) {
    await expect.poll(() => metric(name), { timeout: 20_000, message: name }).toBe(0);
  }
  return fs.readdirSync('/proc/self/fd').length;
}

/** Opens a connection. */
function connection(target: Target): Promise<Socket> {
  const { hostname, port, socketPath } = optionsFor(target, '/');
  const socket = target.url === null ? connect(String(socketPath)) : connect(Number(port), String(hostname));
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

const head = (path: string): string => headOf(server.token, path);

/**
 * Sends bytes, and returns the reply up to the end of the connection.
 * @param isComplete true if the bytes are a request that asks for the end of the connection. node:http does not answer
 *   clients that end the connection first.
 */
async function exchange(target: Target, bytes: string, isComplete: boolean): Promise<string> {
  const socket = await connection(target);
  return await new Promise((resolve) => {
    let text = '';
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    if (isComplete) socket.write(bytes, 'latin1');
    else socket.end(bytes, 'latin1');
  });
}

describe.each([
  ['TCP', server],
  ['the Unix socket', overSocket],
] as [string, Target][])('over %s', (_name, target) => {
  test('a client that disconnects cancels its read, and frees the memory', async () => {
    await get(target, '/api/v1/read?path=small.npy');
    const before = await metric('body_bytes_total');
    const cancelled = await metric('requests_cancelled_total');
    for (let i = 0; i < 8; i++) {
      await new Promise<void>((resolve) => {
        const headers = { authorization: `Bearer ${server.token}` };
        const outgoing = request({ ...optionsFor(target, '/api/v1/read?path=large.npy'), headers, agent: false });
        outgoing.on('error', () => {});
        outgoing.on('close', resolve);
        outgoing.on('response', (incoming) => {
          incoming.on('error', () => {});
          incoming.once('data', () => outgoing.destroy());
        });
        outgoing.end();
      });
    }
    await settled();
    expect(await metric('requests_cancelled_total')).toBe(cancelled + 8);
    // Each client received the first part. Without cancellation, the server would have produced 8 × 64 MiB.
    const produced = (await metric('body_bytes_total')) - before;
    expect(produced).toBeLessThan(8 * (megabytes / 2) * 2 ** 20);
  });

  const large: [form: string, path: string][] = [
    ['bytes', '/api/v1/read?path=large.npy'],
    ['JSON', '/api/v1/read?path=roots.npy&format=json'],
    ['cells', '/api/v1/read?path=large.npy&maxPixels=1000000&reduce=mean'],
    ['many selections', `/api/v1/readMany?path=large.npy${'&selection=:32'.repeat(4)}`],
    ['h5grove bytes', '/h5grove/data?file=large.npy&path=/data&format=bin'],
    ['h5grove JSON', '/h5grove/data?file=roots.npy&path=/data'],
    ['chunks', '/zarr/large.npy/c/3/0'],
    ['stored chunks', '/zarr/stored/c/0'],
  ];
  test.each(large)('clients that do not read %s keep memory reserved, and small requests are fast', async (_, path) => {
    const files = await settled();
    expect((await get(target, path)).status).toBe(200);
    const sockets = await Promise.all(Array.from({ length: 60 }, () => connection(target)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(head(path));
    }
    try {
      await expect.poll(() => metric('reads_waiting'), { timeout: 20_000 }).toBeGreaterThan(0);
      await expect.poll(() => metric('reads_in_flight'), { timeout: 20_000 }).toBe(0);
      for (let i = 0; i < 20; i++) {
        const held = await metric('reply_memory_bytes');
        expect(held).toBeGreaterThan(memoryBytes / 4);
        expect(held).toBeLessThanOrEqual(memoryBytes);
        expect((await get(target, '/zarr/small.npy/c/0/0')).status).toBe(200);
      }
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await expect.poll(settled, { timeout: 20_000 }).toBeLessThanOrEqual(files + 2);
    // Requests that waited when their clients disconnected are not counted as errors of the server.
    expect((await get(target, '/metrics')).text).not.toContain('status="500"');
  });

  test('half-open connections do not keep others from being served', async () => {
    const files = await settled();
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connection(target)));
    for (const [i, socket] of sockets.entries()) socket.write(head('/zarr/z/zarr.json').slice(0, i));
    const found = await Promise.all(Array.from({ length: 20 }, (_, i) => get(target, `/zarr/z/c/${i % 10}`)));
    expect(found.map(({ status }) => status)).toEqual(found.map(() => 200));
    for (const socket of sockets) socket.destroy();
    await expect.poll(settled).toBeLessThanOrEqual(files + 2);
  });
});

test('the web-standard handler cancels reads of bodies that are given up', async () => {
  const headers = { authorization: `Bearer ${server.token}` };
  const cancelled = await metric('requests_cancelled_total');
  const ask = (signal?: AbortSignal): Promise<Response> =>
    server.fetch(
      new Request('http://localhost/api/v1/read?path=large.npy', {
        headers,
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  const reader = (await ask()).body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(1 << 20);
  await reader?.cancel();
  const controller = new AbortController();
  const stopped = (await ask(controller.signal)).body?.getReader();
  await stopped?.read();
  controller.abort();
  await expect(stopped?.read()).rejects.toThrow();
  await settled();
  expect(await metric('requests_cancelled_total')).toBe(cancelled + 2);
});

test('too many connections are closed', async () => {
  await using few = await serve({ roots: [root], port: 0, maxConnections: 3 });
  const sockets = await Promise.all(Array.from({ length: 3 }, () => connection(few)));
  const refused = await exchange(few, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', true);
  expect(refused).toBe('');
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await get(few, '/healthz').catch(() => null))?.status).toBe(200);
});

test('reads beyond the limits are refused with Retry-After', async () => {
  const path = '/api/v1/read?path=large.npy';
  /** Opens a connection that asks for a large reply and does not read. */
  const slowTo = async (target: Target): Promise<Socket> => {
    const socket = await connection(target);
    socket.pause();
    socket.write(headOf(target.token, path));
    return socket;
  };
  await using busy = await serve({ roots: [root], port: 0, memoryBytes: 1 << 20, waitingReads: 1 });
  const slow = [await slowTo(busy)];
  await expect.poll(() => metric('reply_memory_bytes', busy), { timeout: 20_000 }).toBeGreaterThan(0);
  slow.push(await slowTo(busy));
  await expect.poll(() => metric('reads_waiting', busy), { timeout: 20_000 }).toBe(1);
  const refused = await get(busy, path);
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
  for (const socket of slow) socket.destroy();

  await using hasty = await serve({ roots: [root], port: 0, memoryBytes: 1 << 20, requestTimeMs: 300 });
  const first = await slowTo(hasty);
  await expect.poll(() => metric('reply_memory_bytes', hasty), { timeout: 20_000 }).toBeGreaterThan(0);
  const late = await get(hasty, path);
  expect([late.status, late.headers['retry-after']]).toEqual([503, '1']);
  first.destroy();
});

test('a read that hangs is answered with 503, and frees its memory when it ends', async () => {
  await using hung = await serve({ roots: [root], port: 0, requestTimeMs: 300 });
  expect((await get(hung, '/zarr/small.npy/zarr.json')).status).toBe(200);
  await whileHeld({ op: 'pread' }, async (release) => {
    const late = await get(hung, '/zarr/small.npy/c/0/0');
    expect([late.status, late.headers['retry-after']]).toEqual([503, '1']);
    expect(await metric('reads_in_flight', hung)).toBe(1);
    release();
    await expect.poll(() => metric('reads_in_flight', hung)).toBe(0);
  });
  expect((await get(hung, '/zarr/small.npy/c/0/0')).status).toBe(200);
});
