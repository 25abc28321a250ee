/** Compares the first chunks of hyperslabs with a list of all their chunks. */
import { expect, test } from 'vitest';
import { firstChunks } from '../../../lib/plan/first-chunks.js';
import { type Axis, type Hyperslab, normalizeSelection } from '../../../lib/plan/hyperslab.js';
import { slice } from '../../../lib/plan/selection.js';
import { Random, testSeed } from '../../support/random.js';

function indicesOf(axis: Axis): number[] {
  if (axis.kind === 'list') return [...axis.indices];
  return Array.from({ length: axis.count }, (_, i) => axis.start + i * axis.step);
}

/** Returns the chunks that a slab touches, in the order in which it touches them. */
function chunksOf(slab: Hyperslab, chunkShape: readonly number[]): string[] {
  let chunks: string[] = [''];
  for (const [d, axis] of slab.entries()) {
    const along = [...new Set(indicesOf(axis).map((index) => Math.floor(index / (chunkShape[d] ?? 1))))];
    chunks = chunks.flatMap((before) => along.map((chunk) => `${before},${chunk}`));
  }
  return chunks;
}

const seed = testSeed();

test(`a cut slab begins with the same chunks, and has at most twice as many as the limit (seed ${seed})`, () => {
  const random = new Random(seed);
  let cuts = 0;
  for (let i = 0; i < 3000; i++) {
    const shape = Array.from({ length: random.below(4) }, () => 1 + random.below(30));
    const chunkShape = shape.map(() => 1 + random.below(6));
    const entries = shape.map((size) => {
      const at = (): number => random.below(size);
      return random.pick([
        null,
        at(),
        slice(at(), null, 1 + random.below(8)),
        slice(null, at(), -1 - random.below(8)),
        Array.from({ length: random.below(9) }, at),
      ]);
    });
    const slab = normalizeSelection(entries, shape);
    const limit = 1 + random.below(20);
    const all = chunksOf(slab, chunkShape);
    const { slab: first, isCut } = firstChunks(slab, chunkShape, limit);
    expect(isCut).toBe(all.length > limit);
    const found = chunksOf(first, chunkShape);
    expect(found).toEqual(all.slice(0, found.length));
    if (!isCut) expect(found.length).toBe(all.length);
    else {
      cuts++;
      expect(found.length).toBeGreaterThan(limit);
      expect(found.length).toBeLessThanOrEqual(2 * limit + 1);
    }
  }
  expect(cuts).toBeGreaterThan(300);
});

test('a slab of more chunks than memory could hold is cut', () => {
  const shape = [2 ** 40, 2 ** 40, 2 ** 40];
  const { slab, isCut } = firstChunks(normalizeSelection(undefined, shape), [1, 1, 1], 4096);
  expect(isCut).toBe(true);
  expect(slab.map(({ count }) => count)).toEqual([1, 1, 4097]);
});
