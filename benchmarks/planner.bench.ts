/** Measures the throughput of the planner, without I/O: normalizing selections, planning and coalescing chunks. */
import { bench, describe } from 'vitest';
import { finish } from '../lib/core/checkpoint.js';
import { dtypeInfo } from '../lib/core/dtype.js';
import { coalesceChunks } from '../lib/plan/coalesce.js';
import { normalizeSelection } from '../lib/plan/hyperslab.js';
import { type ChunkGrid, rowMajor } from '../lib/plan/layout.js';
import { onePlace, type TableLocations } from '../lib/plan/locations.js';
import { type GridFacts, planFixed } from '../lib/plan/read-plan.js';
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
const count = 100_000;
const table: TableLocations = {
  ...onePlace('a', 0, 0),
  offsets: Float64Array.from({ length: count }, (_, i) => i * 20_000),
  lengths: new Float64Array(count).fill(19_000),
};
const plainFacts: GridFacts<ChunkGrid> = { isPlain: () => true, fixedLocations: () => onePlace('a', 0, 6.6e9) };
const encodedFacts: GridFacts<ChunkGrid> = { isPlain: () => false, fixedLocations: () => table };
const type = dtypeInfo('float32');
const fill = { type, words: [0, 0, 0, 0] };
const conversion = { out: type, overflow: 'error', scaling: null, decoding: null, fill } as const;
const box = [slice(101, 117), slice(37, 69), slice(211, 243)];
const boxRequest = { slab: normalizeSelection(box, shape), conversion, coalescing };
const wholeRequest = { slab: normalizeSelection(null, shape), conversion, coalescing };

describe('a box of 16x32x32', () => {
  bench('normalized', () => {
    normalizeSelection(box, shape);
  });
  bench('planned in one chunk', () => {
    planFixed(boxRequest, [oneChunk], plainFacts);
  });
  bench('planned in a grid of 100,000 chunks', () => {
    planFixed(boxRequest, [manyChunks], plainFacts);
  });
});

describe('100,000 chunks', () => {
  bench('planned and coalesced', () => {
    planFixed(wholeRequest, [manyChunks], encodedFacts);
  });
  bench('coalesced', () => {
    finish(coalesceChunks(table, coalescing));
  });
});
