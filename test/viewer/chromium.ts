/**
 * Shows the viewer in a headless browser.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Server } from '../../lib/serve/index.js';
import { command } from '../support/browser.js';

/** A page, and what its console and its requests reported. */
export interface Shown {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, and requests that failed. */
  readonly problems: readonly string[];
}

/** Settings of a page. */
export interface Screen {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
}

/** Messages of the driver of software graphics, about which the page can do nothing. */
const driverMessage = /GPU stall due to ReadPixels|GL Driver Message|Automatic fallback to software WebGL/;

/** Returns the path of the browser, which playwright does not look for in PATH. */
function browserPath(): string {
  const paths = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, command ?? 'chromium'));
  return paths.find((path) => existsSync(path)) ?? 'chromium';
}

/** Starts the browser. Graphics are drawn by software, because test machines have no graphics card. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  });
}

/** Opens `url` on a new page without cookies. */
export async function openPage(browser: Browser, url: string, screen: Screen = {}): Promise<Shown> {
  const { width = 1400, height = 900, theme = 'light' } = screen;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, acceptDownloads: true });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    const isProblem = message.type() === 'error' || message.type() === 'warning';
    if (isProblem && !driverMessage.test(message.text())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${new URL(response.url()).pathname}`);
  });
  await page.goto(url);
  return { page, problems };
}

/** Parameters of the address of the viewer. */
export type ViewQuery = Readonly<Record<string, string>>;

/** Returns the address of the viewer of `server` with the parameters of `query`. */
export function viewAddress(server: Server, query: ViewQuery): string {
  const url = new URL(server.url ?? '');
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** Opens the viewer of `server` on a new page without cookies. */
export function openView(browser: Browser, server: Server, query: ViewQuery, screen: Screen = {}): Promise<Shown> {
  return openPage(browser, viewAddress(server, query), screen);
}

/** Waits until the plot is drawn, and returns the number of different colours in it. */
export async function countColors(page: Page): Promise<number> {
  await page.locator('.picture[data-state=ready] canvas').first().waitFor();
  // The very first frame is empty. The first frame after new elements have arrived may still show the old elements.
  return await page
    .locator('.picture canvas')
    .first()
    .evaluate(async (element) => {
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      const canvas = element as unknown as { readonly width: number; readonly height: number };
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext('2d', { willReadFrequently: true });
      if (context === null) return 0;
      const colors = new Set<number>();
      for (let frames = 0; frames < 100 && colors.size === 0; frames++) {
        await frame();
        context.drawImage(element as unknown as ImageBitmap, 0, 0);
        const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        // The highest byte is the opacity.
        for (const pixel of pixels) if (pixel >>> 24 > 0) colors.add(pixel);
      }
      return colors.size;
    });
}

/** The part of the result of axe-core that the tests use. */
interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** Returns the accessibility problems that axe-core finds on a page. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // The policy of the page forbids added scripts. This one runs in the test's own context.
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { readonly axe: { run(): Promise<AxeResult> } };
    return (await checker.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`);
  });
}
