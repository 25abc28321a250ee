/**
 * Sends malformed requests to the server, in a process of its own. POSIX_PAR_SERVE_MALFORMED is their number.
 */
import * as fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pythonMissing, runPython } from '../support/python.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { MalformedRequests } from './malformed.js';
import type { Target } from './requests.js';
import { fromEnvironment, mebibytes, openConnection, ServerProcess } from './storm-process.js';

const malformed = fromEnvironment('POSIX_PAR_SERVE_MALFORMED', 3000);
const memoryBytes = 64 << 20;
const directory = new TemporaryDirectory();
const root = directory.at('root');
if (pythonMissing === null) runPython('test/serve/write_h5grove.py', root);
else fs.mkdirSync(root);
writeNpy(directory, 'root/small.npy', [96, 150]);
writeZarr(directory, 'root/z', 4000, 100);
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);

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
    const failures: string[] = [];
    const exchange = async (at: Target): Promise<string> => {
      const { text, isComplete } = requests.next();
      const socket = await openConnection(at);
      return await new Promise((resolve) => {
        let reply = '';
        socket.on('data', (part) => {
          // The first bytes have the status.
          if (reply.length < 1000) reply += part.toString('latin1');
        });
        socket.on('close', () => {
          if (/^HTTP\/1\.1 5/m.test(reply) && failures.length < 5) failures.push(`${text.split('\r\n')[0]}: ${reply}`);
          resolve(reply);
        });
        if (isComplete) socket.write(text, 'latin1');
        else socket.end(text, 'latin1');
      });
    };
    const statuses = new Map<string, number>();
    const before = await server.settled();
    let left = malformed;
    const work = async (at: Target): Promise<void> => {
      while (left-- > 0) {
        // 100 comes before the status of the reply, if the client expects it.
        const found = [...(await exchange(at)).matchAll(/^HTTP\/1\.1 (\d{3}) /gm)];
        const status = found.map(([, code]) => code).find((code) => code !== '100') ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, i) => work(i % 2 === 0 ? target : { ...target, url: null })));
    const after = await server.settled();
    expect([...statuses.values()].reduce((sum, n) => sum + n, 0)).toBe(malformed);
    for (const status of ['200', '400', '404', '405']) expect([...statuses.keys()]).toContain(status);
    const failed = [...statuses.keys()].filter((status) => Number(status) >= 500);
    expect(failed, failures.join('\n')).toEqual([]);
    expect([after.errors, server.exitCode]).toEqual([[], null]);
    // Arrays, and fields of them, stay open for further requests.
    await expect
      .poll(async () => (await server.usage()).files, { timeout: 60_000 })
      .toBeLessThanOrEqual(before.files + 128);
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
