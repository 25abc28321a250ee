/**
 * Sends malformed requests to the server, in a process of its own. POSIX_PAR_SERVE_MALFORMED is their number.
 */
import * as fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random, testSeed } from '../support/random.js';
import { writeNpy, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { MalformedRequests } from './malformed.js';
import type { Target } from './requests.js';
import { fromEnvironment, mebibytes, openConnection, ServerProcess } from './storm-process.js';

const malformed = fromEnvironment('POSIX_PAR_SERVE_MALFORMED', 3000);
const memoryBytes = 64 << 20;
const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
writeNpy(directory, 'root/small.npy', [96, 150]);
writeZarr(directory, 'root/z', 4000, 100);

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start(root, directory.at('s'), { memoryBytes });
});
afterAll(() => server.stop());

const seed = testSeed();

test(
  `malformed requests leave nothing behind (seed ${seed})`,
  async () => {
    const { target } = server;
    const requests = new MalformedRequests(new Random(seed), target.token);
    const exchange = async (at: Target): Promise<string> => {
      const { text, isComplete } = requests.next();
      const socket = await openConnection(at);
      return await new Promise((resolve) => {
        let reply = '';
        socket.on('data', (part) => {
          // The first bytes have the status.
          if (reply.length < 200) reply += part.toString('latin1');
        });
        socket.on('close', () => resolve(reply));
        if (isComplete) socket.write(text, 'latin1');
        else socket.end(text, 'latin1');
      });
    };
    const statuses = new Map<string, number>();
    const before = await server.settled();
    let left = malformed;
    const work = async (at: Target): Promise<void> => {
      while (left-- > 0) {
        const status = /^HTTP\/1\.1 (\d{3}) /.exec(await exchange(at))?.[1] ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, i) => work(i % 2 === 0 ? target : { ...target, url: null })));
    const after = await server.settled();
    expect([...statuses.values()].reduce((sum, n) => sum + n, 0)).toBe(malformed);
    for (const status of ['200', '400', '404', '405']) expect([...statuses.keys()]).toContain(status);
    expect([after.errors, server.exitCode]).toEqual([[], null]);
    await expect
      .poll(async () => (await server.usage()).files, { timeout: 60_000 })
      .toBeLessThanOrEqual(before.files + 40);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(64 << 20);
    expect(after.rss).toBeLessThan(before.rss + memoryBytes + (256 << 20));
    console.log(
      JSON.stringify({
        malformed,
        statuses: Object.fromEntries([...statuses].sort()),
        rssMebibytes: [mebibytes(before.rss), mebibytes(after.rss)],
        heapMebibytes: [mebibytes(before.heapUsed), mebibytes(after.heapUsed)],
        files: [before.files, after.files],
      }),
    );
  },
  120_000 + malformed * 20,
);
