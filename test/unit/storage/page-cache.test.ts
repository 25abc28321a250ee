/**
 * Tests the page cache of this machine. The kernel may evict pages at any time if memory is short. Tests therefore
 * check right after they wrote or read, and use files of a few pages.
 */
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { describeStorage, evict, memoryInfo, type Residency, residency } from '../../../lib/storage/index.js';
import { errno, failure, withFaults } from '../../support/faults.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const page = Number((await residency(directory.write('probe', 'x'))).pageBytes);
const { filesystem } = await describeStorage(directory.path);
// A tmpfs has no storage to evict to.
const onDisk = filesystem.family === 'disk';

function makeFile(name: string, pages: number, extra = 0): string {
  return directory.write(name, new Uint8Array(pages * page + extra).fill(7));
}

describe('residency', () => {
  test('reports a file that was just written as cached, and dirty until it is flushed', async () => {
    const path = makeFile('written', 20, 100);
    const found = await residency(path);
    expect(found).toMatchObject({
      path,
      type: 'file',
      files: 1,
      bytes: 20 * page + 100,
      cachedBytes: 20 * page + 100,
      hiddenBytes: 0,
      failures: [],
    });
    expect(found.map).toHaveLength(21);
    expect(found.map.map(({ bytes }) => bytes)).toEqual([...new Array<number>(20).fill(page), 100]);
    expect(found.map.every(({ bytes, cachedBytes }) => bytes === cachedBytes)).toBe(true);
  });

  test.runIf(onDisk)(
    'reports exactly the pages that were read, by either system call, and shows them in the map',
    async () => {
      const path = makeFile('partly', 256);
      await evict(path);
      const file = fs.openSync(path, 'r');
      try {
        // Nothing was read before this byte, so the kernel treats this as a random read, with little or no readahead.
        fs.readSync(file, Buffer.alloc(1), 0, 1, 128 * page);
      } finally {
        fs.closeSync(file);
      }
      const found = await residency(path, null, { buckets: 4 });
      expect(found.witness).toBe('cachestat');
      expect(found.cachedBytes).toBeGreaterThanOrEqual(page);
      expect(found.cachedBytes).toBeLessThan(256 * page);
      expect(found.map[2]?.cachedBytes).toBeGreaterThanOrEqual(page);
      expect(found.map[0]?.cachedBytes).toBe(0);
      const other = await withFaults([{ op: 'cachestat', action: 'error', value: 38, times: 0, path }], () =>
        residency(path, null, { buckets: 4 }),
      );
      expect(other).toMatchObject({ witness: 'mincore', cachedBytes: found.cachedBytes, dirtyBytes: null });
      expect(other.map).toEqual(found.map);
      const one = await residency(path, [{ offset: 128 * page, length: 1 }]);
      expect(one).toMatchObject({ bytes: page, cachedBytes: page });
      expect(await residency(path, [{ offset: 0, length: page }])).toMatchObject({ bytes: page, cachedBytes: 0 });
    },
  );

  test('reports a store of many files as one map, in natural order, without links to directories', async () => {
    for (const i of [0, 1, 2, 10]) makeFile(`store/c/${i}`, i + 1);
    directory.write('store/zarr.json', '{}');
    directory.write('store/empty', '');
    fs.symlinkSync('c', directory.at('store/link'));
    fs.symlinkSync('nowhere', directory.at('store/broken'));
    const found = await residency(directory.at('store'), null, { buckets: 3 });
    expect(found).toMatchObject({ type: 'directory', files: 6, bytes: 17 * page + 2, cachedBytes: 17 * page + 2 });
    expect(found.failures).toEqual([{ path: directory.at('store/broken'), code: 'ENOENT' }]);
    expect(found.map.map(({ bytes }) => bytes)).toEqual([6 * page, 6 * page, 5 * page + 2]);
  });

  test('reports no bytes for an empty file and an empty directory', async () => {
    expect(await residency(directory.write('empty', ''))).toMatchObject({ bytes: 0, cachedBytes: 0, files: 1 });
    fs.mkdirSync(directory.at('hollow'));
    const hollow = await residency(directory.at('hollow'));
    expect(hollow).toMatchObject({ bytes: 0, cachedBytes: 0, files: 0 });
    expect(hollow.map).toEqual([{ bytes: 0, cachedBytes: 0 }]);
  });

  test('throws for a file that cannot be opened, and lists it as a failure in a store', async () => {
    const path = makeFile('guarded/x', 1);
    const fault = { op: 'open', action: 'error', value: errno.EACCES, times: 0, path: 'guarded/x' } as const;
    const error = await withFaults([fault], () => failure(() => residency(path)));
    expect(error).toMatchObject({ name: 'ReadError', code: 'EACCES', path });
    const found = await withFaults([fault], () => residency(directory.at('guarded')));
    expect(found).toMatchObject({ files: 0, failures: [{ path, code: 'EACCES' }] });
  });

  test('names an invalid argument', async () => {
    const path = makeFile('arguments', 1);
    const call = residency as (...args: unknown[]) => Promise<Residency>;
    const wrong: [unknown[], RegExp][] = [
      [[7], /a string or a file: URL for `path`/],
      [[path, [{ offset: -1, length: 1 }]], /`ranges\[0\]`/],
      [[path, 'all'], /`ranges`/],
      [[path, null, { buckets: 0 }], /`options.buckets`/],
      [[directory.path, [{ offset: 0, length: 1 }]], /no ranges, because the path is a directory/],
      [['/dev/null'], /neither a file nor a directory/],
    ];
    for (const [args, words] of wrong) expect((await failure(() => call(...args))).message).toMatch(words);
    expect(await failure(() => residency('/nope/x'))).toMatchObject({ code: 'ENOENT' });
  });

  test('can be aborted', async () => {
    const aborted = { signal: AbortSignal.abort(new Error('enough')) };
    expect(await failure(() => residency(makeFile('abort', 1), null, aborted))).toMatchObject({
      name: 'AbortError',
      cause: { message: 'enough' },
    });
  });
});

describe.runIf(onDisk)('evict', () => {
  test('flushes and evicts a file, and keeps its data', async () => {
    const path = makeFile('evicted', 40, 5);
    const done = await evict(path);
    expect(done).toMatchObject({ path, evictedBytes: 40 * page + 5, remainingBytes: 0, reasons: [] });
    expect(done.before.cachedBytes).toBe(40 * page + 5);
    expect(done.after).toMatchObject({ cachedBytes: 0, dirtyBytes: 0 });
    expect(fs.readFileSync(path).every((byte) => byte === 7)).toBe(true);
  });

  test('evicts only the ranges', async () => {
    const path = makeFile('ranges', 64);
    await evict(path);
    // Reads the file repeatedly until every page is cached, whatever the folio size: pages [0, 16), which are evicted
    // below, and [16, 64), which must stay.
    for (let i = 0; i < 64; i++) fs.readFileSync(path);
    const done = await evict(path, [{ offset: 0, length: 16 * page }]);
    expect(done.before).toMatchObject({ bytes: 16 * page, cachedBytes: 16 * page });
    // A folio that extends beyond the range stays cached. This is then the only reason for remaining bytes.
    if (done.remainingBytes !== 0) expect(done.reasons.map(({ code }) => code)).toEqual(['range']);
    const rest = await residency(path, [{ offset: 16 * page, length: 48 * page }]);
    expect(rest.cachedBytes).toBe(48 * page);
  });

  test('evicts a store of many files', async () => {
    for (let i = 0; i < 600; i++) makeFile(`tiles/${i}`, 1);
    const done = await evict(directory.at('tiles'));
    expect(done).toMatchObject({ evictedBytes: 600 * page, remainingBytes: 0, reasons: [] });
  });

  test('releases a file that this process has mapped by reading it', async () => {
    const shape = [64, 64, 64];
    const data = new Float32Array(64 * 64 * 64).map((_, i) => i);
    const path = directory.write('mapped.npy', npyBytes(npyDict('<f4', false, shape), new Uint8Array(data.buffer)));
    const array = await openArray(path);
    await array.read('::2, ::3, ::5');
    await array.close();
    expect(await evict(path)).toMatchObject({ remainingBytes: 0, reasons: [] });
  });

  test('reports a failed flush as a reason, and does not throw', async () => {
    const path = makeFile('unflushed', 8);
    const done = await withFaults([{ op: 'sync', action: 'error', value: errno.EIO, times: 0, path }], () =>
      evict(path),
    );
    expect(done.reasons[0]).toMatchObject({ code: 'flush' });
    expect(done.reasons[0]?.message).toMatch(/EIO/);
  });

  test('works if a worker is terminated during the call', async () => {
    const path = makeFile('worker', 64);
    const entry = new URL('../../../build/Release/posixpar.node', import.meta.url).pathname;
    const code = `const b = require(${JSON.stringify(entry)});
      const loop = () => b.page_cache('evict', [${JSON.stringify(path)}], new Float64Array([0, 0, 1e9]), null).then(loop);
      loop(); require('worker_threads').parentPort.postMessage('going');`;
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(code, { eval: true });
      await new Promise((going) => worker.once('message', going));
      await worker.terminate();
    }
    expect(await evict(path)).toMatchObject({ remainingBytes: 0 });
  });
});

describe('this machine', () => {
  test('has memory', async () => {
    const { totalBytes, availableBytes, cacheBytes, counters } = await memoryInfo();
    expect(totalBytes).toBeGreaterThan(availableBytes ?? Infinity);
    expect(cacheBytes).toBeGreaterThan(0);
    expect(counters.majorFaults).toBeGreaterThan(0);
  });

  test('describes a directory by a file in it, and a link by its target', async () => {
    makeFile('described/deep/x', 1);
    fs.symlinkSync('described', directory.at('alias'));
    const found = await describeStorage(directory.at('alias'));
    expect(found).toMatchObject({ type: 'directory', realPath: directory.at('described') });
    expect(found.direct?.file).toBe(directory.at('described/deep/x'));
    expect(found.filesystem.totalBytes).toBeGreaterThan(0);
  });

  test('reports a broken symbolic link', async () => {
    fs.symlinkSync('nothing-here', directory.at('dangling'));
    expect(await failure(() => describeStorage(directory.at('dangling')))).toMatchObject({
      code: 'ENOENT',
      message: expect.stringMatching(/a broken symbolic link/),
    });
  });
});
