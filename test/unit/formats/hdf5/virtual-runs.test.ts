import { expect, it } from 'vitest';
import { type IndexRun, pairIndices } from '../../../../lib/formats/hdf5/virtual/runs.js';
import type { DimensionSelection } from '../../../../lib/formats/hdf5/virtual/selection.js';
import type { Pace } from '../../../../lib/io/io.js';
import { Random, testSeed } from '../../../support/random.js';

/** Pairs the indices of a window. Also returns the number of runs that were visited. */
function pair(virtual: DimensionSelection, source: DimensionSelection, start: number, stop: number) {
  let visited = 0;
  const isDue = (): boolean => {
    visited += 1;
    return false;
  };
  const step = pairIndices(virtual, source, start, stop, { isDue } as Pace).next();
  if (step.done !== true) throw new Error('Expected a result without a request');
  return { runs: step.value, visited };
}

/** Returns all indices of a selection. */
function indicesOf(selection: DimensionSelection): number[] {
  return selection.flatMap(({ start, stride, count, block }) =>
    Array.from({ length: count * block }, (_, i) => start + Math.floor(i / block) * stride + (i % block)),
  );
}

/** Returns the pairs of indices that runs contain. */
function pairsOf(runs: readonly IndexRun[]): [number, number][] {
  return runs.flatMap(({ virtual, virtualStep, source, sourceStep, count }) =>
    Array.from({ length: count }, (_, i): [number, number] => [virtual + i * virtualStep, source + i * sourceStep]),
  );
}

/** Returns an ascending selection of `total` indices. */
function randomSelection(random: Random, total: number): DimensionSelection {
  const selection: DimensionSelection[number][] = [];
  let next = random.below(4);
  for (let left = total; left > 0; ) {
    const block = 1 + random.below(Math.min(left, 4));
    const count = 1 + random.below(Math.floor(left / block));
    const stride = block + random.below(3);
    selection.push({ start: next, stride, count, block });
    next += (count - 1) * stride + block + random.below(3);
    left -= count * block;
  }
  return selection;
}

it('pairs the indices of a window as the indices of all are paired', () => {
  const seed = testSeed();
  const random = new Random(seed);
  for (let round = 0; round < 2000; round++) {
    const total = 1 + random.below(40);
    const [virtual, source] = [randomSelection(random, total), randomSelection(random, total)];
    const [to, from] = [indicesOf(virtual), indicesOf(source)];
    const start = random.below(60);
    const stop = start + random.below(60);
    const { runs } = pair(virtual, source, start, stop);
    const inside = ([index]: readonly [number, number]): boolean => index >= start && index < stop;
    const want = to.map((index, i): [number, number] => [index, from[i] ?? -1]).filter(inside);
    const what = JSON.stringify({ seed, round, virtual, source, start, stop });
    expect(pairsOf(runs ?? []).filter(inside), what).toEqual(want);
  }
});

it('does not visit the indices before a window', () => {
  const count = 2 ** 40;
  const blocks: DimensionSelection = [{ start: 0, stride: 4, count, block: 2 }];
  const whole: DimensionSelection = [{ start: 0, stride: 1, count: 1, block: 2 * count }];
  const far = 4 * (count - 10);
  for (const [virtual, source, start] of [
    [blocks, whole, far],
    [whole, blocks, far / 2],
  ] as const) {
    const { runs, visited } = pair(virtual, source, start, start + 8);
    expect(visited).toBeLessThan(20);
    expect(pairsOf(runs ?? [])[0]).toEqual([start, virtual === blocks ? far / 2 : far]);
  }
});
