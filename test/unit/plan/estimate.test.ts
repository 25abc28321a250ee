import { expect, test } from 'vitest';
import { finish } from '../../../lib/core/checkpoint.js';
import { estimateIo } from '../../../lib/plan/estimate.js';
import { extentsOf } from '../../../lib/plan/extents.js';
import { type ChunkGrid, columnMajor, rowMajor, type Spacing } from '../../../lib/plan/layout.js';
import type { ChunkLocations } from '../../../lib/plan/locations.js';
import { slice } from '../../../lib/plan/selection.js';
import { planManyOf, planOf } from '../../support/plans.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';

/**
 * Creates locations of `chunks` chunks of an array of rank `rank`: by name, or in tables with and without absent
 * chunks.
 */
function randomLocations(random: Random, rank: number, chunks: number): ChunkLocations {
  if (random.below(3) === 0) {
    const fields = Array.from({ length: rank }, (_, dimension) => ({ dimension, width: 0 }));
    return { kind: 'template', directory: 'd', literals: ['c', ...fields.map(() => '.')], fields, offset: 8 };
  }
  const absent = random.below(3);
  const isAbsent = (): boolean => (absent === 0 ? false : absent === 1 ? random.below(3) === 0 : random.below(10) > 0);
  const files = ['a', 'b', 'c'].slice(0, 1 + random.below(3));
  return {
    kind: 'table',
    files,
    fileIndex: files.length === 1 ? null : Uint32Array.from({ length: chunks }, () => random.below(files.length)),
    offsets: Float64Array.from({ length: chunks }, () => (isAbsent() ? -1 : random.below(10_000))),
    lengths: Float64Array.from({ length: chunks }, () => 1 + random.below(200)),
    filterMasks: null,
  };
}

/** Returns random space between the elements of float32 chunks. */
function randomSpacing(random: Random, axisOrder: readonly number[], chunkShape: readonly number[]): Spacing {
  const pitches = chunkShape.map(() => 0);
  let inner = 4;
  for (const d of [...axisOrder].reverse()) {
    const pitch = random.below(3) === 0 ? inner + random.below(20) : 0;
    pitches[d] = pitch;
    inner = Math.max(inner, pitch) * (chunkShape[d] ?? 1);
  }
  return { pitches, offset: random.below(9), tail: random.below(9) };
}

test('totals equal the sums over all extents, for random grids', () => {
  const seed = testSeed();
  const random = new Random(seed);
  let ofSpans = 0;
  for (let round = 0; round < 1500; round++) {
    const rank = random.below(5);
    const shape = Array.from({ length: rank }, () => 1 + random.below(9));
    const chunkShape = shape.map((extent) => 1 + random.below(extent));
    const axisOrder = random.below(2) === 0 ? rowMajor(rank) : columnMajor(rank);
    const edge = random.below(2) === 0 ? 'full' : 'clipped';
    const spacing =
      edge === 'full' && random.below(2) === 0 ? { spacing: randomSpacing(random, axisOrder, chunkShape) } : {};
    const grid: ChunkGrid = {
      start: shape.map(() => 0),
      stop: shape,
      origin: shape.map(() => 0),
      chunkShape,
      gridShape: shape,
      layout: { dtype: 'float32', byteOrder: 'little', axisOrder, edge, ...spacing },
    };
    const selection = shape.map((extent) => {
      switch (random.below(4)) {
        case 0:
          return random.below(extent);
        case 1:
          return slice(random.below(extent), null, 1 + random.below(4));
        case 2:
          return slice(null, null, -1 - random.below(2));
        default:
          return Array.from({ length: 1 + random.below(6) }, () => random.below(extent));
      }
    });
    const coalescing = { gapBytes: random.below(4) * 8, maxBytes: 4 + random.below(200) };
    const none: ChunkLocations = { kind: 'absent' };
    const [sized] = planOf(selection, shape, grid, none, coalescing).layers;
    const locations = randomLocations(random, rank, sized?.chunkCount ?? 0);
    const encoding = random.below(2) === 0 ? 'plain' : 'encoded';
    const [planned] = planOf(selection, shape, grid, locations, coalescing, encoding).layers;
    if (planned === undefined) throw new Error('no layer');
    // Small uncompressed chunks are read as a whole unless there is only one. To test partial reads of many chunks,
    // half of these layers are changed to partial reads if the plan of a single chunk has them.
    const [alone] = planOf(
      shape.map(() => 0),
      shape,
      grid,
      none,
      coalescing,
    ).layers;
    const inParts =
      planned.extentShape ?? (encoding === 'plain' && random.below(2) === 0 ? (alone?.extentShape ?? null) : null);
    const level = inParts === null || rank === 0 ? 0 : random.below(rank);
    const extentShape = inParts === null ? null : { level, block: 1 + random.below(4) };
    const layer = extentShape === null ? planned : { ...planned, extentShape, chunkExtents: null };
    if (extentShape !== null) ofSpans += 1;
    const all = [...extentsOf(layer)];
    expect({ seed, round, ...finish(estimateIo(layer)) }).toEqual({
      seed,
      round,
      files: new Set(all.map(({ file }) => file)).size,
      extents: all.length,
      bytes: all.reduce((sum, { length }) => sum + length, 0),
      absent: locations.kind === 'table' ? [...locations.offsets].filter((offset) => offset < 0).length : 0,
    });
  }
  expect(ofSpans).toBeGreaterThan(300);
});

test('totals of many boxes equal the sums over all extents', () => {
  const seed = testSeed();
  const random = new Random(seed);
  let ofParts = 0;
  for (let round = 0; round < 300; round++) {
    const rank = 1 + random.below(3);
    const isLarge = random.below(2) === 0;
    const shape = Array.from({ length: rank }, () => (isLarge ? 200 : 1) + random.below(9));
    // Chunks of more than 64 KiB are read in parts.
    const chunkShape = shape.map((extent) => (isLarge ? 150 : 1 + random.below(extent)));
    const grid: ChunkGrid = {
      start: shape.map(() => 0),
      stop: shape,
      origin: shape.map(() => 0),
      chunkShape,
      gridShape: shape,
      layout: { dtype: 'float32', byteOrder: 'little', axisOrder: rowMajor(rank), edge: 'clipped' },
    };
    const boxes = Array.from(
      { length: 1 + random.below(8) },
      () => randomSelection(random, isLarge ? [9, ...shape.slice(1).map(() => 7)] : shape).entries,
    );
    const coalescing = { gapBytes: random.below(4) * 8, maxBytes: 4 + random.below(200) };
    const encoding = random.below(3) > 0 ? 'plain' : 'encoded';
    const locations = (chunks: number): ChunkLocations => randomLocations(random, rank, chunks);
    for (const layer of planManyOf(boxes, shape, grid, locations, coalescing, encoding).layers) {
      if (layer.extentShape !== null && layer.uses !== null) ofParts += 1;
      const all = [...extentsOf(layer)];
      const { extents, bytes } = finish(estimateIo(layer));
      expect({ seed, round, extents, bytes }).toEqual({
        seed,
        round,
        extents: all.length,
        bytes: all.reduce((sum, { length }) => sum + length, 0),
      });
    }
  }
  expect(ofParts).toBeGreaterThan(20);
});
