/** Tests that locations of chunks that are kept in memory are those that the index contains. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ArrayDescriptor, ChunkBox, ChunkIndex, ChunkLocations } from '../../../lib/formats/format.js';
import { Hdf5File } from '../../../lib/formats/hdf5/file.js';
import { openDescriptor } from '../../../lib/formats/registry.js';
import { openArray } from '../../../lib/index.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const [rows, columns] = [20, 30];
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'kept locations of HDF5 chunks', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const path = directory.at('kinds.h5');
  runPython('test/conformance/hdf5/kept-locations.py', path);
  const kinds = ['fixed-array', 'fixed-array-gzip', 'extensible-array', 'btree-v2', 'btree-v2-gzip'].map(
    (name) => [name, path] as const,
  );
  const old = ['btree-v1', 'btree-v1-gzip'].map((name) => [name, `${path}.old`] as const);
  afterEach(() => vi.restoreAllMocks());

  const openIndex = (name: string, file: string): ChunkIndex => {
    const request = { array: name, options: {}, format: null };
    const array: ArrayDescriptor = runSync(openDescriptor(file, request), nodeSyncBackend);
    const [layer] = runSync(array.layers([0, 0], array.shape), nodeSyncBackend);
    if (layer === undefined) throw new Error('No layer');
    return layer.index;
  };
  const locate = (index: ChunkIndex, box: ChunkBox): ChunkLocations => runSync(index.locate(box), nodeSyncBackend);

  test.each([...kinds, ...old])('%s: a box has the same locations as in the index', (name, file) => {
    const kept = openIndex(name, file);
    locate(kept, [range(rows - 1), range(columns)]);
    const readBlocks = vi.spyOn(Hdf5File.prototype, 'readBlocks');
    const random = new Random(5);
    const pick = (count: number): number[] => range(count).filter(() => random.below(6) === 0);
    for (let round = 0; round < 30; round++) {
      const box = [pick(rows), pick(columns)];
      if (box.some((list) => list.length === 0)) continue;
      readBlocks.mockClear();
      const found = locate(kept, box);
      expect(readBlocks).not.toHaveBeenCalled();
      const count = (box[0]?.length ?? 0) * (box[1]?.length ?? 0);
      const isFewChunks = count < (rows * columns) / 4;
      const walked = locate(openIndex(name, file), box);
      if (isFewChunks) expect(readBlocks).toHaveBeenCalled();
      // Only the kept table knows that a chunk outside of the box has a filter mask.
      const masks = (of: ChunkLocations) =>
        of.kind === 'table' ? [...(of.filterMasks ?? new Uint32Array(count))] : [];
      expect({ ...found, filterMasks: masks(found) }).toEqual({ ...walked, filterMasks: masks(walked) });
    }
  });

  test.each([...kinds, ...old])('%s: reads of many rows, then of few, have the same elements', async (name, file) => {
    await using array = await openArray(file, { array: name });
    const expected = (row: number): number[] =>
      range(columns).flatMap((column) => {
        const i = row * columns + column;
        return i % 7 === 0 ? [0, 0] : [i, -i];
      });
    for (const list of [range(rows).filter((row) => row !== 3), [17, 3, 17], range(rows)]) {
      expect([...array.readSync([list, null]).data]).toEqual(list.flatMap((row) => expected(row)));
    }
  });
});
