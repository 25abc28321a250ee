// Tests reductions that add cached elements directly from the file: results, statistics, and what happens if a part of
// the file is not cached, changes, or cannot be read.
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AbortError,
  type ArrayHandle,
  type Progress,
  type ReadStats,
  type Reduction,
  slice,
} from '../../../lib/index.js';
import { errno, failure, withFaults } from '../../support/faults.js';
import { openForTests } from '../../support/opened-arrays.js';
import { type NpyOptions, npyHeaderBytes, writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const pieceBytes = 256 * 1024;
/** Long enough for several pieces, of which the last is shorter. */
const shape = [3, 67_001];
const elements = 3 * 67_001;
const value = (i: number): number => ((i * 2_654_435_761) % 1009) - 504;

/** Writes the same elements as one Zarr chunk, which is never added directly. */
function writeZarr(name: string, dtype: 'float32' | 'float64' | 'int16'): string {
  const data = new { float32: Float32Array, float64: Float64Array, int16: Int16Array }[dtype](elements);
  for (let i = 0; i < elements; i++) data[i] = value(i);
  return writeFiles(folder.at(name), {
    'zarr.json': arrayV3({
      shape,
      data_type: dtype,
      chunk_grid: { name: 'regular', configuration: { chunk_shape: shape } },
    }),
    'c/0/0': new Uint8Array(data.buffer),
  });
}

async function reduceBoth(a: ArrayHandle, b: ArrayHandle, operation: Reduction): Promise<ReadStats> {
  const [got, want] = [await a.reduce(operation), await b.reduce(operation)];
  expect(got.data, operation).toEqual(want.data);
  return got.stats;
}

/** True if all elements were added from pieces of the file. */
function isDirect(stats: ReadStats, bytes: number): boolean {
  return stats.extents === Math.ceil(bytes / pieceBytes) && stats.bytesCached === bytes;
}

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
      const zarr = await openForTests(writeZarr(`${i}.zarr`, dtype));
      const bytes = elements * { float32: 4, float64: 8, int16: 2 }[dtype];
      for (const operation of ['count', 'min', 'max', 'sum', 'mean', 'std'] as const) {
        const stats = await reduceBoth(npy, zarr, operation);
        expect(isDirect(stats, bytes), operation).toBe(true);
      }
      const bins = { bins: 7 };
      expect((await npy.reduce('histogram', bins)).data).toEqual((await zarr.reduce('histogram', bins)).data);
      const q = { q: [0.1, 0.5] };
      expect((await npy.reduce('quantile', q)).data).toEqual((await zarr.reduce('quantile', q)).data);
    });
  }

  it('adds a part of the array, and reads other selections as usual', async () => {
    const npy = await openForTests(writeNpy(folder, 'part.npy', shape, { value }));
    const sum = (of: (i: number) => boolean): number => {
      let total = 0;
      for (let i = 0; i < elements; i++) if (of(i)) total += value(i);
      return total;
    };
    const rows = await npy.reduce('sum', { selection: [slice(1, 3)] });
    expect([rows.data[0], isDirect(rows.stats, 2 * 67_001 * 4)]).toEqual([sum((i) => i >= 67_001), true]);
    const reversed = await npy.reduce('sum', { selection: [slice(null, null, -1), slice(null, null, -1)] });
    expect([reversed.data[0], isDirect(reversed.stats, elements * 4)]).toEqual([sum(() => true), true]);
    const half = await npy.reduce('sum', { selection: [null, slice(null, null, 2)] });
    expect(half.data[0]).toBe(sum((i) => (i % 67_001) % 2 === 0));
    const listed = await npy.reduce('sum', { selection: [[1, 1, 0]] });
    expect(listed.data[0]).toBe(sum((i) => i < 67_001) + 2 * sum((i) => Math.floor(i / 67_001) === 1));
    const columns = await npy.reduce('count', { axis: 0 });
    expect(columns.data.every((count) => count === 3)).toBe(true);
  });

  it('adds each element once if a piece is not cached or cannot be read', async () => {
    const path = writeNpy(folder, 'faults.npy', shape, { value });
    for (const value of [errno.EAGAIN, errno.EIO]) {
      for (const piece of [0, 1, 3]) {
        const npy = await openForTests(path);
        const offset = npyHeaderBytes + piece * pieceBytes;
        const fault = { op: 'pread', action: 'error', value, offset, length: 1 } as const;
        const { data } = await withFaults([fault], () => npy.reduce('count'));
        expect(data[0], `${value} ${piece}`).toBe(elements);
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
    const [read, reduced] = [await failure(() => npy.read()), await failure(() => npy.reduce('sum'))];
    expect([reduced.name, reduced.message]).toEqual([read.name, read.message]);
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
