// Tests the cache of decoded chunks: results, counters, limits, closing, and files that change.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type AnySelection,
  type ArrayHandle,
  type ChunkCache,
  ClosedError,
  CodecError,
  createArray,
  createChunkCache,
  openArray,
  openGroup,
  ReadError,
  slice,
} from '../../../lib/index.js';
import { engines } from '../../support/engines.js';
import { errno, failure, untilHeld, whileHeld, withFaults } from '../../support/faults.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { counting, elementsOf, writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const large = 64 * 2 ** 20;

/**
 * Waits until the last change of the files below `path` was 25 ms ago. The cache keeps no chunks of a file that was
 * changed less than 20 ms ago.
 */
async function untilKept(path: string): Promise<string> {
  const files = fs.statSync(path).isDirectory()
    ? fs.readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
    : [path];
  const changedMs = Math.max(...files.map((file) => fs.statSync(file).ctimeMs));
  while (Date.now() < changedMs + 25) await sleep(5);
  return path;
}

/** Writes a matrix whose elements are their indices, and returns its path. */
async function writeMatrix(name: string, options: Parameters<typeof createArray>[1]): Promise<string> {
  const path = folder.at(name);
  await using array = await createArray(path, options);
  await array.write(null, counting(elementsOf(options.shape)));
  return path;
}

const zarr = { format: 'zarr', shape: [50, 70], dtype: 'float32', chunkShape: [8, 16] } as const;
/** Arrays with encoded chunks: one file per chunk, shards, and (with Python) an HDF5 file. */
const encoded: readonly (readonly [name: string, write: () => string | Promise<string>])[] = [
  ['Zarr v2, gzip, absent chunks', () => writeGzip(folder, 'v2.zarr', [50, 70], [8, 16], ['1.1', '6.4'])],
  ['Zarr v3, zstd', () => writeMatrix('v3.zarr', zarr)],
  ['Zarr v3, shards', () => writeMatrix('shards.zarr', { ...zarr, shape: [48, 64], shardShape: [16, 32] })],
];
if (pythonMissing === null) {
  (encoded as (readonly [string, () => string])[]).push([
    'HDF5, shuffle and gzip',
    () => {
      runPython('test/fault/write_hdf5.py', folder.at('chunks.h5'), '5000', '300');
      return folder.at('chunks.h5');
    },
  ]);
}

describe('a chunk cache', () => {
  const seed = testSeed();

  it.each(encoded)(`changes no result and saves reading and decoding: %s (seed ${seed})`, async (_, write) => {
    const path = await untilKept(await write());
    const random = new Random(seed);
    const plain = await openForTests(path);
    for (const engine of engines) {
      for (const bytes of [large, 3 * 512]) {
        using chunkCache = createChunkCache({ bytes });
        const array = await openForTests(path, { chunkCache, engine });
        for (let round = 0; round < 12; round++) {
          const { entries } = randomSelection(random, array.shape);
          const [expected, result] = [await plain.read(entries), await array.read(entries)];
          expect(result.data).toEqual(expected.data);
          const { stats } = result;
          expect(stats.chunksDecoded).toBe(stats.chunkCacheMisses);
          expect(stats.chunkCacheHits + stats.chunkCacheMisses + stats.chunksAbsent).toBe(stats.chunks);
          expect(chunkCache.usage.bytes).toBeLessThanOrEqual(bytes);
        }
        await array.read();
        const { stats } = await array.read();
        if (bytes < large) continue;
        expect([stats.chunksDecoded, stats.bytesRead]).toEqual([0, 0]);
        expect(stats.chunkCacheHits).toBe(stats.chunks - stats.chunksAbsent);
        expect(array.readSync().data).toEqual(plain.readSync().data);
      }
    }
  });

  it('serves readMany, stream, blocks, reduce, conversions and other handles', async () => {
    const path = await untilKept(await writeMatrix('all.zarr', zarr));
    using chunkCache = createChunkCache({ bytes: large });
    const [first, second] = [await openForTests(path, { chunkCache }), await openForTests(path, { chunkCache })];
    await first.read();
    const decoded = chunkCache.usage.misses;
    expect(decoded).toBe(chunkCache.usage.chunks);
    const boxes: AnySelection[] = Array.from({ length: 30 }, (_, i) => [slice(i, i + 9), slice(i, i + 20)]);
    const { results, stats } = await second.readMany(boxes);
    expect(stats.chunkCacheHits).toBe(stats.chunks);
    for (const [i, { data }] of results.entries()) expect(data[0]).toBe(71 * i);
    for await (const { index, result } of second.stream(boxes)) expect(result.data[0]).toBe(71 * index);
    for await (const { result } of second.blocks({ shape: [8, 16] })) expect(result.stats.chunksDecoded).toBe(0);
    const sum = await second.reduce('sum');
    expect(sum.data[0]).toBe((3500 * 3499) / 2);
    expect((await second.read([3], { as: 'int32' })).data[1]).toBe(211);
    expect(chunkCache.usage.misses).toBe(decoded);
  });

  it('decodes a chunk once for reads at the same time', async () => {
    const path = await untilKept(await writeMatrix('once.zarr', zarr));
    for (const engine of engines) {
      using chunkCache = createChunkCache({ bytes: large });
      const arrays = await Promise.all(Array.from({ length: 6 }, () => openForTests(path, { chunkCache, engine })));
      const reads = await Promise.all(arrays.flatMap((array) => [array.read(), array.read([slice(9, 40)])]));
      for (const { data } of reads.filter((_, i) => i % 2 === 0)) expect(data).toEqual(counting(3500));
      const chunks = Math.ceil(50 / 8) * Math.ceil(70 / 16);
      expect(reads.reduce((sum, { stats }) => sum + stats.chunksDecoded, 0)).toBe(chunks);
      expect(chunkCache.usage).toMatchObject({ misses: chunks, chunks, evictions: 0 });
    }
  });

  it('keeps the most recently used chunks within its limit', async () => {
    const path = await untilKept(writeGzip(folder, 'limit.zarr', [64, 64], [32, 32]));
    using chunkCache = createChunkCache({ bytes: 2 * 4096 });
    const array = await openForTests(path, { chunkCache });
    for (const [row, column] of [
      [0, 0],
      [0, 40],
      [0, 0],
      [40, 0],
    ])
      await array.read([row ?? 0, column ?? 0]);
    expect(chunkCache.usage).toEqual({ bytes: 8192, limitBytes: 8192, chunks: 2, hits: 1, misses: 3, evictions: 1 });
    expect((await array.read([0, 0])).stats.chunkCacheHits).toBe(1);
    expect((await array.read([0, 40])).stats.chunkCacheHits).toBe(0);
  });

  it('does not keep uncompressed chunks, and explain says so', async () => {
    using chunkCache = createChunkCache({ bytes: large });
    const plain = await openForTests(writeNpy(folder, 'plain.npy', [10, 10]), { chunkCache });
    expect(plain.explain().usesChunkCache).toBe(false);
    expect((await plain.read()).stats).toMatchObject({ chunkCacheHits: 0, chunkCacheMisses: 0 });
    expect(chunkCache.usage).toMatchObject({ chunks: 0, hits: 0, misses: 0 });
    const path = writeGzip(folder, 'explained.zarr', [10, 10], [5, 5]);
    expect((await openForTests(path, { chunkCache })).explain().usesChunkCache).toBe(true);
    expect((await openForTests(path)).explain().usesChunkCache).toBe(false);
  });

  it('can be given to a group', async () => {
    const path = folder.at('group.zarr');
    writeFiles(path, { '.zgroup': { zarr_format: 2 } });
    await untilKept(writeGzip(folder, 'group.zarr/a', [10, 10], [5, 5]));
    using chunkCache = createChunkCache({ bytes: large });
    const group = await openGroup(path, { chunkCache });
    await using array = await group.openArray('a');
    await array.read();
    expect((await array.read()).stats.chunkCacheHits).toBe(4);
  });

  it('can be cleared and closed while arrays use it', async () => {
    const path = await untilKept(writeGzip(folder, 'closed.zarr', [20, 20], [5, 5]));
    const chunkCache = createChunkCache({ bytes: large });
    const array = await openForTests(path, { chunkCache });
    const read = async (): Promise<ArrayHandle['size']> => {
      const { data, stats } = await array.read();
      expect(data).toEqual(counting(400));
      return stats.chunkCacheHits;
    };
    expect([await read(), await read()]).toEqual([0, 16]);
    chunkCache.clear();
    expect(chunkCache.usage).toMatchObject({ bytes: 0, chunks: 0 });
    expect([await read(), await read()]).toEqual([0, 16]);
    const running = Array.from({ length: 8 }, () => read());
    chunkCache.close();
    chunkCache.close();
    await Promise.all(running);
    expect([await read(), await read()]).toEqual([0, 0]);
    expect(chunkCache.usage).toMatchObject({ bytes: 0, chunks: 0, limitBytes: large });
    await expect(openArray(path, { chunkCache })).rejects.toThrow(ClosedError);
  });

  it('refuses options of the wrong type', async () => {
    for (const bytes of [-1, 0.5, '1', undefined] as number[])
      expect(() => createChunkCache({ bytes })).toThrow('Expected an integer of at least 0 for `options.bytes`');
    expect(() => createChunkCache({ bytes: 1, size: 2 } as { bytes: number })).toThrow(TypeError);
    await expect(openArray(folder.at('plain.npy'), { chunkCache: {} as ChunkCache })).rejects.toThrow(
      'Expected a chunk cache (see createChunkCache) for `options.chunkCache`, received an object of type Object',
    );
  });
});

describe('a chunk cache with files that change', () => {
  /** Replaces a chunk of 5 x 5 elements by rename. */
  function replace(path: string, value: number): void {
    const bytes = gzipSync(new Uint8Array(new Float32Array(25).fill(value).buffer), { level: 0 });
    fs.writeFileSync(`${path}.new`, bytes);
    fs.renameSync(`${path}.new`, path);
  }

  it('never returns a chunk that was replaced, however fast', async () => {
    const path = writeFiles(folder.at('replaced.zarr'), {
      '.zarray': arrayV2({ shape: [5, 5], chunks: [5, 5], dtype: '<f4', compressor: { id: 'gzip', level: 1 } }),
    });
    using chunkCache = createChunkCache({ bytes: large });
    const array = await openForTests(path, { chunkCache });
    let hits = 0;
    for (let version = 1; version <= 400; version++) {
      replace(join(path, '0.0'), version);
      if (version % 40 === 0) await untilKept(path);
      for (let again = 0; again < 3; again++) {
        const { data, stats } = await array.read();
        expect(data[24]).toBe(version);
        hits += stats.chunkCacheHits;
      }
    }
    // Every 40th version is old enough to be kept, so two of its three reads find it.
    expect(hits).toBeGreaterThanOrEqual(20);
  });

  it.skipIf(pythonMissing !== null)('never mixes the versions of a file that is replaced', async () => {
    const shapes = [600, 599].map((chunk) => {
      const template = folder.at(`template-${chunk}.h5`);
      runPython('test/fault/write_hdf5.py', template, '5000', String(chunk));
      return template;
    });
    const path = folder.at('versions.h5');
    using chunkCache = createChunkCache({ bytes: large });
    fs.copyFileSync(shapes[0] ?? '', path);
    for (let version = 0; version < 30; version++) {
      fs.copyFileSync(shapes[version % 2] ?? '', `${path}.new`);
      if (version % 3 === 0) await untilKept(`${path}.new`);
      const array = await openArray(path, { chunkCache });
      const reads = [array.read(), array.read([slice(700, 4000)])];
      fs.renameSync(`${path}.new`, path);
      for (const [i, outcome] of (await Promise.allSettled(reads)).entries()) {
        if (outcome.status === 'fulfilled')
          expect(outcome.value.data).toEqual(i === 0 ? counting(5000) : counting(4000).slice(700));
        else expect(outcome.reason).toMatchObject({ code: 'ECHANGED' });
      }
      await array.close();
      const now = await openForTests(path, { chunkCache });
      expect((await now.read()).data).toEqual(counting(5000));
    }
  });

  it('keeps no chunk that was changed in place', async () => {
    const path = await untilKept(writeGzip(folder, 'in-place.zarr', [5, 5], [5, 5]));
    using chunkCache = createChunkCache({ bytes: large });
    const array = await openForTests(path, { chunkCache });
    await array.read();
    const ones = gzipSync(new Uint8Array(new Float32Array(25).fill(1).buffer));
    fs.writeFileSync(join(path, '0.0'), ones);
    expect((await array.read()).data).toEqual(new Float32Array(25).fill(1));
  });
});

describe('a chunk cache with errors', () => {
  const read = (array: ArrayHandle) => array.read();

  it('does not keep failures', async () => {
    const path = await untilKept(writeGzip(folder, 'failing.zarr', [10, 10], [5, 5]));
    using chunkCache = createChunkCache({ bytes: large });
    const array = await openForTests(path, { chunkCache, engine: 'pread' });
    const fault = { op: 'pread', action: 'error', value: errno.EIO, path: '1.0' } as const;
    await withFaults([fault], async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => read(array)));
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      expect(failed).toMatchObject([{ reason: { code: 'EIO' } }]);
    });
    expect((await read(array)).data).toEqual(counting(100));
    fs.writeFileSync(join(path, '0.1'), 'damaged');
    await untilKept(path);
    for (let i = 0; i < 2; i++) expect(await failure(() => read(array))).toBeInstanceOf(CodecError);
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => read(array)));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await failure(() => read(array))).not.toBeInstanceOf(ReadError);
  });

  it('settles reads that are aborted or closed while another read decodes their chunk', async () => {
    const path = await untilKept(writeGzip(folder, 'aborted.zarr', [10, 10], [5, 5]));
    using chunkCache = createChunkCache({ bytes: large });
    const [owner, waiter, closed] = await Promise.all(
      [0, 1, 2].map(() => openArray(path, { chunkCache, engine: 'pread' })),
    );
    if (owner === undefined || waiter === undefined || closed === undefined) throw new Error('Expected three arrays');
    await whileHeld({ op: 'pread', path: '0.0' }, async (release) => {
      const first = owner.read([0, 0]);
      await untilHeld();
      const abort = new AbortController();
      const second = waiter.read([0, 0], { signal: abort.signal });
      const patient = waiter.read([1, 1]);
      await expect(waiter.read([9, 9])).resolves.toMatchObject({ shape: [] });
      abort.abort();
      await expect(second).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
      const third = closed.read([0, 0]);
      const closing = closed.close();
      release();
      await first;
      expect((await patient).data[0]).toBe(11);
      expect((await third).data[0]).toBe(0);
      await closing;
    });
    expect(chunkCache.usage.misses).toBe(2);
    await Promise.all([owner.close(), waiter.close()]);
  });
});
