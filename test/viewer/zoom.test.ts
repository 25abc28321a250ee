/** Tests the zoom of the viewer: the URL keeps it, and the visible part of a large array gets a finer resolution. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { lineOf } from '../../web/viewer/src/plot/line.js';
import { boxOf, fitZoom, formatZoom, isSameZoom, parseZoom, stepFor } from '../../web/viewer/src/plot/zoom.js';
import { browserMissing } from '../support/browser.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { openView, startBrowser } from './chromium.js';

describe('the visible part', () => {
  test('has a text, and belongs to the sizes that it names', () => {
    const zoom = { ranges: [[-12.5, 800.25] as const, [1, 2] as const], sizes: [700, 300] };
    expect(formatZoom(zoom)).toBe('-12.5:800.25:700,1:2:300');
    expect(parseZoom(formatZoom(zoom))).toEqual(zoom);
    expect(parseZoom('5:6:700')).toEqual({ ranges: [[5, 6]], sizes: [700] });
    const tiny = { ranges: [[1e6 + 1 / 3, 1e6 + 1] as const], sizes: [2e6] };
    expect(formatZoom(tiny)).toBe('1000000.333333:1000001:2000000');
    for (const text of [
      null,
      '',
      '1:2',
      '2:1:9',
      '1:2:0',
      '1:2:3:4',
      'a:2:9',
      ':2:9',
      '1:2:9,1:2:9,1:2:9',
      '1:Infinity:9',
    ])
      expect(parseZoom(text), String(text)).toBeNull();
    expect(isSameZoom('10:20:99', '10:20.0001:99')).toBe(true);
    for (const other of ['10:20.01:99', '10:20:98', '10:20:99,1:2:9', ''])
      expect(isSameZoom('10:20:99', other)).toBe(false);
    expect(fitZoom(zoom, [700, 300])).toBe(zoom);
    expect([fitZoom(zoom, [300, 700]), fitZoom(zoom, [700]), fitZoom(null, [700, 300])]).toEqual([null, null, null]);
  });

  test('is loaded with a margin, so that small movements need no other elements', () => {
    const box = (start: number, stop: number): unknown => boxOf({ ranges: [[start, stop]], sizes: [1000] });
    expect(box(100.5, 164)).toEqual([[96, 168]]);
    expect(box(97, 162)).toEqual([[96, 176]]);
    expect(box(-50, 2000)).toEqual([[0, 1000]]);
    expect(box(998.2, 1100)).toEqual([[998, 1000]]);
    expect(box(-9, -5)).toEqual([[0, 1]]);
  });

  test('has the smallest step that fits, as on the server', () => {
    expect(stepFor([2048, 2048], 2 ** 22)).toBe(1);
    expect(stepFor([2049, 2048], 2 ** 22)).toBe(2);
    expect(stepFor([6000, 5000], 2 ** 22)).toBe(3);
    expect(stepFor([10_000_000], 2 ** 22)).toBe(3);
  });

  test('of a line replaces its elements, but not the ends of the line', () => {
    const read = (values: readonly number[], step: number) => ({
      data: Float64Array.from(values),
      shape: [values.length],
      steps: [step],
      id: '',
    });
    const base = read([1, 4, 7, 10], 3);
    expect(lineOf(base, null, 12)).toEqual({ values: base.data, positions: [1, 4, 7, 10] });
    const middle = { read: read([3, 4, 5, 6], 1), box: [[3, 7]] as const };
    expect(lineOf(base, middle, 12)).toEqual({
      values: Float64Array.of(1, 3, 4, 5, 6, 7, 10),
      positions: [1, 3, 4, 5, 6, 7, 10],
    });
    const all = { read: read([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 1), box: [[0, 12]] as const };
    expect(lineOf(base, all, 12).positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

/** Time for a step of a test on a busy machine: graphics are drawn by software. */
const patience = { timeout: 40_000 };

const directory = new TemporaryDirectory();
/** Wider than a picture, so that the page shows one of every 3 × 3 elements. */
const [rows, columns] = [240, 20_000];

/** The elements that the page shows without a zoom are 0, and all others are 1. */
const isShown = (i: number): boolean => Math.floor(i / columns) % 3 === 1 && (i % columns) % 3 === 1;

describe.skipIf(browserMissing !== null)(browserMissing ?? 'the zoom', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    for (const name of ['one', 'two']) {
      writeNpy(directory, `root/${name}.npy`, [2, rows, columns], {
        dtype: 'uint8',
        value: (i) => (isShown(i % (rows * columns)) ? 0 : 1),
      });
    }
    writeNpy(directory, 'root/other.npy', [30, 40], { dtype: 'uint8', value: (i) => i % 7 });
    writeNpy(directory, 'root/line.npy', [1000], { dtype: 'uint8', value: (i) => i % 2 });
    server = await serve({ roots: [directory.at('root')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const picture = (page: Page) => page.locator('.picture');

  /** Returns the ticks of the axes. Waits until two ticks differ by at most `most`, which they do only in a zoom. */
  async function zoomedTicks(page: Page, most = 200): Promise<string[]> {
    const ticks = () => page.locator('.picture svg text').allTextContents();
    const distance = async (): Promise<number> => {
      const [first = Number.NaN, second = Number.NaN] = (await ticks()).map(Number);
      return second - first;
    };
    await expect.poll(distance, patience).toBeLessThanOrEqual(most);
    return await ticks();
  }

  /** Returns the selections of the reads of a page, with the maximum number of elements. */
  function readsOf(page: Page): readonly string[] {
    const reads: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname !== '/api/v1/read') return;
      reads.push(`${searchParams.get('selection')} ${searchParams.get('maxPixels') ?? 'all'}`);
    });
    return reads;
  }

  /** Returns the number of colours in the middle of the plot. */
  async function colorsInMiddle(page: Page, height = 60): Promise<number> {
    // Without the pointer, there are no guides over the picture.
    await page.mouse.move(0, 0);
    const box = await page.locator('.picture canvas').first().boundingBox();
    if (box === null) throw new Error('Expected a picture');
    const clip = { x: box.x + box.width / 2 - 60, y: box.y + box.height / 2 - height / 2, width: 120, height };
    const { data } = PNG.sync.read(await page.screenshot({ clip }));
    return new Set(new Uint32Array(new Uint8Array(data).buffer)).size;
  }

  /** Selects a small part in the middle of the picture. */
  async function zoomToMiddle(page: Page): Promise<void> {
    const box = await page.locator('.picture canvas').first().boundingBox();
    if (box === null) throw new Error('Expected a picture');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    await page.mouse.move(x - 12, y - 12);
    await page.mouse.down();
    await page.mouse.move(x + 12, y + 12, { steps: 3 });
    await page.mouse.up();
    await page.keyboard.up('Control');
  }

  async function zoomIn(page: Page, steps: number): Promise<void> {
    await page.locator('.picture canvas').first().hover();
    for (let i = 0; i < steps; i++) await page.mouse.wheel(0, -100);
  }

  /** Waits until the URL contains `part` and no longer changes. */
  async function settledUrl(page: Page, part: string): Promise<void> {
    let [before, now] = ['', page.url()];
    while (before !== now || !now.includes(part)) {
      await page.waitForTimeout(600);
      [before, now] = [now, page.url()];
    }
  }

  const range = { range: '0,1', storage: '0' };

  test('loads and draws the visible part at full resolution, and a reloaded page shows it again', async () => {
    const { page, problems } = await openView(browser, server, { path: 'one.npy', slice: '1,y,x', ...range });
    await page.getByText('Shows 1 of 3 × 3 elements. Zoom in to see more.').waitFor();
    await expect.poll(() => colorsInMiddle(page, 4), patience).toBe(1);
    expect(await picture(page).getAttribute('data-detail')).toBeNull();
    const reads = readsOf(page);
    await zoomToMiddle(page);
    await page.getByText('Shows 1 of 3 × 3 elements, and all elements of the visible part.').waitFor();
    await settledUrl(page, 'zoom=');
    const exact = reads.at(-1) ?? '';
    const [, y0, y1, x0, x1] = (/^1,(\d+):(\d+),(\d+):(\d+) all$/.exec(exact) ?? []).map(Number);
    expect(await picture(page).getAttribute('data-detail')).toBe(`${x0}:${x1},${y0}:${y1}`);
    expect([(x1 ?? 0) - (x0 ?? 0) < 2000, (y1 ?? 0) - (y0 ?? 0) < 2000]).toEqual([true, true]);
    await expect.poll(() => colorsInMiddle(page), patience).toBeGreaterThan(1);
    const [zoomed, url] = [await zoomedTicks(page), page.url()];

    await page.reload();
    await page.getByText('all elements of the visible part').waitFor();
    await expect.poll(() => colorsInMiddle(page), patience).toBeGreaterThan(1);
    expect(await zoomedTicks(page)).toEqual(zoomed);
    expect(reads.at(-1)).toBe(exact);
    expect(page.url()).toBe(url);

    await page.getByRole('button', { name: 'Reset zoom' }).click();
    await page.getByText('Shows 1 of 3 × 3 elements. Zoom in to see more.').waitFor();
    await page.waitForURL((address) => !address.search.includes('zoom='));
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('shows the element under the pointer, and not an element of the coarse picture', async () => {
    const zoom = '9900:10100:20000,60:180:240';
    const { page, problems } = await openView(browser, server, { path: 'one.npy', slice: '1,y,x', zoom, ...range });
    await page.getByText('all elements of the visible part').waitFor();
    await zoomedTicks(page);
    await page.locator('.picture canvas').first().hover();
    const seen = new Set<string>();
    const box = await page.locator('.picture canvas').first().boundingBox();
    for (let i = 0; i < 12; i++) {
      await page.mouse.move((box?.x ?? 0) + 200 + 9 * i, (box?.y ?? 0) + 200);
      const [, x = NaN, y = NaN, value = NaN] = (
        /dim 2 (\d+)dim 1 (\d+)([01])$/.exec(
          await page
            .getByText(/^dim 2 \d+dim 1 \d+[01]$/)
            .last()
            .innerText()
            .then((text) => text.replaceAll('\n', '')),
        ) ?? []
      ).map(Number);
      expect(value).toBe(isShown(y * columns + x) ? 0 : 1);
      seen.add(`${x % 3}`);
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('is saved as a PNG file at full resolution', async () => {
    const zoom = '9900:10100:20000,60:180:240';
    const { page, problems } = await openView(browser, server, { path: 'one.npy', slice: '1,y,x', zoom, ...range });
    await page.getByText('all elements of the visible part').waitFor();
    const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = ((await picture(page).getAttribute('data-detail')) ?? '')
      .split(/[:,]/)
      .map(Number);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'PNG of the visible part' }).click(),
    ]);
    const image = PNG.sync.read(readFileSync(await download.path()));
    expect([image.width, image.height]).toEqual([x1 - x0, y1 - y0]);
    const colors: Record<string, Set<number>> = { shown: new Set(), other: new Set() };
    for (let row = 0; row < image.height; row++) {
      for (let column = 0; column < image.width; column++) {
        // The first row of the array is at the bottom.
        const element = (y1 - 1 - row) * columns + x0 + column;
        const color = image.data.readUInt32BE(4 * (row * image.width + column));
        colors[isShown(element) ? 'shown' : 'other']?.add(color);
      }
    }
    expect([colors['shown']?.size, colors['other']?.size]).toEqual([1, 1]);
    expect(colors['shown']).not.toEqual(colors['other']);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('loads a finer level if the visible part is still too large', async () => {
    const { page, problems } = await openView(browser, server, {
      path: 'one.npy',
      zoom: '4000:12000:20000,0:240:240',
      ...range,
    });
    await page.getByText('Shows 1 of 3 × 3 elements, and 1 of 2 × 2 elements of the visible part.').waitFor();
    await expect.poll(() => colorsInMiddle(page), patience).toBeGreaterThan(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('stays for an array of the same shape, and does not apply to another shape', async () => {
    const zoom = '9000.5:9098:20000,100.5:163.5:240';
    const { page, problems } = await openView(browser, server, { path: 'one.npy', slice: '1,y,x', zoom, ...range });
    await page.getByText('all elements of the visible part').waitFor();
    const zoomed = await zoomedTicks(page);
    const reads = readsOf(page);
    await page.getByRole('button', { name: 'other.npy' }).click();
    await page.getByText('uint8 · 30 × 40').waitFor();
    expect(await page.getByRole('button', { name: 'Reset zoom' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'two.npy' }).click();
    await page.getByText('all elements of the visible part').waitFor();
    expect(await zoomedTicks(page)).toEqual(zoomed);
    expect(await page.getByRole('spinbutton', { name: 'Index of dim 0' }).inputValue()).toBe('1');
    expect(reads.at(-1)).toMatch(/^1,\d+:\d+,\d+:\d+ all$/);
    // Another plane with the same axes is shown with the same zoom, at full resolution as well.
    await page.getByRole('spinbutton', { name: 'Index of dim 0' }).fill('0');
    await page.locator('.picture[data-slice="0,:,:"][data-detail]').waitFor();
    expect(await zoomedTicks(page)).toEqual(zoomed);
    // The former page of the history has the zoom, too.
    await page.goBack();
    await page.getByText('uint8 · 30 × 40').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('of a line is restored, too', async () => {
    const query = { path: 'line.npy', zoom: '300:340:1000', storage: '0' };
    const { page, problems } = await openView(browser, server, query);
    // The vertical axis shows all values again.
    const indices = async (): Promise<string[]> => (await zoomedTicks(page, 50)).filter((tick) => Number(tick) > 1);
    const zoomed = await indices();
    expect(zoomed).toEqual(expect.arrayContaining(['305', '330']));
    await zoomIn(page, 20);
    await settledUrl(page, 'zoom=');
    expect(page.url()).not.toContain('300%3A340');
    const finer = await indices();
    expect(finer).not.toEqual(zoomed);
    await page.reload();
    expect(await indices()).toEqual(finer);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
