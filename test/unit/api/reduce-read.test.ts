// Tests reductions whose elements are added by the threads that read them: results, statistics, and what happens if a
// part of the file is not cached, changes, or cannot be read.
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { ReduceOperation } from '../../../lib/api/reduce-options.js';
import {
  AbortError,
  type ArrayHandle,
  CodecError,
  concat,
  createChunkCache,
  type Progress,
  type ReadStats,
  type ReduceOptions,
  type Selection,
  slice,
} from '../../../lib/index.js';
import { errno, failure, withFaults } from '../../support/faults.js';
import { openForTests } from '../../support/opened-arrays.js';
import { type NpyOptions, npyHeaderBytes, writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const pieceBytes = 256 * 1024;
/** Long enough for several extents. */
const shape = [3, 67_001];
const elements = 3 * 67_001;
const value = (i: number): number => ((i * 2_654_435_761) % 1009) - 504;

/**
 * Reduces an array, and the same elements of a joined array, which is read in blocks. Expects equal results, and that
 * no block of the array itself is read. Returns the statistics of the first reduction.
 */
async function reduceBoth(array: ArrayHandle, operation: ReduceOperation, options: ReduceOptions): Promise<ReadStats> {
  const readInto = vi.spyOn(array, 'readInto');
  const all = operation === 'histogram' ? { ...options, bins: 7, range: [-600, 600] } : options;
  const got = await array.reduce(operation as 'mean', all);
  // Quantiles of few elements are computed from the elements.
  if (operation !== 'quantile') expect(readInto, operation).not.toHaveBeenCalled();
  const joined = concat([array]);
  expect(joined).not.toHaveProperty('addTo');
  const want = await joined.reduce(operation as 'mean', all);
  readInto.mockRestore();
  expect([got.data, got.mask], operation).toEqual([want.data, want.mask]);
  return got.stats;
}

const operations = ['count', 'min', 'max', 'sum', 'mean', 'std', 'histogram', 'quantile'] as const;

describe('a reduction of cached, contiguous elements', () => {
  const layouts: readonly NpyOptions[] = [
    { dtype: 'float32' },
    { dtype: 'float32', big: true },
    { dtype: 'float64', fortran: true },
    { dtype: 'int16', big: true },
  ];
  for (const [i, layout] of layouts.entries()) {
    it(`adds pieces of the file: ${JSON.stringify(layout)}`, async () => {
      const dtype = layout.dtype as 'float32' | 'float64' | 'int16';
      const npy = await openForTests(writeNpy(folder, `${i}.npy`, shape, { ...layout, value }));
      const bytes = elements * { float32: 4, float64: 8, int16: 2 }[dtype];
      for (const operation of operations) {
        const { bytesRead, bytesMapped, extents } = await reduceBoth(npy, operation, {});
        const passes = bytesRead / bytes;
        expect([Number.isInteger(passes), bytesMapped], operation).toEqual([true, 0]);
        expect(extents / passes, operation).toBeGreaterThanOrEqual(bytes / pieceBytes);
      }
    });
  }

  it('adds any selection', async () => {
    const npy = await openForTests(writeNpy(folder, 'part.npy', shape, { value }));
    const sum = (of: (i: number) => boolean): number => {
      let total = 0;
      for (let i = 0; i < elements; i++) if (of(i)) total += value(i);
      return total;
    };
    const sumOf = async (selection: Selection): Promise<number> =>
      (await npy.reduce('sum', { selection })).data[0] as number;
    expect(await sumOf([slice(1, 3)])).toBe(sum((i) => i >= 67_001));
    expect(await sumOf([slice(null, null, -1), slice(null, null, -1)])).toBe(sum(() => true));
    expect(await sumOf([null, slice(null, null, 2)])).toBe(sum((i) => (i % 67_001) % 2 === 0));
    expect(await sumOf([[1, 1, 0]])).toBe(sum((i) => i < 67_001) + 2 * sum((i) => Math.floor(i / 67_001) === 1));
    const columns = await npy.reduce('count', { axis: 0 });
    expect(columns.data.every((count) => count === 3)).toBe(true);
  });

  it('adds each element once if an extent is not cached, and reports one that cannot be read', async () => {
    const path = writeNpy(folder, 'faults.npy', shape, { value });
    for (const value of [errno.EAGAIN, errno.EIO]) {
      for (const piece of [0, 1]) {
        const npy = await openForTests(path);
        const offset = npyHeaderBytes + piece * pieceBytes;
        const fault = { op: 'pread', action: 'error', value, offset, length: 1 } as const;
        const counted = withFaults([fault], () => npy.reduce('count'));
        if (value === errno.EIO) expect(await failure(() => counted)).toMatchObject({ code: 'EIO', path });
        else expect((await counted).data[0], `${piece}`).toBe(elements);
        expect((await npy.reduce('count')).data[0]).toBe(elements);
      }
    }
  });

  it('reports a file that was changed after it was opened', async () => {
    const path = writeNpy(folder, 'changed.npy', shape, { value });
    const npy = await openForTests(path);
    fs.utimesSync(path, 1, 1);
    expect(await failure(() => npy.reduce('sum'))).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path });
  });

  it('reports an incomplete file as a read does', async () => {
    const path = writeNpy(folder, 'short.npy', shape, { value });
    const npy = await openForTests(path);
    fs.truncateSync(path, npyHeaderBytes + pieceBytes + 100);
    const reduced = await failure(() => npy.reduce('sum'));
    expect(reduced).toMatchObject({ _tag: 'ReadError', code: 'EOF', path });
    expect(reduced.message).toMatch(/expected \d+ bytes, found 100 before the end of the file/);
  });

  it('reports progress, and ends when it is aborted', async () => {
    const npy = await openForTests(writeNpy(folder, 'progress.npy', shape, { value }));
    const reports: Progress[] = [];
    await npy.reduce('sum', { onProgress: (progress) => reports.push(progress) });
    const bytes = elements * 4;
    expect(reports).toEqual([{ bytesDone: bytes, bytesTotal: bytes, chunksDone: 1, chunksTotal: 1 }]);
    const controller = new AbortController();
    const reduced = npy.reduce('sum', { signal: controller.signal });
    controller.abort();
    expect(await failure(() => reduced)).toBeInstanceOf(AbortError);
  });
});

/** Chunks of {@link writeGzip} that are not stored. */
const absent = ['0/1', '3/4'];
const grid = { shape: [50, 70], chunk: [16, 15] };

/** Writes gzip chunks of int16, of which some are absent, with elements that the attributes call missing. */
function writeGzip(name: string, endian: 'little' | 'big'): string {
  const [rows = 0, columns = 0] = grid.shape;
  const [height = 0, width = 0] = grid.chunk;
  const files: Record<string, object | Uint8Array> = {
    'zarr.json': arrayV3({
      shape: grid.shape,
      data_type: 'int16',
      fill_value: 3,
      chunk_grid: { name: 'regular', configuration: { chunk_shape: grid.chunk } },
      codecs: [
        { name: 'bytes', configuration: { endian } },
        { name: 'gzip', configuration: { level: 1 } },
      ],
      attributes: { _FillValue: 11, scale_factor: 0.5, add_offset: 100 },
    }),
  };
  for (let r = 0; r * height < rows; r++) {
    for (let c = 0; c * width < columns; c++) {
      const bytes = new DataView(new ArrayBuffer(2 * height * width));
      for (let i = 0; i < height * width; i++) bytes.setInt16(2 * i, (i * 7 + r + c) % 23, endian === 'little');
      if (!absent.includes(`${r}/${c}`)) files[`c/${r}/${c}`] = gzipSync(new Uint8Array(bytes.buffer));
    }
  }
  return writeFiles(folder.at(name), files);
}

describe('a reduction of encoded chunks', () => {
  const selections: Record<string, Selection> = {
    all: [],
    steps: [slice(3, 49, 3), slice(null, null, -2)],
    lists: [
      [5, 5, 40, 1],
      [69, 0, 16],
    ],
    'one row': [7],
    'one element': [49, 69],
  };
  const reads: Record<string, ReduceOptions> = {
    stored: {},
    float64: { as: 'float64' },
    decoded: { decode: 'cf' },
    'without missing elements': { skipMissing: true },
    'decoded, with missing elements': { decode: 'cf', skipMissing: false },
  };
  for (const endian of ['little', 'big'] as const) {
    for (const [name, options] of Object.entries(reads)) {
      it(`adds decoded chunks: ${endian}, ${name}`, async () => {
        const array = await openForTests(writeGzip(`${endian}-${name}.zarr`, endian));
        for (const selection of Object.values(selections)) {
          for (const operation of operations) await reduceBoth(array, operation, { ...options, selection });
        }
      });
    }
  }

  it('decodes each chunk once, with every engine and a cache of chunks', async () => {
    const store = writeGzip('engines.zarr', 'little');
    const chunks = 4 * 5 - absent.length;
    for (const engine of ['auto', 'pread', 'direct', 'uring', 'uring-direct', 'mmap'] as const) {
      const array = await openForTests(store, { engine });
      const stats = await reduceBoth(array, 'mean', {});
      expect([stats.chunks, stats.chunksDecoded, stats.chunksAbsent], engine).toEqual([20, chunks, absent.length]);
    }
    const array = await openForTests(store, { chunkCache: createChunkCache({ bytes: 2 ** 20 }) });
    const [first, second] = [await reduceBoth(array, 'std', {}), await reduceBoth(array, 'std', {})];
    expect([first.chunksDecoded, second.chunksDecoded, second.chunkCacheHits]).toEqual([chunks, 0, chunks]);
  });

  it('reports a damaged chunk, and does not change the state', async () => {
    const store = writeGzip('damaged.zarr', 'little');
    const array = await openForTests(store);
    const before = (await array.reduce('sum')).data[0];
    const stored = fs.readFileSync(`${store}/c/2/2`);
    fs.writeFileSync(`${store}/c/2/2`, stored.subarray(0, 40));
    const [read, reduced] = [await failure(() => array.read()), await failure(() => array.reduce('sum'))];
    expect([reduced.name, reduced.message]).toEqual([read.name, read.message]);
    expect(reduced).toBeInstanceOf(CodecError);
    fs.writeFileSync(`${store}/c/2/2`, stored);
    expect((await array.reduce('sum')).data[0]).toBe(before);
  });

  it('adds each element once if chunks are not cached', async () => {
    const array = await openForTests(writeGzip('waits.zarr', 'little'));
    const fault = { op: 'pread', action: 'error', value: errno.EAGAIN, count: 7 } as const;
    const { data } = await withFaults([fault], () => array.reduce('count'));
    expect(data[0]).toBe(50 * 70);
  });
});
