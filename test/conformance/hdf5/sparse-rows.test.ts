/** Reads some rows of each of many uncompressed chunks of a file that h5py wrote. */
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const chunks = 70;
const folder = new TemporaryDirectory();

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'a few rows of each chunk', () => {
  const read = async (touched: number, perChunk: number) => {
    const path = folder.at(`rows-${touched}-${perChunk}.h5`);
    runPython('test/conformance/hdf5/sparse-rows.py', path, String(chunks));
    await using array = await openArray(path);
    const rows = Array.from({ length: touched * perChunk }, (_, i) => {
      return Math.floor(i / perChunk) * 2048 + (i % perChunk) * 600 + (i % 7);
    });
    const result = await array.read([rows, null]);
    expect(result.data).toEqual(
      Float32Array.from(rows.flatMap((row) => Array.from({ length: 16 }, (_, c) => row * 16 + c))),
    );
    return result.stats;
  };

  test('are copied from a mapping if the data is cached, because a system call per row takes longer', async () => {
    const stats = await read(chunks, 3);
    expect(stats).toMatchObject({ engine: 'mmap', chunks });
    expect(stats.systemCalls).toBeLessThan(chunks);
  });

  test('are read by system calls if there are few in all chunks together', async () => {
    expect(await read(5, 3)).toMatchObject({ engine: 'pread', extents: 15, chunks: 5 });
  });
});
