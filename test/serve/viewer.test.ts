/** Tests how the server sends the files of the viewer. The tests in test/viewer show them in a browser. */

import { readFileSync, statSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from '../viewer/built-viewer.js';
import { type Answer, optionsFor, send } from './requests.js';

builtViewer();
const directory = new TemporaryDirectory();
const server = await serve({ roots: [directory.path], port: 0 });
afterAll(() => server.close());

/** Sends a request without the token. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  return send({ ...optionsFor(server, path), headers, method });
}

interface FileList {
  readonly firstLoadBytes: number;
  readonly files: readonly { readonly url: string; readonly file: string; readonly type: string }[];
}
const list = JSON.parse(
  readFileSync(new URL('../../dist/viewer/posix-par-viewer.json', import.meta.url), 'utf8'),
) as FileList;

test('sends each file plain, and as the build compressed it', async () => {
  expect(list.files.length).toBeGreaterThan(3);
  for (const { url, type } of list.files) {
    const plain = await ask(url);
    expect([plain.status, plain.headers['content-type'], plain.headers['content-encoding']], url).toEqual([
      200,
      type,
      undefined,
    ]);
    const gzip = await ask(url, { 'accept-encoding': 'gzip' });
    const br = await ask(url, { 'accept-encoding': 'gzip, br' });
    if (plain.body.length < 1024) continue;
    expect([gzip.headers['content-encoding'], br.headers['content-encoding']]).toEqual(['gzip', 'br']);
    expect(Number(br.headers['content-length'])).toBe(br.body.length);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(new Set([plain, gzip, br].map(({ headers }) => headers.etag)).size).toBe(3);
  }
});

test('lets browsers keep files whose names contain a hash, and check the page', async () => {
  const page = await ask('/');
  expect(page.headers['cache-control']).toBe('private, no-cache');
  expect((await ask('/', { 'if-none-match': String(page.headers.etag) })).status).toBe(304);
  expect((await ask('/', {}, 'HEAD')).body.length).toBe(0);
  const asset = list.files.find(({ url }) => url.endsWith('.js'))?.url ?? '';
  expect(asset).toMatch(/-[\w-]{8}\.js$/);
  expect((await ask(asset)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

test('has at most 500 kB, compressed with gzip', () => {
  const bytes = list.files.map(({ file }) => statSync(new URL(`../../dist/viewer/${file}.gz`, import.meta.url)).size);
  const total = bytes.reduce((sum, size) => sum + size, 0);
  expect(list.firstLoadBytes).toBeGreaterThan(100_000);
  expect(total).toBeGreaterThan(list.firstLoadBytes);
  expect(total).toBeLessThanOrEqual(500_000);
});
