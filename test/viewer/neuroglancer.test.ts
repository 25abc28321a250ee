/** Reads arrays with the Zarr data source of neuroglancer, in Chromium. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { startBrowser } from './chromium.js';

const packages = join(import.meta.dirname, '../../.cache/neuroglancer/node_modules');
const clientMissing = existsSync(join(packages, 'neuroglancer'))
  ? null
  : 'SKIP: no neuroglancer (scripts/setup/neuroglancer/install installs it)';
const missing = browserMissing ?? pythonMissing ?? clientMissing;

/** An array that neuroglancer read. */
interface Volume {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly data: readonly (number | null)[];
}

/** Bundles the page and the workers of neuroglancer. Returns the scripts by name. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const library = join(packages, 'neuroglancer/lib');
  const { outputFiles } = await build({
    entryPoints: {
      main: join(import.meta.dirname, 'neuroglancer-page.mjs'),
      'chunk_worker.bundle': join(library, 'chunk_worker.bundle.js'),
      'async_computation.bundle': join(library, 'async_computation.bundle.js'),
    },
    nodePaths: [packages],
    bundle: true,
    format: 'esm',
    outdir: '/scripts',
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'icons',
        setup(plugins) {
          plugins.onResolve({ filter: /\.svg(\?raw)?$/ }, ({ path }) => ({ path, namespace: 'icons' }));
          plugins.onLoad({ filter: /.*/, namespace: 'icons' }, () => ({ contents: '', loader: 'text' }));
        },
      },
    ],
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}

const html =
  '<!doctype html><link rel="icon" href="data:,"><div id="neuroglancer-container"></div>' +
  '<script type="module" src="/main.js"></script>';

describe.skipIf(missing !== null)(`neuroglancer in Chromium ${missing ?? ''}`, () => {
  const directory = new TemporaryDirectory();
  const problems: string[] = [];
  const asked: string[] = [];
  let scripts: ReadonlyMap<string, string>;
  let arrays: Server;
  let browser: Browser;
  let page: Page;
  let base = '';

  const pages = createServer(({ url = '/' }, response) => {
    const name = basename(new URL(url, 'http://localhost').pathname);
    response.setHeader('content-type', scripts.has(name) ? 'text/javascript' : 'text/html');
    response.end(scripts.get(name) ?? html);
  });

  // Connections may be used again at any time in the test.
  pages.keepAliveTimeout = 0;

  beforeAll(async () => {
    runPython('test/viewer/write_neuroglancer.py', directory.at('root'));
    scripts = await bundle();
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    arrays = await serve({ roots: [directory.at('root')], port: 0, cors: [origin] });
    // neuroglancer sends no headers, and appends names to the address.
    base = `${new URL(arrays.url ?? '').origin}/token/${arrays.token}/zarr`;
    browser = await startBrowser();
    page = await browser.newPage();
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
      if (response.url().startsWith(base)) asked.push(response.url().slice(base.length));
    });
    await page.goto(origin);
    await page.waitForFunction(() => 'readVolume' in globalThis);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    pages.close();
    await arrays?.close();
  });

  const shape = [21, 30, 40];
  const cases: readonly [path: string, chunkShape: readonly number[], codec: string | null][] = [
    ['plain.npy', shape, null],
    ['deflate.h5/v', [8, 10, 16], null],
    ['raw.zarr', [21, 30, 30], null],
    ['zstd.zarr', [8, 10, 16], 'zstd'],
    ['gzip.zarr', [8, 10, 16], 'gzip'],
    ['blosc.zarr', [8, 10, 16], 'blosc'],
    ['crc32c.zarr', [8, 10, 16], 'crc32c'],
    ['shards.zarr', [4, 5, 8], 'zstd'],
  ];
  test.each(cases)('reads all elements of %s', async (path, chunkShape, codec) => {
    const metadata = (await (await fetch(`${base}/${path}/zarr.json`)).json()) as {
      readonly codecs: readonly { readonly name: string }[];
    };
    const names = metadata.codecs.map(({ name }) => name);
    // Chunks with core codecs are sent as they are stored, so neuroglancer decodes them.
    if (codec === null) expect(names).toEqual(['bytes']);
    else expect(names).toContain(codec);
    const found = await page.evaluate(
      (url) => (globalThis as unknown as { readVolume(url: string): Promise<Volume> }).readVolume(url),
      `${base}/${path}/`,
    );
    expect(found.shape).toEqual(shape);
    expect(found.chunkShape).toEqual(chunkShape);
    expect(found.data.length).toBe(21 * 30 * 40);
    expect(found.data.findIndex((value, i) => value !== i)).toBe(-1);
    const chunks = chunkShape.reduce((count, size, d) => count * Math.ceil((shape[d] ?? 0) / size), 1);
    expect(new Set(asked.filter((key) => key.startsWith(`/${path}/c/`))).size).toBe(chunks);
    expect(problems).toEqual([]);
  });
});
