/**
 * Tests the memory of a server whose clients do not read, or read slowly, in a process of its own.
 * POSIX_PAR_SERVE_READERS and POSIX_PAR_SERVE_SECONDS make the test larger and longer. If the number of seconds is
 * given, the time of small requests is checked, too.
 */
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNpy, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { headOf } from './malformed.js';
import { get } from './requests.js';
import { fromEnvironment, mebibytes, openConnection, probe, quantile, ServerProcess } from './storm-process.js';

const readers = fromEnvironment('POSIX_PAR_SERVE_READERS', 200);
const seconds = fromEnvironment('POSIX_PAR_SERVE_SECONDS', 4);
/** True if the time of small requests is checked, which needs an idle machine. */
const isTimed = process.env['POSIX_PAR_SERVE_SECONDS'] !== undefined;
const memoryBytes = 64 << 20;
const small = '/zarr/z/c/3';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
writeNpy(directory, 'root/large.npy', [256, 65536]);
writeNpy(directory, 'root/roots.npy', [16, 65536], { dtype: 'float64', value: (i) => Math.sqrt(i + 0.5) });
writeZarr(directory, 'root/z', 4000, 100);
const paths = [
  '/api/v1/read?path=large.npy',
  '/api/v1/read?path=large.npy&format=npy',
  '/api/v1/read?path=roots.npy&format=json',
  '/api/v1/read?path=large.npy&maxPixels=1000000&reduce=mean',
  '/api/v1/readMany?path=large.npy&selection=:64&selection=64:128',
  '/h5grove/data?file=large.npy&path=/data&format=bin',
  '/h5grove/data?file=roots.npy&path=/data',
  '/zarr/large.npy/c/3/0',
];

let server: ServerProcess;
beforeAll(async () => {
  // The time of a request is so long that no reply ends early, also on a slow machine.
  server = await ServerProcess.start(root, directory.at('s'), { memoryBytes, requestTimeMs: 600_000 });
});
afterAll(() => server.stop());

/** Checks that the replies in memory fit into the limit. */
async function checkMemory(): Promise<number> {
  const held = await server.metric('reply_memory_bytes');
  expect(held).toBeLessThanOrEqual(memoryBytes);
  return held;
}

test(`small requests are answered while ${readers} clients hold large replies and do not read`, async () => {
  const { target } = server;
  const sockets = await Promise.all(Array.from({ length: readers }, () => openConnection(target)));
  for (const [i, socket] of sockets.entries()) {
    socket.pause();
    socket.write(headOf(target.token, paths[i % paths.length] ?? ''));
  }
  try {
    // The request for a metric is in flight, too.
    const inFlight = (): Promise<number> => server.metric('requests_in_flight');
    await expect.poll(inFlight, { timeout: 30_000 }).toBe(readers + 1);
    // The memory is full: no read can go on before a client reads.
    await expect.poll(() => server.metric('reads_waiting'), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => server.metric('reads_in_flight'), { timeout: 30_000 }).toBe(0);
    for (let i = 0; i < 50; i++) {
      expect((await get(target, small)).status).toBe(200);
      expect(await checkMemory()).toBeGreaterThan(memoryBytes / 4);
    }
    // None of the large replies has ended, so the small requests overtook all of them.
    expect(await inFlight()).toBe(readers + 1);
    expect(await server.metric('reads_waiting')).toBeGreaterThan(0);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  expect((await server.settled()).errors).toEqual([]);
});

/** Reads 64 KiB of the reply every 50 ms. */
async function readSlowly(path: string, untilMs: number): Promise<void> {
  const { target } = server;
  const socket = await openConnection(target);
  socket.pause();
  socket.write(headOf(target.token, path));
  while (performance.now() < untilMs) {
    await delay(50);
    socket.read(64 << 10);
  }
  socket.destroy();
}

test(
  `${readers} slow readers keep no more memory than the limit`,
  async () => {
    for (const path of paths) expect((await get(server.target, path)).status).toBe(200);
    const before = await server.settled();
    const untilMs = performance.now() + seconds * 1000;
    let peak = 0;
    const watch = async (): Promise<void> => {
      while (performance.now() < untilMs) {
        peak = Math.max(peak, server.rss);
        await checkMemory();
        await delay(20);
      }
    };
    const clients = Array.from({ length: readers }, (_, i) => readSlowly(paths[i % paths.length] ?? '', untilMs));
    const [times] = await Promise.all([probe(server.target, small, untilMs), watch(), ...clients]);
    const after = await server.settled();
    expect(after.errors).toEqual([]);
    expect(times.length).toBeGreaterThan(0);
    if (isTimed) expect(quantile(times, 0.99)).toBeLessThan(50);
    // In addition to the replies: memory that is kept for further reads, texts of JSON, and the JavaScript heap.
    expect(peak).toBeLessThan(before.rss + memoryBytes + (96 << 20));
    console.log(
      JSON.stringify({
        readers,
        smallRequests: { count: times.length, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) },
        rssMebibytes: { before: mebibytes(before.rss), peak: mebibytes(peak), after: mebibytes(after.rss) },
      }),
    );
  },
  120_000 + seconds * 4000,
);
