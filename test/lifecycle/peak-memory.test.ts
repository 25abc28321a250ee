/**
 * Tests that the peak memory of a read is at most the size of its result plus 64 MiB. Separate processes measure it,
 * with the numbers of the kernel.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const shape = [128, 512, 512] as const;
const bytes = 4 * 128 * 512 * 512;
const allowedKib = 64 * 1024;
const script = fileURLToPath(new URL('children/peak.mjs', import.meta.url));

/** Creates a sparse file of zeros. */
function sparseNpy(name: string, fortran: boolean): void {
  const header = npyBytes(npyDict('<f4', fortran, shape), new Uint8Array(0));
  fs.truncateSync(folder.write(name, header), header.length + bytes);
}

beforeAll(() => {
  compiledLibrary();
  sparseNpy('c.npy', false);
  sparseNpy('f.npy', true);
  const tile = new Uint8Array(4 * 32 * 128 * 128);
  const tiles = { version: 1, shape, tileShape: [32, 128, 128], dtype: 'float32', path: '{0}.{1}.{2}' };
  folder.write('tiles/tiles.json', JSON.stringify(tiles));
  const compressed = gzipSync(new Uint8Array(4 * 16 * 512 * 512), { level: 1 });
  const zarr: Record<string, object | Uint8Array> = {
    '.zarray': arrayV2({
      shape: [...shape],
      chunks: [16, 512, 512],
      dtype: '<f4',
      compressor: { id: 'gzip', level: 1 },
      fill_value: 0,
    }),
  };
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 16; j++) folder.write(`tiles/${i}.${Math.floor(j / 4)}.${j % 4}`, tile);
  }
  for (let i = 0; i < 8; i++) zarr[`${i}.0.0`] = compressed;
  writeFiles(folder.at('zarr'), zarr);
  const small = gzipSync(new Uint8Array(4 * 4 * 512 * 512), { level: 1 });
  const metadata = { shape: [...shape], chunks: [4, 512, 512], dtype: '<f4', compressor: { id: 'gzip', level: 1 } };
  const store: Record<string, object | Uint8Array> = { '.zarray': arrayV2({ ...metadata, fill_value: 0 }) };
  for (let i = 0; i < 32; i++) store[`${i}.0.0`] = small;
  writeFiles(folder.at('zarr-small'), store);
});

interface Peak {
  readonly riseKib: number;
  readonly resultKib: number;
  readonly engine: string;
}

const whole = '[null]';
const thinned = '[{"start":0,"step":2},{"start":1,"step":3},{"start":2,"step":5}]';

describe.each(['async', 'sync'])('the peak memory of a read, %s', (mode) => {
  test.each([
    ['c.npy', whole, {}],
    ['c.npy', whole, { as: 'float64' }],
    ['c.npy', '[{"step":-1}]', {}],
    ['c.npy', thinned, { engine: 'pread' }],
    ['f.npy', whole, { engine: 'pread' }],
    ['tiles', whole, {}],
    ['tiles', thinned, {}],
    ['zarr', whole, {}],
    ['zarr', '[[0,17,33,127,5],null,{"start":7,"step":9}]', {}],
    ['zarr-small', '[null,null,{"step":2}]', {}],
    // Uncached data is read by the I/O threads, of which there are many.
    ['zarr-small', '[null,null,{"step":2}]', {}, 'cold'],
    ['tiles', whole, {}, 'cold'],
  ])('%s %s %j %s', async (name, selection, options, cold = 'cached') => {
    const end = await runChild(
      script,
      [folder.at(name), selection, JSON.stringify(options), mode, cold],
      ['--expose-gc'],
    );
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    const { riseKib, resultKib } = JSON.parse(end.stdout) as Peak;
    // Checks that the measurement contains the result of this read.
    expect(riseKib).toBeGreaterThan(resultKib / 2);
    expect(riseKib).toBeLessThan(resultKib + allowedKib);
  });
});
