/** Reads arrays in Chromium with zarrita, from a page of another origin. */
import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy, writeShards, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { openPage, startBrowser } from './chromium.js';

/** Start, stop and step of a slice, or an index. */
type Entry = readonly [number, number, number] | number;

/** Script of the page. It reads selections one after the other, and returns their shapes and elements in C order. */
const script = `
import { FetchStore, get, open, slice } from 'zarrita';
const inOrder = ({ data, shape, stride }) => {
  let offsets = [0];
  shape.forEach((size, d) => {
    offsets = offsets.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * stride[d]));
  });
  return offsets.map((at) => data[at]);
};
globalThis.readAll = async (address, token, selections) => {
  const fetchWith = (request) => fetch(new Request(request, { headers: { authorization: 'Bearer ' + token } }));
  const array = await open.v3(new FetchStore(address, { fetch: fetchWith }), { kind: 'array' });
  const found = [];
  for (const selection of selections) {
    const got = await get(array, selection.map((entry) => (Array.isArray(entry) ? slice(...entry) : entry)));
    found.push(typeof got === 'object' ? { shape: got.shape, data: inOrder(got) } : { shape: [], data: [got] });
  }
  return found;
};
`;

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const [rows, columns] = [96, 150];
writeNpy(directory, 'root/a.npy', [rows, columns]);
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
writeZarr(directory, 'root/z', 4000, 100);
writeShards(directory, 'root/shards', 4000, 100);
if (pythonMissing === null) runPython('test/serve/write_indices.py', `${root}/i.h5`, String(rows), String(columns));
const cases: readonly [key: string, shape: readonly number[]][] = [
  ['zarr/a.npy', [rows, columns]],
  ['zarr/tiles', [40, 60]],
  ['zarr/z', [4000]],
  ['zarr/shards', [4000]],
  ...(pythonMissing === null ? (['zarr/i.h5/gzip', 'zarr-native/i.h5/gzip'] as const) : []).map(
    (key): [string, readonly number[]] => [key, [rows, columns]],
  ),
];

const seed = testSeed();

/** Returns a random entry of a selection and the indices that it selects. */
function randomEntry(random: Random, size: number): { readonly entry: Entry; readonly indices: readonly number[] } {
  const start = random.below(size);
  if (random.below(4) === 0) return { entry: start, indices: [start] };
  const stop = start + 1 + random.below(Math.min(60, size - start));
  const step = 1 + random.below(3);
  const indices = Array.from({ length: Math.ceil((stop - start) / step) }, (_, i) => start + i * step);
  return { entry: [start, stop, step], indices };
}

describe.skipIf(browserMissing !== null)(`zarrita in Chromium (seed ${seed}) ${browserMissing ?? ''}`, () => {
  let server: Server;
  const pages = createServer((message, response) => {
    const isScript = message.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? bundle : '<!doctype html><link rel="icon" href="data:,"><script src="/script.js"></script>',
    );
  });
  let bundle = '';
  let origin = '';

  beforeAll(async () => {
    const stdin = { contents: script, resolveDir: import.meta.dirname };
    const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', write: false, logLevel: 'silent' });
    bundle = outputFiles[0]?.text ?? '';
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    server = await serve({ roots: [root], port: 0, cors: [origin] });
  });
  afterAll(async () => {
    pages.close();
    await server.close();
  });

  test('reads random selections of each format', async () => {
    const random = new Random(seed);
    const browser = await startBrowser();
    try {
      const { page, problems } = await openPage(browser, origin);
      for (const [key, shape] of cases) {
        const chosen = Array.from({ length: 12 }, () => shape.map((size) => randomEntry(random, size)));
        const selections = chosen.map((entries) => entries.map(({ entry }) => entry));
        const address = `${new URL(String(server.url)).origin}/${key}`;
        const found = await page.evaluate(
          ([at, token, wanted]) =>
            (globalThis as unknown as { readAll: (...args: unknown[]) => Promise<unknown> }).readAll(at, token, wanted),
          [address, server.token, selections] as const,
        );
        const wanted = chosen.map((entries) => {
          const data = entries.reduce(
            (before, { indices }, d) =>
              before.flatMap((index) => indices.map((i) => index * (d === 0 ? 1 : (shape[d] ?? 1)) + i)),
            [0],
          );
          const kept = entries.filter(({ entry }) => typeof entry !== 'number');
          return { shape: kept.map(({ indices }) => indices.length), data };
        });
        expect(found, key).toEqual(wanted);
      }
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 180_000);
});
