/**
 * Tests datasets with a million chunks. A search for the chunks of a small box must read only a few blocks of the
 * index, and find the same locations as a walk over the whole index.
 */
import { describe, expect, test } from 'vitest';
import type { ChunkBox, ChunkLocations } from '../../../lib/formats/format.js';
import { openDescriptor } from '../../../lib/formats/registry.js';
import { type IoCounters, newCounters } from '../../../lib/io/backend.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const kinds = ['btree-v1', 'implicit', 'fixed-array', 'extensible-array-first', 'extensible-array-last', 'btree-v2'];
/** Maximum number of metadata reads for opening the file and locating the chunks of one small box. */
const maxReads = 64;
const all = Array.from({ length: 100 }, (_, i) => i);

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'a million chunks', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  runPython('test/conformance/hdf5/million.py', directory.path);

  /** Opens the file again, and returns the chunk offsets of a box. */
  const locate = (kind: string, box: ChunkBox, counters: IoCounters = newCounters()): Float64Array => {
    const request = { array: 'd', options: {}, format: null };
    const array = runSync(openDescriptor(directory.at(`${kind}.h5`), request), nodeSyncBackend, counters);
    const [layer] = runSync(array.layers([0, 0, 0], array.shape), nodeSyncBackend, counters);
    if (layer === undefined) throw new Error('No layer');
    const found: ChunkLocations = runSync(layer.index.locate(box), nodeSyncBackend, counters);
    if (found.kind !== 'table') throw new Error('No table');
    return found.offsets;
  };

  test.each(kinds)('%s: opening the file and locating 4 x 4 x 4 chunks takes few reads', (kind) => {
    const counters = newCounters();
    const box = [all.slice(10, 14), all.slice(50, 54), all.slice(20, 24)];
    expect(locate(kind, box, counters).every((offset) => offset > 0)).toBe(true);
    expect(counters.reads).toBeLessThanOrEqual(maxReads);
  });

  test.each(kinds)('%s: finds all chunks at different locations, which small boxes also find', (kind) => {
    const offsets = locate(kind, [all, all, all]);
    expect(offsets.length).toBe(1_000_000);
    expect(offsets.every((offset) => offset > 0)).toBe(true);
    expect(new Set(offsets).size).toBe(1_000_000);
    const gaps = [3, 4, 57, 99];
    const picked = gaps.flatMap((i) => gaps.flatMap((j) => gaps.map((k) => offsets[(i * 100 + j) * 100 + k])));
    expect([...locate(kind, [gaps, gaps, gaps])]).toEqual(picked);
  });
});
