/** Tests missing values and the PNG file: they have the colours of the screen. */
import { readFileSync } from 'node:fs';
import * as chromatic from 'd3-scale-chromatic';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { type Color, type ColorMapName, colorMapNames, colorMapOf } from '../../lib/show/color-map.js';
import { missingColorOf } from '../../web/viewer/src/plot/missing-color.js';
import { colorMaps } from '../../web/viewer/src/shell/view-state.js';
import { browserMissing } from '../support/browser.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { countColors, openView, type Screen, type Shown, startBrowser, type ViewQuery } from './chromium.js';

/** Returns the distance between two colours. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.hypot(...[0, 1, 2].map((c) => (a[c] ?? 0) - (b[c] ?? 0)));
}

function parseColor(text: string): number[] {
  const hex = /^#(..)(..)(..)$/.exec(text)?.slice(1);
  return hex?.map((part) => Number.parseInt(part, 16)) ?? (text.match(/\d+/g) ?? []).map(Number);
}

test('no colour map contains the colour of missing values, on the page and in pictures of the server', () => {
  const interpolators = new Map<string, unknown>(Object.entries(chromatic));
  const colors: readonly (readonly [string, readonly number[], readonly (readonly number[])[]])[] = [
    ...colorMaps.map((name) => {
      const colorAt = interpolators.get(`interpolate${name}`) as (t: number) => string;
      return [name, missingColorOf(name), Array.from({ length: 256 }, (_, i) => parseColor(colorAt(i / 255)))] as const;
    }),
    ...colorMapNames.map((name) => [name, colorMapOf(name).missing, colorMapOf(name).colors] as const),
  ];
  for (const [name, missing, map] of colors) {
    for (const background of [[255, 255, 255], [0, 0, 0], ...map]) {
      expect(distance(missing, background), `${name} ${background}`).toBeGreaterThan(70);
    }
    const sameOnServer = name === 'Greys' ? 'gray' : (name.toLowerCase() as ColorMapName);
    expect(missing).toEqual(colorMapOf(sameOnServer).missing);
  }
});

const directory = new TemporaryDirectory();
const [rows, columns] = [40, 60];
/** The first ten rows are missing, and the next values are not above 0. */
const valueAt = (i: number): number => (i < 10 * columns ? Number.NaN : i - 15 * columns);

describe.skipIf(browserMissing !== null)(browserMissing ?? 'the picture', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    writeNpy(directory, 'root/gaps.npy', [rows, columns], { dtype: 'float64', value: valueAt });
    writeNpy(directory, 'root/full.npy', [rows, columns], { dtype: 'float32', value: (i) => i });
    server = await serve({ roots: [directory.at('root')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(query: ViewQuery, screen: Screen = {}): Promise<Shown> {
    const shown = await openView(browser, server, query, screen);
    expect(await countColors(shown.page)).toBeGreaterThan(5);
    return shown;
  }

  /** Returns a function that returns the colour of an element on the screen. */
  async function onScreen(page: Page): Promise<(row: number, column: number) => Color> {
    const clip = await page.locator('.picture canvas').first().boundingBox();
    if (clip === null) throw new Error('Expected a picture');
    const image = PNG.sync.read(await page.screenshot({ clip }));
    // The picture is in the centre, and its elements are squares.
    const side = Math.min(image.width / columns, image.height / rows);
    return (row, column) => {
      const x = Math.floor(image.width / 2 + (column + 0.5 - columns / 2) * side);
      const y = Math.floor(image.height / 2 - (row + 0.5 - rows / 2) * side);
      return [...image.data.subarray(4 * (y * image.width + x)).subarray(0, 3)] as unknown as Color;
    };
  }

  async function savedPng(page: Page): Promise<PNG> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'PNG', exact: true }).click(),
    ]);
    return PNG.sync.read(readFileSync(await download.path()));
  }

  const missing = 10 * columns;
  const notPositive = 5 * columns + 1;
  const views: readonly (readonly [string, ViewQuery, Screen])[] = [
    ['linear, dark', {}, { theme: 'dark' }],
    ['logarithmic with a range', { colors: 'RdBu', scale: 'log', range: '10,700' }, {}],
    ['symmetric log with one end of the range', { colors: 'Cividis', scale: 'symlog', range: ',500' }, {}],
    ['another map with the other end', { colors: 'Greys', range: '-100,' }, { theme: 'dark' }],
  ];
  test.each(views)('and its PNG file show missing values and all others alike: %s', async (_, query, screen) => {
    const { page, problems } = await open({ path: 'gaps.npy', ...query }, screen);
    await page.getByText(`${missing} of 2,400 elements: missing`).waitFor();
    const isLog = query['scale'] === 'log';
    expect(await page.getByText(`${notPositive} of 2,400 elements: not above 0`).count()).toBe(isLog ? 1 : 0);
    const bad = missingColorOf(query['colors'] ?? 'Viridis');
    const key = page.locator('.missing-legend .key').first();
    expect(await key.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe(`rgb(${bad.join(', ')})`);
    const [colorAt, png] = [await onScreen(page), await savedPng(page)];
    expect([png.height, png.width]).toEqual([rows, columns]);
    const different: string[] = [];
    for (let row = 0; row < rows; row += 3) {
      for (let column = 1; column < columns; column += 7) {
        const saved = png.data.subarray(4 * ((rows - 1 - row) * columns + column)).subarray(0, 4);
        const shown = colorAt(row, column);
        const value = valueAt(row * columns + column);
        const isBad = Number.isNaN(value) || (isLog && value <= 0);
        // The screen computes with float32, so a colour may be one level away.
        const isEqual = isBad ? distance(saved, shown) === 0 && distance(saved, bad) === 0 : distance(saved, shown) < 9;
        if (!isEqual || saved[3] !== 255) different.push(`${row},${column}: ${[...saved]} ${shown}`);
      }
    }
    expect(different).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('of values without gaps has no legend of missing values', async () => {
    const { page } = await open({ path: 'full.npy' });
    expect(await page.locator('.missing-legend').count()).toBe(0);
    await page.getByLabel('Scale').selectOption('log');
    await page.getByText('1 of 2,400 elements: not above 0').waitFor();
    await page.context().close();
  });
});
