/** Cancels loads in a browser whose connection is slow. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { get } from '../serve/requests.js';
import { browserMissing } from '../support/browser.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { openView, startBrowser } from './chromium.js';

const directory = new TemporaryDirectory();
/** Shown without decimation, and larger than the buffers of a connection. */
const [rows, columns] = [2000, 2090];
const arrayBytes = rows * columns * 8;

describe.skipIf(browserMissing !== null)(`cancelled loads ${browserMissing ?? ''}`, () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    writeNpy(directory, 'root/large.npy', [rows, columns], { dtype: 'float64', value: (i) => i % 1000 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(() => browser?.close());

  /** Returns a counter of the server. */
  async function counter(name: string): Promise<number> {
    const { text } = await get(server, '/metrics');
    return Number(new RegExp(`^posixpar_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  /** Returns a function that limits the speed of the connection of a page, in bytes per second. -1 is unlimited. */
  async function limiterOf(page: Page): Promise<(bytesPerSecond: number) => Promise<void>> {
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    return async (downloadThroughput) => {
      const conditions = { offline: false, latency: 0, uploadThroughput: -1, downloadThroughput };
      await session.send('Network.emulateNetworkConditions', conditions);
    };
  }

  test.each([
    ['image', 'Cancelled. Shows the elements that arrived before.'],
    ['all', 'Cancelled. Shows a preview.'],
  ])('ends the read on the server, and the page says so: %s', async (view, message) => {
    // Parts of 1 MiB, so that the server reads little in advance.
    server = await serve({ roots: [directory.at('root')], port: 0, memoryBytes: 16 << 20 });
    const { page, problems } = await openView(browser, server, { view });
    await page.getByRole('button', { name: 'large.npy' }).waitFor();
    const limit = await limiterOf(page);
    await limit(1 << 20);
    await page.getByRole('button', { name: 'large.npy' }).click();
    const cancel = page.getByRole('button', { name: 'Cancel' });
    if (view === 'image') await page.locator('.picture canvas').first().waitFor();
    // The bar appears when the first bytes of all elements have arrived.
    await page.getByRole('progressbar', { name: 'Elements received' }).waitFor();
    await cancel.click();
    await page.getByText(message).waitFor();
    expect(await cancel.count()).toBe(0);
    await expect.poll(() => counter('requests_cancelled_total')).toBe(1);
    await expect.poll(() => counter('reads_in_flight')).toBe(0);
    await expect.poll(() => counter('reply_memory_bytes')).toBe(0);
    // The request for the counters is the only one.
    await expect.poll(() => counter('requests_in_flight')).toBe(1);
    const sent = await counter('body_bytes_total');
    expect(sent).toBeLessThan(arrayBytes);
    if (view === 'image') {
      await limit(-1);
      await page.getByRole('button', { name: 'Load', exact: true }).click();
      await expect.poll(() => counter('body_bytes_total'), { timeout: 30_000 }).toBeGreaterThan(sent + arrayBytes - 1);
      await page.locator('.picture[data-state=ready]').waitFor();
      await expect.poll(() => page.getByText('Cancelled.').count()).toBe(0);
    }
    expect(problems).toEqual([]);
    await page.context().close();
    await server.close();
  });
});
