/**
 * Tests that reads with `cache: 'drop'` and `'dontcache'` evict the pages that they have added to the page cache, and
 * keep the pages that were cached before.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AnySelection, openArray, type ReadOptions, slice } from '../../../lib/index.js';
import { evict, residency } from '../../../lib/storage/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { engineProblems, engines } from '../../support/engines.js';
import { errno, withFaults } from '../../support/faults.js';
import { counting, writeNpy, writeShards, writeTiles } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const shape = [1536, 4096] as const; // 24 MiB
const values = counting(shape[0] * shape[1]);
const MiB = 1 << 20;

/** Writes references to chunks of `rows` rows in one file. Such chunks are not read together. */
function places(name: string, rows: number, path: string): string {
  const refs: Record<string, unknown> = { 'a/.zarray': arrayV2({ shape, chunks: [rows, shape[1]], dtype: '<f4' }) };
  const chunk = rows * shape[1] * 4;
  for (let c = 0; c * rows < shape[0]; c++) refs[`a/${c}.0`] = [path, 128 + c * chunk, chunk];
  writeFiles(folder.path, { [name]: { version: 1, refs } });
  return folder.at(name);
}

const npy = writeNpy(folder, 'whole.npy', shape);
const layouts: readonly { what: string; path: string; array?: string; data: string }[] = [
  { what: 'one file', path: npy, data: npy },
  { what: 'places in one file', path: places('places.json', 3, npy), array: 'a', data: npy },
  { what: 'tiles', path: writeTiles(folder, 'tiles', shape, [256, 2048]), data: folder.at('tiles') },
];
const selections: readonly { name: string; selection: AnySelection }[] = [
  { name: 'all', selection: null },
  { name: 'a box', selection: [slice(100, 900), slice(0, 1024)] },
  { name: 'a plane', selection: [null, 17] },
];

async function cachedBytes(path: string): Promise<number> {
  return (await residency(path)).cachedBytes ?? Number.NaN;
}

function fsync(path: string): void {
  const files = fs.statSync(path).isDirectory() ? fs.readdirSync(path).map((name) => `${path}/${name}`) : [path];
  for (const file of files) {
    const fd = fs.openSync(file, 'r');
    fs.fdatasyncSync(fd);
    fs.closeSync(fd);
  }
}

for (const { data } of layouts) fsync(data);
await evict(npy);
const start = await residency(npy);
const told = start.witness === 'cachestat' && start.cachedBytes === 0;

describe.skipIf(!told)('a read that drops its pages from the page cache', () => {
  // Leaves out `mmap`, because an explicitly chosen mapping keeps the pages that it touched.
  const ways = engines
    .filter((engine) => engine !== 'mmap')
    .flatMap((engine) => (['drop', 'dontcache'] as const).map((cache) => ({ engine, cache })));

  test.each(ways)('$engine, $cache: evicts pages that were not cached before', async ({ engine, cache }) => {
    for (const { what, path, data, array: name } of layouts) {
      await using array = await openArray(path, name === undefined ? {} : { array: name });
      for (const { name: part, selection } of selections) {
        const expected = bytesOf(array.readSync(selection).data);
        await evict(data);
        const before = await cachedBytes(data);
        const { data: read, stats } = await array.read(selection, { engine, cache });
        expectSameBytes(read, expected);
        expect(await cachedBytes(data), `${what}, ${part}`).toBeLessThanOrEqual(before);
        expect(stats.bytesLeftInCache, `${what}, ${part}`).toBe(0);
      }
    }
  });

  test.each(ways)('$engine, $cache: keeps pages that were cached before', async ({ engine, cache }) => {
    await using array = await openArray(npy);
    await evict(npy);
    // Reads sequentially, so that the kernel marks the last pages: the next read of these pages triggers read-ahead.
    const fd = fs.openSync(npy, 'r');
    const bytes = new Uint8Array(128 << 10);
    for (let at = 0; at < 5 * MiB; at += bytes.length) fs.readSync(fd, bytes, 0, bytes.length, 4 * MiB + at);
    fs.closeSync(fd);
    const ranges = { buckets: 24 } as const;
    const before = await residency(npy, null, ranges);
    const { data } = await array.read(null, { engine, cache });
    expectSameBytes(data, values);
    const after = await residency(npy, null, ranges);
    expect(before.cachedBytes).toBeGreaterThan(4 * MiB);
    // A few more pages may be cached, because read-ahead was still reading them when `before` was measured.
    expect(after.cachedBytes ?? 0).toBeGreaterThanOrEqual(5 * MiB);
    expect(after.cachedBytes ?? 0).toBeLessThanOrEqual((before.cachedBytes ?? 0) + 64 * 1024);
  });

  test.skipIf(engineProblems.get('direct') !== null)('bypasses the page cache if no page is cached', async () => {
    await using array = await openArray(npy);
    const read = async (selection: AnySelection, options: ReadOptions) => {
      await evict(npy);
      const { stats } = await array.read(selection, options);
      return { engine: stats.engine, engineReason: stats.engineReason };
    };
    expect(await read(null, { cache: 'drop' })).toMatchObject({
      engine: 'direct',
      engineReason: "`cache` is 'drop' or 'dontcache': using direct I/O for long runs that are not in the page cache",
    });
    expect((await read(null, {})).engine).toBe('pread');
    expect((await read(null, { cache: 'drop', readahead: 'sequential' })).engine).toBe('pread');
    expect((await read([slice(0, 8)], { cache: 'drop' })).engine).toBe('pread');
    expect(await read([null, slice(0, 64, 2)], { cache: 'drop' })).toMatchObject({
      engine: 'pread',
      engineReason: "`cache` is 'drop' or 'dontcache': using pread, because mmap would populate the page cache",
    });
    await array.read();
    // The result is copied by read calls, or from a mapping if the kernel would copy it slowly.
    expect((await array.read(null, { cache: 'drop' })).stats.engine).toMatch(/^(pread|mmap)$/);
  });

  test('reports an unknown number of remaining bytes if the kernel does not report residency', async () => {
    await using array = await openArray(npy);
    const left = async (options: ReadOptions) => (await array.read([slice(0, 8)], options)).stats.bytesLeftInCache;
    expect(await left({ cache: 'drop' })).toBe(0);
    expect(await left({ cache: 'keep' })).toBeNull();
    expect(await left({ cache: 'drop', engine: 'mmap' })).toBeNull();
    const refused = { op: 'cachestat', action: 'error', value: errno.EPERM, times: 0 } as const;
    expect(await withFaults([refused], () => left({ cache: 'drop', engine: 'pread' }))).toBeNull();
  });

  test('evicts the pages of shards, except those of their indexes', async () => {
    const path = writeShards(folder, 'shards', 1 << 18, 1 << 12);
    await using array = await openArray(path);
    fsync(folder.at('shards/c'));
    await evict(path);
    await array.read([slice(0, 1)]);
    await evict(path);
    expectSameBytes((await array.read(null, { cache: 'drop' })).data, counting(1 << 18));
    expect(await cachedBytes(folder.at('shards/c'))).toBeLessThanOrEqual(16 * 2 * 4096); // Pages of the indexes.
  });
});
