// Inverts projections (plan/uses.ts) and compares the result with a table of every chunk.
import { describe, expect, it } from 'vitest';
import { finish } from '../../../lib/core/checkpoint.js';
import { normalizeSelection } from '../../../lib/plan/hyperslab.js';
import { projectAxis } from '../../../lib/plan/projection.js';
import type { Projection } from '../../../lib/plan/read-plan.js';
import { chunkAt } from '../../../lib/plan/segments.js';
import { invertProjections } from '../../../lib/plan/uses.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';

function project(selection: Parameters<typeof normalizeSelection>[0], shape: readonly number[], chunks: number[]) {
  const axes = normalizeSelection(selection, shape).map((axis, d) =>
    projectAxis(axis, { start: 0, stop: shape[d] ?? 0, origin: 0, chunkSize: chunks[d] ?? 1 }),
  );
  return { output: 0, axes, elements: 0 };
}

/** Lists `coordinates: projection/index, …` of every chunk, in row-major order of the coordinates. */
function listed(projections: readonly Projection[]): string[] {
  const found = new Map<string, { coordinates: number[]; uses: string[] }>();
  for (const [p, { axes }] of projections.entries()) {
    let boxes: number[][] = [[]];
    for (const axis of axes) {
      const along = Array.from({ length: axis.count }, (_, s) => chunkAt(axis, s));
      boxes = boxes.flatMap((box) => along.map((coordinate) => [...box, coordinate]));
    }
    for (const [i, coordinates] of boxes.entries()) {
      const entry = found.get(coordinates.join()) ?? { coordinates, uses: [] };
      entry.uses.push(`${p}/${i}`);
      found.set(coordinates.join(), entry);
    }
  }
  const chunks = [...found.values()];
  chunks.sort((a, b) => {
    const d = a.coordinates.findIndex((coordinate, at) => coordinate !== b.coordinates[at]);
    return (a.coordinates[d] ?? 0) - (b.coordinates[d] ?? 0);
  });
  return chunks.map(({ uses }) => uses.join());
}

function inverted(projections: readonly Projection[]): string[] {
  const { starts, entries } = finish(invertProjections(projections));
  return Array.from(starts.subarray(1), (end, c) =>
    Array.from({ length: end - (starts[c] ?? 0) }, (_, i) => {
      const use = 2 * ((starts[c] ?? 0) + i);
      return `${entries[use]}/${entries[use + 1]}`;
    }).join(),
  );
}

describe('the uses of chunks', () => {
  const seed = testSeed();
  it(`are those of every box, for random boxes (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 60; round++) {
      const shape = Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(30));
      const chunks = shape.map((extent) => 1 + random.below(extent));
      const projections = Array.from({ length: 2 + random.below(40) }, () =>
        project(randomSelection(random, shape).entries, shape, chunks),
      );
      expect(inverted(projections)).toEqual(listed(projections));
    }
  });

  it('are found for so many boxes that they are not sorted by comparison', () => {
    const random = new Random(7);
    const projections = Array.from({ length: 3000 }, () =>
      project([random.below(50), random.below(50)], [50, 50], [3, 4]),
    );
    expect(inverted(projections)).toEqual(listed(projections));
  });

  it('are found if the boxes are scattered over more than 2^53 chunks', () => {
    const extent = 2 ** 40;
    const shape = [extent, 8, extent];
    const at = (...selection: number[]) => project(selection, shape, [1, 1, 1]);
    const projections = [
      at(extent - 1, 3, 5),
      at(0, 7, extent - 1),
      at(0, 7, 0),
      at(extent - 1, 2, extent - 1),
      at(0, 7, extent - 1),
    ];
    expect(inverted(projections)).toEqual(['2/0', '1/0,4/0', '3/0', '0/0']);
  });

  it('of a scalar array are one chunk', () => {
    const scalar = { output: 0, axes: [], elements: 1 };
    expect(inverted([scalar, scalar])).toEqual(['0/0,1/0']);
  });
});
