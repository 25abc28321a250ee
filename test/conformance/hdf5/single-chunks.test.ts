/** Tests chunks in B-trees of version 1: a search for one chunk has the same result as a walk over all chunks. */
import { describe, expect, test } from 'vitest';
import type { ArrayDescriptor, ChunkBox } from '../../../lib/formats/format.js';
import { openDescriptor, openGroupDescriptor } from '../../../lib/formats/registry.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

function offsets(array: ArrayDescriptor, box: ChunkBox): Float64Array {
  const [layer] = runSync(
    array.layers(
      array.shape.map(() => 0),
      array.shape,
    ),
    nodeSyncBackend,
  );
  if (layer === undefined) throw new Error('No layer');
  const found = runSync(layer.index.locate(box), nodeSyncBackend);
  if (found.kind !== 'table') throw new Error('No table');
  return found.offsets;
}

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'one chunk of a B-tree of version 1', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const path = directory.at('chunks.h5');
  runPython('test/conformance/hdf5/single-chunks.py', path);
  const request = { options: {}, format: null };
  const group = runSync(openGroupDescriptor(path, { ...request, array: null }), nodeSyncBackend);
  const names = runSync(group.children(), nodeSyncBackend).map(({ name }) => name);

  test.each(names)('%s: is where a walk over the whole index finds it', (name) => {
    const open = () => runSync(openDescriptor(path, { ...request, array: name }), nodeSyncBackend);
    const array = open();
    const grid = array.shape.map((extent, d) => Math.ceil(extent / (array.chunkShape[d] ?? 1)));
    const all = grid.map((count) => Array.from({ length: count }, (_, i) => i));
    // Uses another descriptor, because `array` must not keep the locations of all chunks.
    const whole = [...offsets(open(), all)];
    expect(whole.every((offset) => offset > 0)).toBe(true);
    const [rows = 0, columns = 1] = grid;
    const step = Math.max(1, Math.floor(rows / 300));
    for (let row = rows - 1; row >= 0; row -= step) {
      for (let column = 0; column < columns; column += 1) {
        const box = grid.length === 1 ? [[row]] : [[row], [column]];
        expect([...offsets(array, box)], `chunk ${row}, ${column}`).toEqual([whole[row * columns + column]]);
      }
    }
  });
});
