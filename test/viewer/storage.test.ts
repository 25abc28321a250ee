/** Tests what the page shows of the storage: chunks over the picture, the page cache, and the time of a read. */
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { readSelection } from '../../web/viewer/src/plot/chunk-facts.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { accessibilityProblems, openView, type Screen, type Shown, startBrowser, type ViewQuery } from './chromium.js';

test('the selection of a picture has the steps of its elements', () => {
  expect(readSelection([5, 100, 90], [2, 'y', 'x'], [1, 1])).toBe('2,:,:');
  // As the server does: the element in the middle of each cell, or the first of a short last cell.
  expect(readSelection([100, 7, 94], ['x', 3, 'y'], [10, 10])).toBe('4::10,3,3::10');
});

const directory = new TemporaryDirectory();
const missing = browserMissing ?? pythonMissing;
describe.skipIf(missing !== null)(missing ?? 'the storage', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    runPython('test/viewer/write_chunks.py', directory.at('data'));
    server = await serve({ roots: [directory.at('data')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = (query: ViewQuery, screen?: Screen): Promise<Shown> => openView(browser, server, query, screen);

  /** Returns the rectangles of elements, in pixels. */
  const boxes = (page: Page, selector: string): Promise<{ x: number; y: number; width: number; height: number }[]> =>
    page
      .locator(selector)
      .evaluateAll((found) =>
        found.map((element) => JSON.parse(JSON.stringify(element.getBoundingClientRect())) as DOMRect),
      );

  test('of a slice: borders of chunks, absent chunks, the page cache of its files, and the time of its read', async () => {
    const { page, problems } = await open({ path: 'gaps.zarr', chunks: '1' });
    await page.getByText('12 chunks are read').waitFor();
    await page.getByText('6 of them absent, shown as the fill value').waitFor();
    await page.getByText('(6 files of this slice)').waitFor();
    await page.getByText('waiting for storage').waitFor();
    await page.locator('.chunk-absent').first().waitFor();
    expect(await page.locator('.chunk-border').count()).toBe(3 + 2);
    expect(await page.locator('.chunk-untouched').count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    // Rows of chunks begin at the bottom: four absent chunks in the middle, and two at the corners of the top.
    const canvas = await page.locator('.picture canvas').first().boundingBox();
    if (canvas === null) throw new Error('Expected a picture');
    const side = Math.min(canvas.width / 80, canvas.height / 60) * 20;
    const [left, bottom] = [canvas.x + canvas.width / 2 - 2 * side, canvas.y + canvas.height / 2 + 1.5 * side];
    const absent = (await boxes(page, '.chunk-absent')).map(({ x, y, width, height }) => [
      Math.round((x - left) / side),
      Math.round((bottom - y - height) / side),
      Math.round(width / side),
      Math.round(height / side),
    ]);
    expect(absent).toEqual([
      [0, 1, 1, 1],
      [1, 1, 1, 1],
      [2, 1, 1, 1],
      [3, 1, 1, 1],
      [0, 2, 1, 1],
      [3, 2, 1, 1],
    ]);
    // The hatch is black and white.
    const [first] = await boxes(page, '.chunk-absent');
    const image = PNG.sync.read(await page.screenshot({ ...(first === undefined ? {} : { clip: first }) }));
    const levels = Array.from({ length: image.width * image.height }, (_, i) => image.data[4 * i + 1] ?? 0);
    expect(levels.filter((level) => level < 32).length / levels.length).toBeGreaterThan(0.2);
    expect(levels.filter((level) => level > 224).length / levels.length).toBeGreaterThan(0.1);
    // One part of the bar per file. All are in the page cache, because they were just read.
    const opacities = await page
      .locator('.bar.cache rect')
      .evaluateAll((parts) => parts.map((part) => part.getAttribute('fill-opacity')));
    expect(opacities).toEqual(Array(6).fill('1'));
    const times = await boxes(page, '.bar:not(.cache) rect');
    const [bar] = await boxes(page, '.bar:not(.cache)');
    expect(times.length).toBe(4);
    const total = times.reduce((sum, { width }) => sum + width, 0);
    expect(Math.abs(total - (bar?.width ?? 0))).toBeLessThan(4);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('of chunks that are too many to draw, or that the picture does not read', async () => {
    const { page, problems } = await open({ path: 'fine.zarr', chunks: '1' });
    await page.getByText('300 × 300 chunks: too many to draw their borders').waitFor();
    await page.getByText('More than 4,096 chunks are read').waitFor();
    expect(await page.locator('.chunk-border').count()).toBe(0);
    await page.getByRole('button', { name: 'strip.zarr' }).click();
    await page.getByText('16 chunks are read').waitFor();
    await page.getByText('384 not read, because only a part of the elements is shown').waitFor();
    await page.getByText('No file contains elements of this slice.').waitFor();
    await page.locator('.chunk-untouched').first().waitFor({ state: 'attached' });
    expect(await page.locator('.chunk-untouched').count()).toBe(384);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
