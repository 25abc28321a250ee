/** Compares this library with the module `fs`: both read a row of 4 KiB of a cached file of 4 MiB. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, bench, describe } from 'vitest';
import { openArray } from '../lib/index.js';

const folder = mkdtempSync(join(tmpdir(), 'posix-par-'));
const path = join(folder, 'rows.bin');
writeFileSync(path, new Uint8Array(4 << 20));
const array = await openArray(path, { format: 'raw', dtype: 'float32', shape: [1024, 1024] });
const fd = openSync(path, 'r');
const handle = await open(path);
afterAll(async () => {
  await array.close();
  closeSync(fd);
  await handle.close();
  rmSync(folder, { recursive: true });
});

let next = 0;
const row = (): number => {
  next = (next + 389) & 1023;
  return next;
};

describe('a row of 4 KiB before the call returns', () => {
  bench('readSync', () => {
    array.readSync([row(), null]);
  });
  bench('fs.readSync', () => {
    readSync(fd, new Float32Array(1024), 0, 4096, row() * 4096);
  });
});

describe('a row of 4 KiB, awaited', () => {
  bench('read', async () => {
    await array.read([row(), null]);
  });
  bench('FileHandle.read', async () => {
    await handle.read(new Float32Array(1024), 0, 4096, row() * 4096);
  });
});
