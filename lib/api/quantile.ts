/**
 * Quantiles and medians of arrays, in bounded memory.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { type DTypeInfo, dtypeInfo } from '../core/dtype.js';
import { ReadError } from '../core/errors.js';
import { product } from '../core/numbers.js';
import { DigitSearch, digitStateBytes, nextDigit } from '../exec/digit-search.js';
import type { Progress } from '../exec/progress.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import { cutAxis } from '../plan/axis-cuts.js';
import { blockAt, blockCoordinates, countBlocks } from '../plan/blocks.js';
import { sliceAxis } from '../plan/compose.js';
import { type Hyperslab, shapeOf } from '../plan/hyperslab.js';
import { boundOutputs, forEachRun, reducedShape } from '../plan/reduce-layout.js';
import { ColumnStates, columnBytes } from './column-states.js';
import { interpolate, type Ordered, positionsOf } from './interpolation.js';
import { type AnyResult, ArrayResult } from './read-result.js';
import { createSpec, nativeStates, type ReducePlan, type ReduceSource, reduceTiles } from './reduce-tiles.js';
import { countElements } from './request.js';
import { allocate, computeStrides } from './result.js';
import { singleOwner } from './result-memory.js';
import { budgetOf } from './stream.js';

/** Maximum number of elements of a column. Sorting one column must not block the event loop for long. */
const maxColumnLength = 2 ** 15;
/** Up to this size, the states of all results are copied for each thread (`native/exec/reduce/reduce_jobs.cc`). */
const sharedStateBytes = 2 ** 21;
/** If fewer results are computed together, threads share the elements of a result. */
const manyOutputs = 16;

/** Elements of one result. */
interface ResultElements extends Ordered {
  /** True if an element is NaN and NaN is not left out. */
  readonly hasNan: boolean;
}

/** Stores the quantiles of one result. @param output number of the result in C order. */
type Store = (output: number, elements: ResultElements) => void;

/** A request for quantiles. */
interface Request {
  readonly source: ReduceSource;
  readonly plan: ReducePlan;
  readonly type: DTypeInfo;
  readonly quantiles: readonly number[];
  readonly store: Store;
  readonly addStats: (stats: ReadStats) => void;
}

/** All work of a request: results are computed in groups. */
interface Work {
  readonly groups: number;
  /** Bytes of all elements. */
  readonly bytes: number;
}

/**
 * Computes quantiles of a selection.
 * @param none a result without elements.
 */
export async function reduceToQuantiles(
  source: ReduceSource,
  plan: ReducePlan,
  none: AnyResult,
  isMedian: boolean,
): Promise<AnyResult> {
  const { slab, shape, isReduced, options } = plan;
  const { q = 0.5, skipMissing = false, keepDims = false } = options;
  const type = dtypeInfo(none.dtype);
  createSpec(type, plan, source.path); // Rejects complex numbers.
  const quantiles = typeof q === 'number' ? [q] : Array.from(q);
  const outShape = reducedShape(shape, isReduced, false);
  const outputs = product(outShape);
  const out = dtypeInfo('float64');
  const data = allocate(out, outputs * quantiles.length) as Float64Array;
  data.fill(Number.NaN);
  const empty = new Uint8Array(data.length).fill(1);
  const store: Store = (output, elements) => {
    const { count, hasNan } = elements;
    for (const [i, quantile] of quantiles.entries()) {
      const at = i * outputs + output;
      empty[at] = count === 0 && !hasNan ? 1 : 0;
      if (count > 0 && !hasNan) data[at] = interpolate(elements, quantile, isMedian);
    }
  };
  let { stats } = none;
  const addStats = (more: ReadStats): void => {
    stats = sumStats([stats, more]);
  };
  const request: Request = { source, plan, type, quantiles, store, addStats };
  if (countElements(slab) > 0) {
    const length = countElements(slab) / outputs;
    if (sortsColumns(type, length, budgetOf(options))) await sortColumns(request, outShape, length);
    else await searchDigits(request, outShape);
  }
  const first = typeof q === 'number' ? [] : [quantiles.length];
  const resultShape = [...first, ...reducedShape(shape, isReduced, keepDims)];
  const strides = computeStrides(resultShape);
  const mask = skipMissing ? empty : null;
  return new ArrayResult({ data, mask, shape: resultShape, strides, dtype: out.name, stats }, singleOwner);
}

/** True if the elements of each result are sorted in memory: if they are few, and one pass of counting needs more. */
function sortsColumns(type: DTypeInfo, length: number, budgetBytes: number): boolean {
  const bytes = columnBytes(type, length);
  if (length > maxColumnLength || bytes > budgetBytes / 2) return false;
  return type.size > 2 || bytes < digitStateBytes(2 ** (8 * type.size));
}

async function sortColumns(
  { source, plan, type, store, addStats }: Request,
  outShape: readonly number[],
  length: number,
): Promise<void> {
  const { signal, skipMissing = false } = plan.options;
  const states = {
    bytes: columnBytes(type, length),
    create: (outputs: number) => new ColumnStates(type, skipMissing, length, outputs),
  };
  for await (const tile of reduceTiles(source, plan, states, type)) {
    addStats(tile.stats);
    const numbers = outputNumbers(tile.shape, tile.begin, outShape);
    await tile.states.finish(({ sorted, hasNan }, i) => {
      store(numbers[i] ?? 0, { count: sorted.length, hasNan, at: (position) => sorted[position] ?? Number.NaN });
    }, signal);
  }
}

/** Returns the numbers of the results in a box, in C order of the box. */
function outputNumbers(box: readonly number[], begin: readonly number[], shape: readonly number[]): Float64Array {
  const numbers = new Float64Array(product(box));
  forEachRun(box, begin, shape, (from, to, length) => {
    for (let i = 0; i < length; i++) numbers[from + i] = to + i;
  });
  return numbers;
}

/** Reads the elements several times. Each time, counts the values of more bits of their keys. */
async function searchDigits(request: Request, outShape: readonly number[]): Promise<void> {
  const { source, plan, type, quantiles, store } = request;
  const { slab, kept, isReduced, options } = plan;
  const stateBytes = budgetOf(options) / 2;
  const keyBits = 8 * type.size;
  // Results that are computed together have the same prefixes. So the number of counters grows with the square.
  const wanted =
    keyBits <= 16
      ? stateBytes / digitStateBytes(2 ** keyBits)
      : Math.sqrt(stateBytes / (2 * quantiles.length * digitStateBytes(256)));
  const reducedOf = slab.map((axis, d) => axis.dropped || isReduced[kept.indexOf(d)] === true);
  const counts = slab.map(({ count }) => count);
  const maxOutputs = Math.max(1, Math.floor(wanted));
  const sizes = boundOutputs(counts, slab, source.storageOrder, reducedOf, maxOutputs, Number.POSITIVE_INFINITY);
  // Cuts are at chunk boundaries. All elements of a reduced dimension belong to the same result.
  const cuts = slab.map((axis, d) =>
    reducedOf[d] === true ? cutAxis(axis, axis.count, 0) : cutAxis(axis, sizes[d] ?? 1, source.chunkShape[d] ?? 0),
  );
  const grid = countBlocks(cuts);
  const groups = product(grid);
  const total = countElements(slab);
  const work: Work = { groups, bytes: total * type.size };
  let done = 0;
  for (let i = 0; i < groups; i++) {
    const { begin, end } = blockAt(cuts, blockCoordinates(grid, source.storageOrder, i));
    const part = slab.map((axis, d) => sliceAxis(axis, begin[d] ?? 0, end[d] ?? 0));
    const share = countElements(part) / total;
    const searches = await searchGroup(request, part, stateBytes, { work, done, share });
    done += share;
    const outDims = slab.flatMap((_, d) => (reducedOf[d] === true ? [] : [d]));
    const box = outDims.map((d) => (end[d] ?? 0) - (begin[d] ?? 0));
    const numbers = outputNumbers(
      box,
      outDims.map((d) => begin[d] ?? 0),
      outShape,
    );
    for (const [n, search] of searches.entries()) {
      const { count, hasNan } = search;
      store(numbers[n] ?? 0, { count, hasNan, at: (position) => search.valueAt(position, type) });
    }
  }
}

/** Searches the quantiles of the results of a part of the selection. The results are computed together. */
async function searchGroup(
  { source, plan, type, quantiles, addStats }: Request,
  slab: Hyperslab,
  stateBytes: number,
  progress: { readonly work: Work; readonly done: number; readonly share: number },
): Promise<readonly DigitSearch[]> {
  const { signal, skipMissing = false } = plan.options;
  const groupShape = reducedShape(shapeOf(slab), plan.isReduced, false);
  const outputs = product(groupShape);
  const searches = Array.from({ length: outputs }, () => new DigitSearch());
  const perState = (outputs < manyOutputs ? Math.min(stateBytes, sharedStateBytes) : stateBytes) / outputs;
  const keyBits = 8 * type.size;
  for (let known = 0; known < keyBits; ) {
    const table = nextDigit(type, known, searches, perState);
    if (table.prefixes.length === 0) break;
    const share = progress.share / keyBits;
    const options = progressOfShare(plan.options, progress.work, progress.done + share * known, share * table.bits);
    const pass: ReducePlan = { ...plan, slab, shape: shapeOf(slab), operation: 'digits', options, table };
    const states = nativeStates(createSpec(type, pass, source.path));
    for await (const tile of reduceTiles(source, pass, states, type)) {
      addStats(tile.stats);
      const numbers = outputNumbers(tile.shape, tile.begin, groupShape);
      const refine = function* (): Sliced<void> {
        let i = 0;
        for (const counters of tile.states.counters()) {
          const search = searches[numbers[i++] ?? 0];
          if (known === 0) search?.begin(counters, skipMissing, (count) => positionsOf(quantiles, count));
          if (search?.refine(counters, table) === false) throw changedError(source.path);
          yield checkpoint;
        }
      };
      await runInSlices(refine(), signal);
    }
    known += table.bits;
  }
  return searches;
}

function changedError(path: string): ReadError {
  const message = `Elements of ${path} changed between two passes of a quantile; retry when no program writes the array`;
  return new ReadError(message, { code: 'ECHANGED', errno: 0, path });
}

/** Returns options whose progress reports begin at the share `from` of all work and cover the share `part`. */
function progressOfShare(options: ReducePlan['options'], work: Work, from: number, part: number) {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  const report = ({ bytesDone, bytesTotal, chunksDone, chunksTotal }: Progress): void => {
    const scale = (done: number, total: number, all: number) => Math.round((from + (part * done) / total) * all);
    const chunks = chunksTotal * work.groups;
    onProgress({
      bytesDone: scale(bytesDone, bytesTotal, work.bytes),
      bytesTotal: work.bytes,
      chunksDone: scale(chunksDone, chunksTotal, chunks),
      chunksTotal: chunks,
    });
  };
  return { ...options, onProgress: report };
}
