/**
 * Tests the server in a process of its own under many connections with random requests, slow readers, aborted requests
 * and half-open sockets. POSIX_PAR_SERVE_CONNECTIONS and POSIX_PAR_SERVE_SECONDS make the test larger and longer.
 */
import * as fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pythonMissing, runPython } from '../support/python.js';
import { Random, testSeed } from '../support/random.js';
import { safetensorsBytes } from '../support/safetensors-bytes.js';
import { counting, writeNpy, writeShards, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { Client, Counts, type Sample } from './storm-client.js';
import { fromEnvironment, mebibytes, probe, quantile, ServerProcess } from './storm-process.js';

const connections = fromEnvironment('POSIX_PAR_SERVE_CONNECTIONS', 24);
const seconds = fromEnvironment('POSIX_PAR_SERVE_SECONDS', 4);
const memoryBytes = 64 << 20;
/** Path of a small chunk. */
const small = '/zarr/z/c/3';

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const [rows, columns] = [96, 150];
writeNpy(directory, 'root/small.npy', [rows, columns]);
writeNpy(directory, 'root/large.npy', [128, 65536]);
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
writeZarr(directory, 'root/z', 4000, 100);
writeShards(directory, 'root/shards', 4000, 100);
const data = new Uint8Array(counting(rows * columns).buffer);
const tensor = { dtype: 'F32', shape: [rows, columns], data_offsets: [0, data.length] };
directory.write('root/t.safetensors', safetensorsBytes({ t: tensor }, data));
if (pythonMissing === null) runPython('test/serve/write_indices.py', `${root}/i.h5`, String(rows), String(columns));
const samples: readonly Sample[] = [
  { path: 'small.npy', shape: [rows, columns] },
  { path: 'tiles', shape: [40, 60] },
  { path: 'z', shape: [1, 4000] },
  { path: 'shards', shape: [1, 4000] },
  { path: 't.safetensors/t', shape: [rows, columns] },
  ...(pythonMissing === null ? ['i.h5/gzip', 'i.h5/plain'] : []).map(
    (path): Sample => ({ path, shape: [rows, columns] }),
  ),
];

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start(root, directory.at('s'), { memoryBytes });
});
afterAll(() => server.stop());

const seed = testSeed();

test(
  `many clients get what they ask for, and leave nothing behind (seed ${seed})`,
  async () => {
    const { target } = server;
    const random = new Random(seed);
    const counts = new Counts();
    const held: number[] = [];
    const watchMemory = async (untilMs: number): Promise<void> => {
      while (performance.now() < untilMs) held.push(await server.metric('reply_memory_bytes'));
    };
    const storm = async (forMs: number, clients: number): Promise<number[]> => {
      const untilMs = performance.now() + forMs;
      const list = Array.from(
        { length: clients },
        (_, i) =>
          new Client(
            new Random(random.below(2 ** 31)),
            i % 2 === 0 ? target : { ...target, url: null },
            counts,
            samples,
          ),
      );
      const [times] = await Promise.all([
        probe(target, small, untilMs),
        watchMemory(untilMs),
        ...list.map((client, i) => client.run(untilMs, i)),
      ]);
      return times;
    };
    const idle = await probe(target, small, performance.now() + 500);
    await storm(1000, connections);
    const before = await server.settled();
    const begin = performance.now();
    const times = await storm(seconds * 1000, connections);
    const took = performance.now() - begin;
    const after = await server.settled();
    expect(counts.wrong.slice(0, 5)).toEqual([]);
    expect(after.errors).toEqual([]);
    expect(server.exitCode).toBe(null);
    expect(Math.max(...held)).toBeLessThanOrEqual(memoryBytes);
    expect(times.length).toBeGreaterThan(0);
    for (const kind of ['read', 'readMany', 'reduce', 'chunk', 'other', 'large']) {
      expect(counts.succeeded(kind), kind).toBeGreaterThan(0);
    }
    // Up to 16 more files may be open: idle connections of the clients, and arrays that stay open for 15 s after they
    // were replaced.
    await expect
      .poll(async () => (await server.usage()).files, { timeout: 60_000 })
      .toBeLessThanOrEqual(before.files + 16);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(64 << 20);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(memoryBytes);
    expect(after.rss).toBeLessThan(before.rss + 2 * memoryBytes + (256 << 20));
    const replies = [...counts.statuses.values()].reduce((sum, n) => sum + n, 0);
    console.log(
      JSON.stringify({
        connections,
        seconds: Math.round(took / 1000),
        replies,
        statuses: Object.fromEntries([...counts.statuses].sort()),
        mebibytes: mebibytes(counts.bytes),
        smallRequests: {
          count: times.length,
          idleP50Ms: quantile(idle, 0.5),
          idleP99Ms: quantile(idle, 0.99),
          p50Ms: quantile(times, 0.5),
          p99Ms: quantile(times, 0.99),
        },
        rssMebibytes: [mebibytes(before.rss), mebibytes(after.rss)],
        heapMebibytes: [mebibytes(before.heapUsed), mebibytes(after.heapUsed)],
        poolMebibytes: [mebibytes(before.pool.bytes), mebibytes(after.pool.bytes)],
        files: [before.files, after.files],
      }),
    );
  },
  120_000 + seconds * 4000,
);
