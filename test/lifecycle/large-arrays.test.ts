/**
 * Tests reductions, blocks and streams of arrays that are larger than the memory. `POSIX_PAR_LARGE=1` uses larger
 * arrays: 8 GiB without a cgroup, and 4 GiB in the cgroup.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { createArray, slice } from '../../lib/index.js';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { MemoryCgroup } from '../support/memory-cgroup.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const script = fileURLToPath(new URL('children/large-array.mjs', import.meta.url));
const isLarge = process.env['POSIX_PAR_LARGE'] === '1';
const rowBytes = 2 ** 20;
/**
 * Makes the C library place each large result 16 bytes after a page boundary. At other addresses, reads of cached data
 * may copy from a mapping (4K aliasing). The peak memory would then contain pages of the page cache.
 */
const env = { MALLOC_MMAP_THRESHOLD_: String(128 << 10) };
const timeoutMs = isLarge ? 900_000 : 100_000;

beforeAll(() => {
  compiledLibrary();
});

/** An array of float64 with rows of 1 MiB. */
interface LargeArray {
  readonly path: string;
  /** Results of the child process, apart from its memory. */
  readonly expected: Readonly<Record<string, number>>;
}

/** Writes a sparse `.npy` file. The first element of each row is its number plus 1, the others are 0. */
function writeSparse(rows: number): LargeArray {
  const path = folder.write('sparse.npy', npyBytes(npyDict('<f8', false, [rows, rowBytes / 8]), new Uint8Array(0)));
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
  const sum = (rows * (rows + 1)) / 2;
  return { path, expected: { sum, rows, last: rows, elements: (rows * rowBytes) / 8, total: sum, streamed: sum } };
}

/** Writes a Zarr array with one zstd chunk per row. All chunk files are links to one file. */
async function writeZstd(rows: number): Promise<LargeArray> {
  const path = folder.at('zstd.zarr');
  const columns = rowBytes / 8;
  const row = Float64Array.from({ length: columns }, (_, i) => (i === 0 ? 2000 : (i * 7919) % 1000));
  const options = { shape: [rows, columns], chunkShape: [1, columns], dtype: 'float64', durability: 'none' } as const;
  const array = await createArray(path, options);
  await array.write([slice(0, 1)], row);
  await array.close();
  for (let i = 1; i < rows; i++) {
    fs.mkdirSync(`${path}/c/${i}`);
    fs.linkSync(`${path}/c/0/0`, `${path}/c/${i}/0`);
  }
  const sum = rows * row.reduce((total, value) => total + value, 0);
  const first = rows * (row[0] ?? 0);
  return { path, expected: { sum, rows, last: 2000, elements: rows * columns, total: first, streamed: first } };
}

const layouts = { 'a sparse .npy file': writeSparse, 'zstd chunks': writeZstd };

async function reduceInChild({ path, expected }: LargeArray, args: readonly string[]): Promise<number> {
  try {
    const end = await runChild(script, [path, ...args], [], { timeoutMs, env });
    expect(end).toMatchObject({ stderr: '', code: 0, signal: null });
    const { peakBytes, ...results } = JSON.parse(end.stdout) as Record<string, number>;
    expect(results).toEqual(expected);
    if (isLarge) console.log(`${path}: peak memory ${((peakBytes ?? 0) / 2 ** 20).toFixed(0)} MiB`);
    return peakBytes ?? Number.NaN;
  } finally {
    fs.rmSync(path, { recursive: true });
  }
}

describe.each(Object.entries(layouts))('an array of %s', (_name, write) => {
  test('is reduced, and read in blocks and rows, with a peak memory below 200 MiB', {
    timeout: timeoutMs,
  }, async () => {
    expect(await reduceInChild(await write(isLarge ? 8192 : 512), [])).toBeLessThan(200 * 2 ** 20);
  });

  test('is read in a cgroup of 512 MiB that cannot hold it', { timeout: timeoutMs }, async ({ skip }) => {
    let group: MemoryCgroup;
    try {
      group = MemoryCgroup.create(`posix-par-large-${process.pid}`, 512 * 2 ** 20);
    } catch (error) {
      return skip(`no cgroup can be made: ${error instanceof Error ? error.message : String(error)}`);
    }
    try {
      await reduceInChild(await write(isLarge ? 4096 : 640), [group.folder]);
    } finally {
      group.remove();
    }
  });
});
