/** Searches the files below the root: with `/api/v1/paths`, and in a browser. */
import * as fs from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { get } from '../serve/requests.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { accessibilityProblems, countColors, openPage, startBrowser } from './chromium.js';

const directory = new TemporaryDirectory();
describe.skipIf(pythonMissing !== null)(`a search ${pythonMissing ?? ''}`, () => {
  let server: Server;
  beforeAll(async () => {
    runPython('test/viewer/write_tables.py', directory.at('data/first'));
    fs.mkdirSync(directory.at('data/second/deep/er'), { recursive: true });
    for (let i = 0; i < 120; i++) writeNpy(directory, `data/second/many-${i}.npy`, [2, 2]);
    writeNpy(directory, 'data/second/deep/er/Needle.npy', [30, 40]);
    directory.write('data/second/broken.h5', new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]));
    directory.write('data/second/notes.txt', 'needle');
    writeNpy(directory, 'outside/needle.npy', [2]);
    fs.symlinkSync(directory.at('outside'), directory.at('data/second/out'));
    fs.symlinkSync('.', directory.at('data/second/deep/loop'));
    server = await serve({ roots: [directory.at('data')], port: 0 });
  }, 300_000);
  afterAll(() => server?.close());

  async function search(
    query: Readonly<Record<string, string>>,
    of: Server = server,
  ): Promise<Record<string, unknown>> {
    return JSON.parse((await get(of, `/api/v1/paths?${new URLSearchParams(query)}`)).text) as Record<string, unknown>;
  }

  test('finds names in directories, files and groups, and ends at a limit', async () => {
    expect(await search({ path: 'first' })).toEqual({
      hasMore: false,
      paths: [
        'fixed.npy',
        'tables.h5',
        'tables.h5/lost',
        'tables.h5/named',
        'tables.h5/run',
        'tables.h5/run/detector',
        'tables.h5/run/detector/hits',
        'tables.h5/run/detector/names',
        'tables.h5/run/detector/particles',
        'tables.h5/run/detector/tracks',
        'tables.h5/title',
        'text.zarr',
      ],
    });
    expect(await search({ path: '', contains: 'NAMES' })).toEqual({
      paths: ['first/tables.h5/run/detector/names'],
      hasMore: false,
    });
    // With a slash, the text is searched in the paths.
    const inPaths = await search({ path: '', contains: 'run/det' });
    expect((inPaths['paths'] as string[]).length).toBe(5);
    const limited = await search({ path: '', contains: 'many-', limit: '100' });
    expect([(limited['paths'] as string[]).length, limited['hasMore']]).toEqual([100, true]);
    const all = await search({ path: 'second', contains: 'many-', limit: '120' });
    expect([(all['paths'] as string[]).length, all['hasMore']]).toEqual([120, false]);
    // Nothing outside the root is found. Links that lead to their own directory end at a depth of 32.
    const needles = (await search({ path: '', contains: 'needle' }))['paths'] as string[];
    expect(needles[0]).toBe('second/deep/er/Needle.npy');
    expect(needles.length).toBeLessThan(32);
    expect(needles.every((path) => /^second\/deep\/(loop\/)*er\/Needle\.npy$/.test(path))).toBe(true);
    expect(await search({ path: 'first/fixed.npy' })).toMatchObject({ status: 404, tag: 'NotAGroup' });
    await using two = await serve({ roots: [directory.at('data/first'), directory.at('data/second')], port: 0 });
    expect(await search({ path: '', contains: 'hits' }, two)).toMatchObject({
      paths: ['first/tables.h5/run/detector/hits'],
    });
  });

  describe.skipIf(browserMissing !== null)(browserMissing ?? 'on the page', () => {
    let browser: Browser;
    beforeAll(async () => {
      builtViewer();
      browser = await startBrowser();
    }, 300_000);
    afterAll(() => browser?.close());

    test('finds members of closed branches, and opens them with the keyboard', async () => {
      const { page, problems } = await openPage(browser, String(server.url));
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      const field = page.getByRole('searchbox', { name: 'Search all files' });
      await field.pressSequentially('particles', { delay: 5 });
      await page.getByText('1 match', { exact: true }).waitFor();
      // The page does not search for every letter.
      expect(asked.filter((path) => path === '/api/v1/paths').length).toBeLessThan(9);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByRole('cell', { name: '11', exact: true }).waitFor();
      expect(await page.getByRole('button', { name: 'first/tables.h5/run/detector/particles' }).count()).toBe(1);
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Control+a');
      await page.keyboard.type('many-');
      await page.getByText('Shows the first 100 matches. Type more of the name.').waitFor();
      expect(await page.locator('.results .entry').count()).toBe(100);
      expect(await accessibilityProblems(page)).toEqual([]);
      await field.fill('nothing has this name');
      await page.getByText('No match').waitFor();
      await field.fill('er/needle');
      await page.getByRole('button', { name: 'second/deep/er/Needle.npy' }).click();
      expect(await countColors(page)).toBeGreaterThan(20);
      // Without a text, the tree is shown again, and its branches lead to the array.
      await field.fill('');
      await page.locator('.entry[aria-current=page]').getByText('Needle.npy', { exact: true }).waitFor();
      expect(problems).toEqual([]);
      await page.context().close();
    });
  });
});
