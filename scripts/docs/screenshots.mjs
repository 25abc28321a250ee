// Draws the pictures of the viewer in docs/guide. Usage: node scripts/docs/screenshots.mjs (after npm run build).
// Needs Chromium and the reference libraries, which `scripts/setup/debian test` and `scripts/setup/python-env` install.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { serve } = await import(pathToFileURL(join(root, 'dist/serve/index.js')).href);

const wide = { width: 1400, height: 1180 };
const narrow = { width: 390, height: 844 };
const weather = { path: 'era5.nc/t2m', slice: '7,y,x', chunks: '1' };
const rings = { path: 'run.h5/entry/image', colors: 'Magma' };

/** Pictures: name, size of the window in pixels, colours, and the view. */
const pictures = [
  ['viewer-light', wide, 'light', weather],
  ['viewer-dark', wide, 'dark', rings],
  ['viewer-narrow-light', narrow, 'light', weather],
  ['viewer-narrow-dark', narrow, 'dark', { ...rings, storage: '0' }],
];

const folder = mkdtempSync(join(tmpdir(), 'posix-par-screenshots-'));
const python = join(root, '.cache/venv/bin/python');
execFileSync(python, [join(root, 'test/viewer/write_samples.py'), join(folder, 'data')], { stdio: 'inherit' });
const server = await serve({ roots: [join(folder, 'data')], port: 0 });
const browser = await chromium.launch({
  executablePath: execFileSync('/bin/sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim(),
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
try {
  for (const [name, viewport, colorScheme, query] of pictures) {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    await page.goto(`${server.url}&${new URLSearchParams(query)}`);
    await page.locator('.picture[data-state=ready] canvas').first().waitFor();
    if (query.storage !== '0') await page.getByText('Engine').waitFor();
    // The plot is drawn in the frames after the elements arrived.
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(root, `docs/guide/${name}.png`) });
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
