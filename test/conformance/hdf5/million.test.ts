/** Datasets of a million chunks: a small box reads little of the index, and the whole list agrees with it. */
import { describe, expect, test } from 'vitest';
import type { ChunkBox, ChunkLocations } from '../../../lib/formats/format.js';
import { openDescriptor } from '../../../lib/formats/registry.js';
import { type IoCounters, newCounters } from '../../../lib/io/backend.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const kinds = ['btree-v1', 'implicit', 'fixed-array', 'extensible-array-first', 'extensible-array-last', 'btree-v2'];
/** The most reads of metadata from opening the file to having the chunks of one small box. */
const maxReads = 64;
const all = Array.from({ length: 100 }, (_, i) => i);

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'a million chunks', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  runPython('test/conformance/hdf5/million.py', directory.path);

  /** Opens the file again and returns the chunks of a box. */
  const locate = (kind: string, box: ChunkBox, counters: IoCounters = newCounters()): Float64Array => {
    const request = { array: 'd', options: {}, format: null };
    const array = runSync(openDescriptor(directory.at(`${kind}.h5`), request), nodeSyncBackend, counters);
    const [layer] = runSync(array.layers([0, 0, 0], array.shape), nodeSyncBackend, counters);
    if (layer === undefined) throw new Error('No layer');
    const found: ChunkLocations = runSync(layer.index.locate(box), nodeSyncBackend, counters);
    if (found.kind !== 'table') throw new Error('No table');
    return found.offsets;
  };

  test.each(kinds)('%s: a cold open and a box of 4 x 4 x 4 chunks take few reads', (kind) => {
    const counters = newCounters();
    const box = [all.slice(10, 14), all.slice(50, 54), all.slice(20, 24)];
    expect(locate(kind, box, counters).every((offset) => offset > 0)).toBe(true);
    expect(counters.reads).toBeLessThanOrEqual(maxReads);
  });

  test.each(kinds)('%s: all chunks are found, each at its own place, and as by small boxes', (kind) => {
    const offsets = locate(kind, [all, all, all]);
    expect(offsets.length).toBe(1_000_000);
    expect(offsets.every((offset) => offset > 0)).toBe(true);
    expect(new Set(offsets).size).toBe(1_000_000);
    const gaps = [3, 4, 57, 99];
    const picked = gaps.flatMap((i) => gaps.flatMap((j) => gaps.map((k) => offsets[(i * 100 + j) * 100 + k])));
    expect([...locate(kind, [gaps, gaps, gaps])]).toEqual(picked);
  });
});
