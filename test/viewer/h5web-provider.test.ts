/** Shows files of several formats in h5web, whose own provider reads them from /h5grove, in Chromium. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { type Server, serve } from '../../lib/serve/index.js';
import { writeSamples } from '../serve/samples.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing } from '../support/python.js';
import { testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { viewerPackages } from './built-viewer.js';
import { openPage, type Shown, startBrowser } from './chromium.js';

const missing = browserMissing ?? pythonMissing;
const packages = join(import.meta.dirname, '../../web/viewer/node_modules');

/** Bundles the page with h5web. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'h5web-page.mjs')],
    nodePaths: [packages],
    bundle: true,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

const html =
  '<!doctype html><link rel="icon" href="data:,"><style>html, body { height: 100% }</style>' +
  '<link rel="stylesheet" href="/styles.css"><body><script type="module" src="/page.js"></script>';

describe.skipIf(missing !== null)(`the provider of h5web ${missing ?? ''}`, () => {
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  const root = directory.at('samples/root');
  let browser: Browser;
  let server: Server;
  let origin = '';
  let script = '';
  let styles: Uint8Array = new Uint8Array(0);

  const pages = createServer(({ url = '/' }, response) => {
    const [type, content] = url.startsWith('/page.js')
      ? ['text/javascript', script]
      : url.startsWith('/styles.css')
        ? ['text/css', styles]
        : ['text/html', html];
    response.setHeader('content-type', type);
    response.end(content);
  });
  pages.keepAliveTimeout = 0;

  beforeAll(async () => {
    viewerPackages();
    writeSamples(directory.at('samples'), seed);
    script = await bundle();
    styles = readFileSync(join(packages, '@h5web/app/dist/styles.css'));
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    server = await serve({ roots: [root], port: 0, cors: [origin] });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    pages.close();
  });

  /** Shows a file. */
  function show(file: string): Promise<Shown> {
    const url = new URL(origin);
    const api = `${new URL(server.url ?? '').origin}/h5grove`;
    for (const [name, value] of Object.entries({ url: api, token: String(server.token), file })) {
      url.searchParams.set(name, value);
    }
    return openPage(browser, url.href);
  }

  test.each([
    ['run.h5', ['g', 'inner', 'gzip'], 'units', 'K', 'mixed'],
    ['netcdf4.nc', ['t2m'], 'units', 'K', 't2m'],
    ['netcdf3_classic.nc', ['t2m'], 'units', 'K', 't2m'],
  ] as const)(
    'shows the tree, an attribute and values of %s',
    async (file, path, attribute, text, array) => {
      const { page, problems } = await show(file);
      const item = (name: string) => page.getByRole('treeitem', { name, exact: true });
      for (const name of path) await item(name).click();
      await page.getByRole('tab', { name: 'Inspect' }).click();
      await page.getByRole('rowheader', { name: attribute }).waitFor();
      await page.getByText(JSON.stringify(text), { exact: true }).waitFor();
      await page.getByRole('tab', { name: 'Display' }).click();
      await item(array).click();
      await page.getByRole('tab', { name: 'Matrix' }).click();
      await using stored = await openArray(`${root}/${file}`, { array });
      const { data } = await stored.read([...stored.shape.slice(1).map(() => 0), ':8'].join());
      // Lower numbers are also the indices of rows and columns.
      const values = Array.from(data as ArrayLike<number>).filter((value) => value > 32);
      expect(values.length).toBeGreaterThan(0);
      for (const value of values) {
        const shown = new RegExp(`^(${value}|${value.toExponential(3).replace(/[.+]/g, '\\$&')})$`);
        await page.getByText(shown).first().waitFor();
      }
      expect(problems).toEqual([]);
      await page.context().close();
    },
    120_000,
  );
});
