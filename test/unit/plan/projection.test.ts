import { describe, expect, test } from 'vitest';
import { finish, type Sliced, stepsPerCheckpoint } from '../../../lib/core/checkpoint.js';
import type { Axis } from '../../../lib/plan/hyperslab.js';
import { normalizeSelection, normalizeSelectionSliced } from '../../../lib/plan/hyperslab.js';
import type { GridAxis } from '../../../lib/plan/projection.js';
import {
  type AxisProjection,
  projectAxis,
  projectAxisSliced,
  segmentWord,
  segmentWords,
} from '../../../lib/plan/projection.js';
import { slice } from '../../../lib/plan/selection.js';
import { Random, testSeed } from '../../support/random.js';

/** Returns [chunk, position in the chunk, index in the output] of every element, in the order of the segments. */
function elementsOf({ count, segments, lists }: AxisProjection): number[][] {
  const elements: number[][] = [];
  for (let s = 0; s < count; s++) {
    const word = (name: keyof typeof segmentWord): number => segments[s * segmentWords + segmentWord[name]] ?? 0;
    for (let i = 0; i < word('count'); i++) {
      const at = word('list') + i;
      elements.push(
        word('list') < 0
          ? [word('chunk'), word('from') + i * word('step'), word('out') + i]
          : [word('chunk'), lists?.from[at] ?? -1, lists?.out[at] ?? -1],
      );
    }
  }
  return elements;
}

/** Computes the elements of {@link elementsOf} element by element, and returns them sorted. */
function expectedElements(axis: Axis, { start, stop, origin, chunkSize }: GridAxis): number[][] {
  const indices =
    axis.kind === 'list' ? [...axis.indices] : Array.from({ length: axis.count }, (_, i) => axis.start + i * axis.step);
  return indices.flatMap((index, out) => {
    if (index < start || index >= stop) return [];
    const chunk = Math.floor((index - origin) / chunkSize);
    return [[chunk, index - origin - chunk * chunkSize, out]];
  });
}

const byAll = (a: number[], b: number[]): number => (a[0] ?? 0) - (b[0] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);

/** Runs a computation to its end and counts its checkpoints. */
function countCheckpoints<T>(computation: Sliced<T>): { readonly checkpoints: number; readonly value: T } {
  for (let checkpoints = 0; ; checkpoints++) {
    const step = computation.next();
    if (step.done === true) return { checkpoints, value: step.value };
  }
}

describe('the projection of one dimension', () => {
  test('random selections and grids: every element has its position, and chunks ascend', () => {
    const seed = testSeed();
    const random = new Random(seed);
    for (let round = 0; round < 2000; round++) {
      const length = 1 + random.below(60);
      const entry =
        random.below(2) === 0
          ? slice(random.below(length), null, (random.below(2) === 0 ? 1 : -1) * (1 + random.below(9)))
          : Array.from({ length: 1 + random.below(20) }, () => random.below(length));
      const [axis] = normalizeSelection([entry], [length]);
      if (axis === undefined) throw new Error('no axis');
      const start = random.below(length);
      const grid = {
        start,
        stop: length - random.below(3),
        origin: start - random.below(5),
        chunkSize: 1 + random.below(12),
      };
      const projection = projectAxis(axis, grid);
      const elements = elementsOf(projection);
      const expected = expectedElements(axis, grid);
      expect({ seed, round, elements: elements.toSorted(byAll) }).toEqual({
        seed,
        round,
        elements: expected.toSorted(byAll),
      });
      expect(projection.elements).toBe(expected.length);
      const chunks = Array.from({ length: projection.count }, (_, s) => projection.segments[s * segmentWords] ?? -1);
      expect(chunks).toEqual([...new Set(chunks)].sort((a, b) => a - b));
      const counts = chunks.map((chunk) => expected.filter(([c]) => c === chunk).length);
      expect(projection.largest).toBe(Math.max(0, ...counts));
      expect(finish(projectAxisSliced(axis, grid))).toEqual(projection);
    }
  });

  test.each([
    { start: 0, stop: 20, origin: 0, chunkSize: 20 },
    { start: 0, stop: 20, origin: 0, chunkSize: 7 },
    { start: 0, stop: 20, origin: -3, chunkSize: 30 },
    { start: 4, stop: 20, origin: 4, chunkSize: 20 },
    { start: 0, stop: 9, origin: 0, chunkSize: 20 },
  ])('projects a list whose bounds may be wider than its indices: %o', (grid) => {
    const indices = Float64Array.of(5, 17, 5, 8, 6);
    for (const [low, high] of [
      [5, 17],
      [0, 19],
      [2, 25],
    ] as const) {
      const list = { kind: 'list', indices, count: 5, dropped: false, low, high } as const;
      const want = [...indices].flatMap((index, i) => {
        const chunk = Math.floor((index - grid.origin) / grid.chunkSize);
        return index < grid.stop ? [[chunk, index - grid.origin - chunk * grid.chunkSize, i]] : [];
      });
      const got = elementsOf(projectAxis(list, grid));
      expect(
        got.toSorted((a, b) => (a[2] ?? 0) - (b[2] ?? 0)),
        `${low} ${high}`,
      ).toEqual(want);
    }
  });

  test('projects a long range and a long list in time slices', () => {
    const length = 20 * stepsPerCheckpoint;
    const grid = { start: 0, stop: length, origin: 0, chunkSize: 1 };
    const [range, list] = normalizeSelection([null, [5, 1, 1]], [length, length]);
    if (range === undefined || list?.kind !== 'list') throw new Error('no axes');
    const ofRange = countCheckpoints(projectAxisSliced(range, grid));
    expect(ofRange.checkpoints).toBe(19);
    expect(ofRange.value.count).toBe(length);
    const random = new Random(3);
    const indices = Float64Array.from({ length }, () => random.below(length));
    const ofList = countCheckpoints(projectAxisSliced({ ...list, indices, count: length }, grid));
    // Two passes inspect the list, two sort passes have two loops each, and one splits the list
    // into chunks. The passes over the segments are not counted here.
    expect(ofList.checkpoints).toBeGreaterThanOrEqual(18 * 8);
    expect(ofList.value.elements).toBe(length);
  });

  test('normalises a long list and a long mask in time slices, with the same result', () => {
    const length = 4 * stepsPerCheckpoint;
    const random = new Random(4);
    const list = Uint32Array.from({ length }, () => random.below(length));
    const mask = Array.from({ length }, () => random.below(2) === 0);
    for (const entry of [list, mask]) {
      const sliced = countCheckpoints(normalizeSelectionSliced([entry], [length]));
      expect(sliced.checkpoints).toBeGreaterThanOrEqual(2 * 3 - 1);
      expect(sliced.value).toEqual(normalizeSelection([entry], [length]));
    }
  });
});
