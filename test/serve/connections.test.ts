/** Tests the time limits of connections that send nothing, or only a part of a request. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type ConnectionLimits, createHttpServer, endServer, listenOn } from '../../lib/serve/listen/listen.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await endServer(server, 0);
});

/** Starts a server that answers `ok` after `answerMs`. */
async function start(limits: Partial<ConnectionLimits>, answerMs = 0): Promise<number> {
  const server = createHttpServer(
    (_, response) => {
      setTimeout(() => response.end('ok'), answerMs);
    },
    { maxConnections: 10, idleTimeMs: 60_000, ...limits },
  );
  servers.push(server);
  await listenOn(server, { port: 0, host: '127.0.0.1' });
  return (server.address() as AddressInfo).port;
}

/** Collects what a connection receives. `ended` is the time in milliseconds after which the server closed it. */
function watch(socket: Socket): { text: string; readonly ended: Promise<number> } {
  const begin = performance.now();
  const ended = once(socket, 'close').then(() => performance.now() - begin);
  const seen = { text: '', ended };
  socket.on('error', () => {});
  socket.on('data', (part) => {
    seen.text += part.toString();
  });
  return seen;
}

test('the headers of a request must arrive in 10 s', () => {
  const { headersTimeout, requestTimeout } = createHttpServer(() => {}, { maxConnections: 1, idleTimeMs: 1000 });
  expect([headersTimeout, requestTimeout]).toEqual([10_000, 10_000]);
});

test('a connection that sends its headers too slowly gets 408, and is closed', async () => {
  const headersTimeMs = 500;
  const port = await start({ headersTimeMs });
  const socket = connect(port);
  const seen = watch(socket);
  // Sends a byte now and then, so that the connection is not idle.
  const text = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1000)}`;
  let at = 0;
  const timer = setInterval(() => socket.write(text.slice(at, ++at)), 50);
  const took = await seen.ended;
  clearInterval(timer);
  expect(took).toBeGreaterThan(headersTimeMs * 0.9);
  expect(seen.text).toMatch(/^HTTP\/1\.1 408 /);
}, 30_000);

test('a connection without traffic is closed', async () => {
  const idleTimeMs = 400;
  const port = await start({ idleTimeMs });
  const silent = watch(connect(port));
  expect(await silent.ended).toBeGreaterThan(idleTimeMs * 0.9);
  expect(silent.text).toBe('');
}, 30_000);

test('a connection with a reply that takes longer than the time for headers stays open', async () => {
  const port = await start({ headersTimeMs: 100 }, 1500);
  const socket = connect(port);
  const seen = watch(socket);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await seen.ended;
  expect(seen.text).toMatch(/ok/);
}, 30_000);

test('connections above the maximum are closed', async () => {
  const port = await start({ maxConnections: 1 });
  const first = connect(port);
  await once(first, 'connect');
  await delay(50);
  const second = watch(connect(port));
  await second.ended;
  const seen = watch(first);
  first.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await seen.ended;
  expect(seen.text).toMatch(/ok/);
});
