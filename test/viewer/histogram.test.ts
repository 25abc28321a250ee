/** Compares the histogram of the viewer with numpy.histogram. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { type Server, serve } from '../../lib/serve/index.js';
import type { Elements } from '../../web/viewer/src/plot/element-types.js';
import { histogramOf } from '../../web/viewer/src/plot/histogram.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { openView, startBrowser } from './chromium.js';

/** Result of numpy.histogram. */
interface Expected {
  readonly counts: readonly number[];
  readonly edges: readonly number[];
}

const directory = new TemporaryDirectory();
const expected = (
  pythonMissing === null ? JSON.parse(runPython('test/viewer/write_histogram.py', directory.at('data'))) : {}
) as Readonly<Record<string, Expected>>;

describe.skipIf(pythonMissing !== null)(`bins ${pythonMissing ?? ''}`, () => {
  test.each(Object.keys(expected))('counts %s as NumPy does', async (name) => {
    const { counts = [], edges = [] } = expected[name] ?? {};
    await using array = await openArray(directory.at(`data/${name}`));
    const { data } = await array.read();
    const found = histogramOf(data as Elements, [edges[0] ?? 0, edges.at(-1) ?? 0], counts.length);
    expect([...found.counts]).toEqual(counts);
    for (const [i, edge] of found.edges.entries()) expect(edge).toBeCloseTo(edges[i] ?? Number.NaN, 9);
  });
});

const missing = browserMissing ?? pythonMissing;
describe.skipIf(missing !== null)(`the page ${missing ?? ''}`, () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    builtViewer();
    server = await serve({ roots: [directory.at('data')], port: 0 });
    browser = await startBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test.each(Object.entries(expected))('draws bars of %s with the counts of NumPy', async (path, { counts }) => {
    const { page, problems } = await openView(browser, server, { path, cf: '0' });
    await page.getByLabel('Histogram', { exact: true }).check();
    await page.waitForURL(/histogram=1/);
    const most = Math.max(...counts);
    await page.getByText(`at most ${most} elements per bar`).waitFor();
    const bars = await page
      .locator('.histogram rect')
      .evaluateAll((elements) =>
        elements.map((bar) => ({ count: Number(bar.getAttribute('data-count')), box: bar.getBoundingClientRect() })),
      );
    expect(bars.map(({ count }) => count)).toEqual(counts);
    const highest = Math.max(...bars.map(({ box }) => box.height));
    expect(highest).toBeGreaterThan(50);
    for (const { count, box } of bars) expect(Math.abs(box.height - (count / most) * highest)).toBeLessThan(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
