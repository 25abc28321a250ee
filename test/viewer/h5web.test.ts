/** Shows arrays in h5web, which reads them through the provider of the viewer. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { enlarge, previewFactor, stepsFor } from '../../web/viewer/src/h5web/reduced.js';
import { browserMissing } from '../support/browser.js';
import { runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { openPage, type Shown, startBrowser, viewAddress } from './chromium.js';

const directory = new TemporaryDirectory();

test('reduces planes and lines only if they are too large', () => {
  expect(stepsFor([])).toEqual([]);
  expect(stepsFor([100, 2000, 2000])).toEqual([1, 1, 1]);
  expect(stepsFor([5, 20_000, 20_000])).toEqual([1, 10, 10]);
  expect(stepsFor([4, 100_000])).toEqual([13, 13]);
  expect(stepsFor([2 ** 23])).toEqual([2]);
});

test('enlarges a preview to the shape of the slice', () => {
  expect([previewFactor([100, 100]), previewFactor([1000, 1000]), previewFactor([2 ** 20])]).toEqual([1, 4, 16]);
  const target = new Int16Array(15);
  enlarge(Int16Array.of(1, 2, 3, 4, 5, 6), target, [3, 5], 2);
  expect([...target]).toEqual([1, 1, 2, 2, 3, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6]);
});

describe.skipIf(browserMissing !== null)(browserMissing ?? 'h5web', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    runPython('test/viewer/write_samples.py', directory.at('data'));
    runPython('test/viewer/write_h5web.py', directory.at('data'));
    server = await serve({ roots: [directory.at('data')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Shows an array in h5web. `asked` has the paths and queries of the requests. */
  async function show(path: string): Promise<Shown & { readonly asked: readonly string[] }> {
    const asked: string[] = [];
    const shown = await openPage(browser, 'about:blank');
    shown.page.on('request', (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
    await shown.page.goto(viewAddress(server, { path, view: 'all' }));
    return { ...shown, asked };
  }

  /** Returns the requests to the API of h5grove. */
  const ofH5grove = (asked: readonly string[]): readonly string[] =>
    asked.filter((address) => address.startsWith('/h5grove'));

  /** Waits until h5web shows text. */
  const text = (page: Page, content: string | RegExp): Promise<void> =>
    page.locator('.h5web').getByText(content).first().waitFor();

  test.each([
    'era5.nc/t2m',
    'classic.nc/t2m',
    'run.h5/entry/image',
    'run.h5/entry/spectrum',
    'run.h5/entry/field',
    'volume.npy',
    'ocean.zarr/height',
    'brain.nii.gz',
    'net.safetensors/layer.weight',
    'grid.tdb',
    'raw.bin',
    'more.h5/rgb',
    'more.h5/halves',
    'more.h5/flags',
  ])('draws %s with elements of /api/v1', async (path) => {
    const { page, problems, asked } = await show(path);
    await page.locator('.h5web canvas').first().waitFor();
    await page.getByRole('tab', { name: 'Matrix' }).waitFor();
    expect(problems).toEqual([]);
    expect(ofH5grove(asked)).toEqual([]);
    expect(asked.some((address) => address.startsWith('/api/v1/read'))).toBe(true);
    await page.context().close();
  });

  test('applies scale and offset, and shows values in a matrix', async () => {
    const { page, problems } = await show('era5.nc/t2m');
    await page.getByRole('tab', { name: 'Matrix' }).click();
    await text(page, /^2\.\d+e\+2$|^2\d\d\.?\d*$/);
    await page.context().close();
    const wide = await show('more.h5/wide');
    await wide.page.getByRole('tab', { name: 'Matrix' }).click();
    await text(wide.page, /^1\.100e\+12$/);
    expect([...problems, ...wide.problems]).toEqual([]);
    await wide.page.context().close();
  });

  test('shows texts, records, links and datatypes', async () => {
    for (const [path, content] of [
      ['more.h5', 'texts'],
      ['run.h5/entry/pressure', '1013.25'],
    ] as const) {
      const { page, problems } = await show(path);
      await text(page, content);
      if (path === 'more.h5') await page.getByRole('treeitem', { name: 'broken' }).waitFor();
      expect(problems).toEqual([]);
      await page.context().close();
    }
    const { page, problems, asked } = await show('more.h5');
    await page.getByRole('treeitem', { name: 'texts' }).click();
    await text(page, 'zwei');
    await page.getByRole('treeitem', { name: 'records' }).click();
    await text(page, '4.500');
    await page.getByRole('treeitem', { name: 'sequences' }).click();
    await text(page, /1\.5/);
    for (const name of ['mixed', 'alias']) {
      await page.getByRole('treeitem', { name }).click();
      await text(page, 'first');
    }
    expect(problems).toEqual([]);
    expect(ofH5grove(asked)).toEqual([]);
    await page.context().close();
  });

  test('shows types and attributes of many types', async () => {
    const { page, problems, asked } = await show('more.h5');
    await page.getByRole('treeitem', { name: 'typed' }).click();
    await page.getByRole('tab', { name: 'Inspect' }).click();
    const facts = async (name: RegExp): Promise<string> => (await page.getByRole('row', { name }).innerText()).trim();
    expect(await facts(/^Type/)).toMatch(/Float, 32-bit, little-endian$/);
    expect(await facts(/^color/)).toMatch(/7$/);
    expect(await facts(/^target/)).toMatch(/"\/rgb"$/);
    expect(await facts(/^point/)).toMatch(/\[1,2\.5\]$/);
    expect(await facts(/^names/)).toMatch(/\["alpha","beta"\]$/);
    await page.getByRole('treeitem', { name: 'alias' }).click();
    await page.getByRole('row', { name: /^Soft link/ }).waitFor();
    expect(await facts(/^Type/)).toMatch(/Compound$/);
    expect(await facts(/^Soft link/)).toMatch(/\/mixed$/);
    expect(problems).toEqual([]);
    expect(ofH5grove(asked)).toEqual([]);
    await page.context().close();
  });

  test('shows a preview of a large slice first, and then all elements', async () => {
    const { page, problems, asked } = await show('large.npy');
    await page.locator('.h5web canvas').first().waitFor();
    const reads = (): readonly string[] =>
      asked.filter((address) => address.startsWith('/api/v1/read?')).map((address) => decodeURIComponent(address));
    await expect.poll(() => reads().length).toBe(2);
    expect(reads().map((address) => /selection=([^&]*)/.exec(address)?.[1])).toEqual(['::7,::7', '::1,::1']);
    await page.getByRole('tab', { name: 'Matrix' }).click();
    // The preview would repeat the first element seven times.
    await text(page, '1.414');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('shows every n-th element of planes that are too large', async () => {
    const { page, problems, asked } = await show('huge.npy');
    await page.getByText('Shows 1 of 2 elements in each of the last two dimensions').waitFor();
    await page.locator('.h5web canvas').first().waitFor();
    expect(asked.some((address) => decodeURIComponent(address).includes('::2,::2'))).toBe(true);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
