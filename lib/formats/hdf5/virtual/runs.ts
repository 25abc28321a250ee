/**
 * Pairs the selected indices of a virtual dataset with those of its source, as runs of regularly spaced indices.
 * @module
 */
import type { Io, Pace } from '../../../io/io.js';
import type { DimensionSelection } from './selection.js';

/** Index `virtual + i * virtualStep` of a dimension is index `source + i * sourceStep` of the source, for i < count. */
export interface IndexRun {
  readonly virtual: number;
  readonly virtualStep: number;
  readonly source: number;
  readonly sourceStep: number;
  readonly count: number;
}

/** Regularly spaced indices. */
interface Run {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Returns the number of selected indices at the beginning of a selection that are less than `index`. */
function countBefore(selection: DimensionSelection, index: number): number {
  let before = 0;
  for (const { start, stride, count, block } of selection) {
    if (start >= index) break;
    if (start + (count - 1) * stride + block <= index) {
      before += count * block;
      continue;
    }
    const done = count === 1 ? 0 : Math.floor((index - start) / stride);
    return before + done * block + Math.min(block, index - start - done * stride);
  }
  return before;
}

/** Yields the selected indices as regularly spaced runs, without the first `skipped` indices. */
function* runsOf(selection: DimensionSelection, skipped: number): Generator<Run> {
  let skip = skipped;
  for (const { start, stride, count, block } of selection) {
    if (skip >= count * block) {
      skip -= count * block;
      continue;
    }
    if (count === 1 || block === stride) {
      yield { start: start + skip, step: 1, count: count * block - skip };
    } else if (block === 1) {
      yield { start: start + skip * stride, step: stride, count: count - skip };
    } else {
      let within = skip % block;
      for (let i = Math.floor(skip / block); i < count; i++) {
        yield { start: start + i * stride + within, step: 1, count: block - within };
        within = 0;
      }
    }
    skip = 0;
  }
}

/** Maximum number of runs of one dimension. */
export const maxRuns = 262_144;

/**
 * Pairs indices in order. The two selections have the same finite number of indices. Returns only the runs that have
 * indices in [start, stop); null if there are more than {@link maxRuns}.
 */
export function* pairIndices(
  virtual: DimensionSelection,
  source: DimensionSelection,
  start: number,
  stop: number,
  pace: Pace,
): Io<readonly IndexRun[] | null> {
  const runs: IndexRun[] = [];
  // Indices before `start` are not visited, because a file may say that there are very many of them.
  const skipped = countBefore(virtual, start);
  const sources = runsOf(source, skipped);
  let from: Run | undefined;
  let used = 0;
  for (const to of runsOf(virtual, skipped)) {
    if (to.start >= stop) break;
    let done = 0;
    while (done < to.count) {
      if (pace.isDue()) yield* pace.pause();
      if (from === undefined || used === from.count) {
        from = sources.next().value as Run | undefined;
        used = 0;
        if (from === undefined) return runs;
      }
      const count = Math.min(to.count - done, from.count - used);
      const [first, last] = [to.start + done * to.step, to.start + (done + count - 1) * to.step];
      if (last >= start && first < stop) {
        if (runs.length === maxRuns) return null;
        const step = count === 1 ? 1 : to.step;
        const sourceStep = count === 1 ? 1 : from.step;
        runs.push({ virtual: first, virtualStep: step, source: from.start + used * from.step, sourceStep, count });
      }
      done += count;
      used += count;
    }
  }
  return runs;
}
