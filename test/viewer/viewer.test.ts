/** Shows the viewer in a headless browser over files of several formats. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redirectingPage } from '../../lib/cli/open-browser.js';
import { type Server, serve } from '../../lib/serve/index.js';
import { browserMissing } from '../support/browser.js';
import { runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import {
  accessibilityProblems,
  countColors,
  openPage,
  openView,
  type Screen,
  type Shown,
  startBrowser,
  type ViewQuery,
} from './chromium.js';

const directory = new TemporaryDirectory();
const title = browserMissing ?? 'the viewer';

describe.skipIf(browserMissing !== null)(title, () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    runPython('test/viewer/write_samples.py', directory.at('data'));
    server = await serve({ roots: [directory.at('data')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = (query: ViewQuery, screen?: Screen): Promise<Shown> => openView(browser, server, query, screen);

  const arrays = [
    'era5.nc/t2m',
    'classic.nc/t2m',
    'run.h5/entry/image',
    'run.h5/entry/counts',
    'run.h5/entry/field',
    'volume.npy',
    'large.npy',
    'ocean.zarr/height',
    'brain.nii.gz',
    'net.safetensors/layer.weight',
    'grid.tdb',
    'raw.bin',
  ];

  test.each(arrays)('draws %s without problems', async (path) => {
    const { page, problems } = await open({ path });
    expect(await countColors(page)).toBeGreaterThan(20);
    await page.getByText('Chunks touched').waitFor();
    await page.getByText('Engine').waitFor();
    expect(problems).toEqual([]);
    // The token is in a cookie, and no longer in the address.
    expect(page.url()).not.toContain('token');
    await page.context().close();
  });

  test('finds an array by clicks, and slides through it', async () => {
    const { page, problems } = await open({});
    await page.getByRole('button', { name: 'era5.nc' }).click();
    await page.getByRole('button', { name: 't2m', exact: true }).click();
    expect(await countColors(page)).toBeGreaterThan(20);
    // The axes have the coordinates of the dimensions, which are degrees.
    const axes = page.locator('.picture svg text');
    await axes.getByText('lat (degrees_north)').waitFor();
    await axes.getByText('lon (degrees_east)').waitFor();
    const ticks = await axes.allTextContents();
    expect(ticks).toEqual(expect.arrayContaining(['-40', '10', '60', '300']));
    await page.locator('.picture canvas').first().hover();
    await page.getByText(/^lon 1[78]\d: 1[78]\d degrees_eastlat \d+: -?\d+ degrees_north/).waitFor();
    const index = page.getByRole('spinbutton', { name: 'Index of time' });
    await index.fill('7');
    await page.getByText('2026-01-01 07:00 UTC').waitFor();
    await page.waitForURL(/slice=7%2Cy%2Cx/);
    await page.reload();
    expect(await index.inputValue()).toBe('7');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('keeps the slice and the zoom when another array of the same shape is chosen', async () => {
    const { page, problems } = await open({ path: 'era5.nc/t2m', slice: '7,y,x' });
    expect(await countColors(page)).toBeGreaterThan(20);
    const ticks = (): Promise<string[]> => page.locator('.picture svg text').allTextContents();
    const before = await ticks();
    await page.locator('.picture canvas').first().hover();
    await page.mouse.wheel(0, -600);
    await expect.poll(ticks).not.toEqual(before);
    // The state of the zoom is stored when it no longer changes.
    await page.waitForTimeout(500);
    const zoomed = await ticks();
    await page.getByRole('button', { name: 'classic.nc' }).click();
    await page.getByText('Choose an array').waitFor();
    await page.getByRole('button', { name: 't2m', exact: true }).first().click();
    await page.waitForURL(/path=classic\.nc%2Ft2m/);
    expect(await countColors(page)).toBeGreaterThan(20);
    expect(await page.getByRole('spinbutton', { name: 'Index of time' }).inputValue()).toBe('7');
    await expect.poll(ticks).toEqual(zoomed);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('plays through a dimension, and stops', async () => {
    const { page, problems } = await open({ path: 'ocean.zarr/height' });
    await countColors(page);
    const index = page.getByRole('spinbutton', { name: 'Index of dim 0' });
    await page.getByRole('button', { name: 'Play dim 0' }).click();
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLInputElement>('.index input[type=number]')?.value) > 5,
    );
    await page.getByRole('button', { name: 'Pause dim 0' }).click();
    const stopped = await index.inputValue();
    await page.locator('.picture[data-state=ready]').waitFor();
    expect(await index.inputValue()).toBe(stopped);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('shows a line, with the range and the scale that were chosen', async () => {
    const { page, problems } = await open({ path: 'run.h5/entry/spectrum' });
    expect(await countColors(page)).toBeGreaterThan(0);
    await page.getByLabel('Scale').selectOption('log');
    await page.waitForURL(/scale=log/);
    expect(await countColors(page)).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('shows h5web with all of its views', async () => {
    const { page, problems } = await open({ path: 'run.h5/entry/image', view: 'all' });
    await page.getByRole('tab', { name: 'Heatmap' }).waitFor();
    await page.locator('.h5web canvas').first().waitFor();
    await page.getByRole('tab', { name: 'Matrix' }).click();
    await page.getByText('Cell width').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('shows scalars and one-array files in h5web', async () => {
    for (const [path, text] of [
      ['run.h5/entry/pressure', '1013.25'],
      ['volume.npy', '32'],
    ] as const) {
      const { page, problems } = await open({ path, view: 'all' });
      await page.locator('.h5web').getByText(text).first().waitFor();
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });

  test('saves the slice as npy, PNG and CSV', async () => {
    const { page, problems } = await open({ path: 'run.h5/entry/counts' });
    await countColors(page);
    const save = async (role: 'link' | 'button', name: string): Promise<Buffer> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole(role, { name, exact: true }).click(),
      ]);
      return readFileSync(await download.path());
    };
    expect((await save('link', 'npy')).subarray(1, 6).toString()).toBe('NUMPY');
    expect((await save('button', 'PNG')).subarray(1, 4).toString()).toBe('PNG');
    const lines = (await save('button', 'CSV')).toString().trim().split('\n');
    expect([lines.length, lines[1]?.split(',').slice(0, 3)]).toEqual([40, ['1', '4', '7']]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('explains problems in words', async () => {
    const { page } = await open({ path: 'none.nc' });
    await page.getByRole('alert').getByText('No such file or directory').waitFor();
    await page.context().close();
    const url = new URL(server.url ?? '');
    url.search = '';
    const other = await openPage(browser, url.href);
    await other.page.getByText('Open the address that').first().waitFor();
    await other.page.context().close();
    expect(url.search).toBe('');
  });

  test('opens from the temporary file of `posix-par view`, whose navigation counts as one of another site', async () => {
    const opened = directory.write('open.html', redirectingPage(`${server.url}&path=era5.nc/t2m`));
    const { page, problems } = await openPage(browser, pathToFileURL(opened).href);
    expect(await countColors(page)).toBeGreaterThan(20);
    expect(page.url()).not.toContain('token');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('is usable with the keyboard alone', async () => {
    const { page, problems } = await open({});
    await page.getByRole('searchbox').focus();
    await page.getByRole('button', { name: 'era5.nc' }).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    const press = async (key: string, until: string): Promise<void> => {
      for (let i = 0; i < 40 && !(await focused()).includes(until); i++) await page.keyboard.press(key);
      expect(await focused()).toContain(until);
    };
    await press('Tab', 'era5.nc');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 't2m', exact: true }).waitFor();
    await press('Tab', 't2m');
    await page.keyboard.press('Enter');
    expect(await countColors(page)).toBeGreaterThan(20);
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('spinbutton', { name: 'Index of time' }).inputValue()).toBe('2');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  const screens: readonly (readonly [string, Screen])[] = [
    ['light', {}],
    ['dark', { theme: 'dark' }],
    ['narrow', { width: 390, height: 844 }],
    ['narrow and dark', { width: 390, height: 844, theme: 'dark' }],
  ];
  test.each(screens)('has no accessibility problem and fits the screen: %s', async (_, screen) => {
    for (const query of [{}, { path: 'era5.nc/t2m', chunks: '1' }, { path: 'run.h5/entry/spectrum' }]) {
      const { page, problems } = await open(query, screen);
      if ('path' in query) {
        await countColors(page);
        await page.getByText('Engine').waitFor();
      } else await page.getByRole('button', { name: 'era5.nc' }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
      expect(content).toBeLessThanOrEqual(window);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });
});
