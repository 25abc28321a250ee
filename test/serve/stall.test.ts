/** Tests that clients that stop reading are disconnected over a Unix socket, and that slow clients are not. */
import * as fs from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { whileHeld } from '../support/faults.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { headOf } from './malformed.js';
import { get } from './requests.js';
import { openConnection } from './storm-process.js';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const bytes = 12 << 20;
writeNpy(directory, 'root/large.npy', [12, bytes / 48]);
writeNpy(directory, 'root/small.npy', [40, 50]);

const stallTimeMs = 1000;
let socketCount = 0;
const servers: Server[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Starts a server on a socket. */
async function start(stallMs: number): Promise<Server> {
  const server = await serve({ roots: [root], socket: directory.at(`s${socketCount++}`), stallTimeMs: stallMs });
  servers.push(server);
  return server;
}

async function metric(server: Server, name: string): Promise<number> {
  const { text } = await get(server, '/metrics');
  return Number(new RegExp(`^posixpar_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

const large = '/api/v1/read?path=large.npy';

test.each([
  ['large elements', large, 1 << 20],
  ['JSON', '/api/v1/read?path=large.npy&selection=0:2&format=json', 1 << 19],
])('a client that stops reading %s is disconnected, and the memory of the reply is freed', async (_, path, held) => {
  const server = await start(stallTimeMs);
  const socket = await openConnection(server);
  socket.pause();
  const begin = performance.now();
  socket.write(headOf(server.token, path));
  await expect.poll(() => metric(server, 'reply_memory_bytes'), { interval: 10 }).toBeGreaterThanOrEqual(held);
  await expect.poll(() => metric(server, 'reply_memory_bytes'), { timeout: 20_000 }).toBe(0);
  expect(performance.now() - begin).toBeGreaterThan(stallTimeMs * 0.9);
  expect(await metric(server, 'requests_cancelled_total')).toBe(1);
  // The client finds that the connection was closed when it reads what the kernel has.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  await closed;
});

test('a client that reads slowly gets the complete reply', async () => {
  const server = await start(stallTimeMs);
  const socket = await openConnection(server);
  const begin = performance.now();
  let received = 0;
  socket.on('data', (part) => {
    received += part.length;
    socket.pause();
    setTimeout(() => socket.resume(), 15);
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(headOf(server.token, large, 'GET', 'Connection: close\r\n'));
  await closed;
  expect(received).toBeGreaterThan(bytes);
  expect(performance.now() - begin).toBeGreaterThan(2 * stallTimeMs);
});

test('the time in which the server reads a part does not count', async () => {
  const server = await start(100);
  const path = '/api/v1/read?path=small.npy&format=npy';
  expect((await get(server, path)).status).toBe(200);
  await whileHeld({ op: 'pread' }, async (release) => {
    const reply = get(server, path);
    await expect.poll(() => metric(server, 'reads_in_flight')).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    release();
    expect((await reply).status).toBe(200);
  });
});

test('a connection that is closed with several requests in flight frees the memory of all replies', async () => {
  const server = await start(60_000);
  const socket = await openConnection(server);
  socket.pause();
  socket.write(headOf(server.token, large).repeat(3));
  await expect.poll(() => metric(server, 'requests_in_flight')).toBe(4);
  socket.destroy();
  await expect.poll(() => metric(server, 'requests_in_flight'), { timeout: 20_000 }).toBe(1);
  expect(await metric(server, 'reply_memory_bytes')).toBe(0);
});
