/** Throughput of the planner, which is pure: selections made normal, plans, and the chunks of a plan grouped. */
import { bench, describe } from 'vitest';
import { groupChunks } from '../lib/plan/coalesce.js';
import { normalizeSelection } from '../lib/plan/hyperslab.js';
import { type ChunkGrid, rowMajor } from '../lib/plan/layout.js';
import { planRead } from '../lib/plan/read-plan.js';
import { slice } from '../lib/plan/selection.js';

const grid = (shape: number[], chunkShape: number[]): ChunkGrid => ({
  start: shape.map(() => 0),
  stop: shape,
  origin: shape.map(() => 0),
  chunkShape,
  gridShape: shape,
  layout: { dtype: 'float32', byteOrder: 'little', axisOrder: rowMajor(shape.length), edge: 'full' },
});

const shape = [800, 1600, 1280];
const oneChunk = grid(shape, shape);
const manyChunks = grid(shape, [16, 32, 32]);
const coalescing = { gapBytes: 4096, maxBytes: 1 << 20 };
const isPlain = (): boolean => true;
const isEncoded = (): boolean => false;
const box = [slice(101, 117), slice(37, 69), slice(211, 243)];
const boxSlab = normalizeSelection(box, shape);
const wholeSlab = normalizeSelection(null, shape);

describe('a box of 16x32x32', () => {
  bench('made normal', () => {
    normalizeSelection(box, shape);
  });
  bench('planned in one chunk', () => {
    planRead(boxSlab, [oneChunk], isPlain, coalescing);
  });
  bench('planned in a grid of 100,000 chunks', () => {
    planRead(boxSlab, [manyChunks], isPlain, coalescing);
  });
});

describe('100,000 chunks', () => {
  const count = 100_000;
  const offsets = Float64Array.from({ length: count }, (_, i) => i * 20_000);
  const lengths = new Float64Array(count).fill(19_000);
  const table = { kind: 'table', files: ['a'], fileIndex: null, offsets, lengths, filterMasks: null } as const;
  bench('planned', () => {
    planRead(wholeSlab, [manyChunks], isEncoded, coalescing);
  });
  bench('grouped by their places in the file', () => {
    groupChunks(table, coalescing);
  });
});
