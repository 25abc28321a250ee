/**
 * Tests reductions and blocks of an array that is larger than the memory. `POSIX_PAR_LARGE=1` uses larger arrays: 8 GiB
 * without a cgroup, and 4 GiB in the cgroup.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { MemoryCgroup } from '../support/memory-cgroup.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const script = fileURLToPath(new URL('children/large-array.mjs', import.meta.url));
const isLarge = process.env['POSIX_PAR_LARGE'] === '1';
const rowBytes = 2 ** 20;
const timeoutMs = isLarge ? 900_000 : 100_000;

beforeAll(() => {
  compiledLibrary();
});

/** Writes a sparse array of float64 with rows of 1 MiB. The first element of each row is its number plus 1. */
function writeSparse(name: string, rows: number): string {
  const path = folder.write(name, npyBytes(npyDict('<f8', false, [rows, rowBytes / 8]), new Uint8Array(0)));
  const header = fs.statSync(path).size;
  const file = fs.openSync(path, 'r+');
  try {
    fs.ftruncateSync(file, header + rows * rowBytes);
    for (let row = 0; row < rows; row++) {
      fs.writeSync(file, new Uint8Array(Float64Array.of(row + 1).buffer), 0, 8, header + row * rowBytes);
    }
  } finally {
    fs.closeSync(file);
  }
  return path;
}

async function reduceInChild(rows: number, args: readonly string[]): Promise<number> {
  const path = writeSparse(`${rows}.npy`, rows);
  try {
    const end = await runChild(script, [path, ...args], [], { timeoutMs });
    expect(end).toMatchObject({ stderr: '', code: 0, signal: null });
    const { peakBytes, ...results } = JSON.parse(end.stdout) as Record<string, number>;
    const sum = (rows * (rows + 1)) / 2;
    expect(results).toEqual({ sum, rows, last: rows, elements: (rows * rowBytes) / 8, total: sum });
    return peakBytes ?? Number.NaN;
  } finally {
    fs.rmSync(path);
  }
}

test('reduces an array with a peak memory below 200 MiB', { timeout: timeoutMs }, async () => {
  expect(await reduceInChild(isLarge ? 8192 : 512, [])).toBeLessThan(200 * 2 ** 20);
});

test('reduces an array in a cgroup of 512 MiB that cannot hold it', { timeout: timeoutMs }, async ({ skip }) => {
  let group: MemoryCgroup;
  try {
    group = MemoryCgroup.create(`posix-par-large-${process.pid}`, 512 * 2 ** 20);
  } catch (error) {
    return skip(`no cgroup can be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    await reduceInChild(isLarge ? 4096 : 640, [group.folder]);
  } finally {
    group.remove();
  }
});
