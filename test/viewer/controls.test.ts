/** Uses the controls of the viewer, and checks what the page then shows, requests and writes into its URL. */
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { openView, type Shown, startBrowser, type ViewQuery } from './chromium.js';

const directory = new TemporaryDirectory();
const missing = browserMissing ?? pythonMissing;

describe.skipIf(missing !== null)(missing ?? 'the controls', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    runPython('test/viewer/write_controls.py', directory.at('data'));
    server = await serve({ roots: [directory.at('data')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = (query: ViewQuery): Promise<Shown> => openView(browser, server, { storage: '0', ...query });

  const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

  /** Returns the queries of the reads of a page. */
  function readsOf(page: Page): readonly URLSearchParams[] {
    const reads: URLSearchParams[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/api/v1/read') reads.push(searchParams);
    });
    return reads;
  }

  /** Points at the middle of the picture, and returns the numbers of the tooltip: two indices and the value. */
  async function pointed(page: Page): Promise<readonly number[]> {
    const canvas = page.locator('.picture[data-state=ready] canvas').first();
    const box = await canvas.boundingBox();
    if (box === null) throw new Error('Expected a picture');
    // Two positions, because the tooltip appears when the pointer moves.
    await page.mouse.move(box.x + box.width / 2 - 9, box.y + box.height / 2 - 9);
    await page.mouse.move(box.x + box.width / 2 - 4, box.y + box.height / 2 - 4);
    const tooltip = page.getByText(/^dim \d \d+dim \d \d+[-\d.]+$/).last();
    return ((await tooltip.innerText()).match(/^dim \d (\d+)\s*dim \d (\d+)\s*(\S+)$/) ?? []).slice(1).map(Number);
  }

  test('the switch of CF decoding changes the values, the missing elements and the URL', async () => {
    const { page, problems } = await open({ path: 'small.h5/scaled', range: '0,500' });
    await page.getByText('80 of 1,200 elements: missing').waitFor();
    const [x = 0, y = 0, decoded = 0] = await pointed(page);
    expect(decoded).toBe(100 + 0.5 * (40 * y + x));
    const reads = readsOf(page);
    await page.getByLabel('CF decoding').uncheck();
    await expect.poll(() => page.locator('.missing-legend').count()).toBe(0);
    await expect.poll(async () => (await pointed(page)).join()).toBe(`${x},${y},${40 * y + x}`);
    expect(reads.map((query) => query.get('decode'))).toEqual([null]);
    await page.waitForURL(/cf=0/);
    // A range of decoded values does not suit stored values.
    expect(parameter(page, 'range')).toBeNull();
    await page.reload();
    await page.locator('.picture[data-state=ready] canvas').first().waitFor();
    expect(await page.getByLabel('CF decoding').isChecked()).toBe(false);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('the axes of the image can be any two dimensions', async () => {
    const { page, problems } = await open({ path: 'small.h5/cube' });
    await page.locator('.picture[data-slice="0,:,:"]').waitFor();
    const labels = (): Promise<string[]> =>
      page.locator('.picture svg text').filter({ hasText: 'dim' }).allTextContents();
    await page.getByLabel('Horizontal').selectOption('0');
    // The former dimension of the axis is now shown at its first index.
    await page.locator('.picture[data-slice=":,:,0"][data-state=ready]').waitFor();
    await expect.poll(labels).toEqual(['dim 0', 'dim 1']);
    await page.getByRole('spinbutton', { name: 'Index of dim 2' }).fill('3');
    await page.locator('.picture[data-slice=":,:,3"][data-state=ready]').waitFor();
    const [x = 0, y = 0, value] = await pointed(page);
    expect(value).toBe(20 * x + 5 * y + 3);
    await page.waitForURL(/slice=x%2Cy%2C3/);
    // Another axis at the same dimension exchanges both.
    await page.getByLabel('Vertical').selectOption('0');
    await page.waitForURL(/slice=y%2Cx%2C3/);
    await expect.poll(labels).toEqual(['dim 1', 'dim 0']);
    const [column = 0, row = 0, other] = await pointed(page);
    expect(other).toBe(20 * row + 5 * column + 3);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('colours, scale and range are stored in the URL', async () => {
    const { page, problems } = await open({ path: 'small.h5/cube' });
    await page.getByLabel('Colours').selectOption('Magma');
    await page.getByLabel('Scale').selectOption('symlog');
    await page.getByLabel('From').fill('2');
    await page.getByLabel('to', { exact: true }).fill('15.5');
    await page.waitForURL(/range=2%2C15\.5/);
    expect([parameter(page, 'colors'), parameter(page, 'scale')]).toEqual(['Magma', 'symlog']);
    await page.getByLabel('From').fill('');
    await page.waitForURL(/range=%2C15\.5/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('the matrix and the dimension mapper of h5web show the elements', async () => {
    const { page, problems } = await open({ path: 'small.h5/cube', view: 'all' });
    await page.getByRole('tab', { name: 'Matrix' }).click();
    const cells = async (): Promise<number[]> => {
      const texts = await page.locator('.h5web [role=cell], .h5web [role=gridcell]').allTextContents();
      return texts.map(Number).filter((value) => !Number.isNaN(value));
    };
    const plane = (of: (row: number, column: number) => number, rows: number, columns: number): number[] =>
      Array.from({ length: rows * columns }, (_, i) => of(Math.floor(i / columns), i % columns));
    const sorted = async (): Promise<number[]> => (await cells()).sort((a, b) => a - b);
    await expect.poll(sorted).toEqual(plane((row, column) => 5 * row + column, 4, 5));
    await page.getByRole('radiogroup', { name: 'Dimension as x axis' }).getByText('D0').click();
    await expect.poll(sorted).toEqual(plane((row, column) => 20 * column + 5 * row, 4, 3).sort((a, b) => a - b));
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('RGB draws the stored colours', async () => {
    const { page, problems } = await open({ path: 'small.h5/rgb', view: 'all' });
    await page.getByRole('tab', { name: 'RGB' }).click();
    const canvas = page.locator('.h5web canvas').first();
    await canvas.waitFor();
    const colors = async (): Promise<readonly (readonly number[])[]> => {
      const clip = await canvas.boundingBox();
      if (clip === null) return [];
      const { data, width, height } = PNG.sync.read(await page.screenshot({ clip }));
      const at = (x: number): number[] => {
        const pixel = 4 * (Math.floor(height / 2) * width + Math.floor(x));
        return [...data.subarray(pixel, pixel + 3)];
      };
      return [at(width / 2 - 40), at(width / 2 + 40)];
    };
    await expect.poll(colors, { timeout: 30_000 }).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('switches, tabs and the play button can be used with the keyboard', async () => {
    const { page, problems } = await open({ path: 'small.h5/cube' });
    await page.locator('.picture[data-state=ready]').waitFor();
    await page.getByRole('radio', { name: 'Image' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/view=line/);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL((url) => !url.search.includes('view='));
    for (const [label, part] of [
      ['CF decoding', 'cf=0'],
      ['Chunks', 'chunks=1'],
      ['Histogram', 'histogram=1'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).focus();
      await page.keyboard.press('Space');
      await page.waitForURL((url) => url.search.includes(part));
    }
    await page.getByRole('button', { name: 'Play dim 0' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause dim 0' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Play dim 0' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
