/**
 * Histograms of arrays, in bounded memory.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import { type DataFor, type DTypeInfo, dtypeInfo, type TypedArray } from '../core/dtype.js';
import { SelectionError } from '../core/errors.js';
import { float16Bits, float16OfBits } from '../core/float16.js';
import { toJsonValue } from '../core/json-value.js';
import { product } from '../core/numbers.js';
import { expected } from '../core/validate.js';
import type { HistogramTable } from '../exec/reduce-states.js';
import { sumStats } from '../exec/sum-stats.js';
import { forEachRun, reducedShape } from '../plan/reduce-layout.js';
import { type AnyResult, ArrayResult, type TypedReadResult } from './read-result.js';
import { createSpec, nativeStates, type ReducePlan, type ReduceSource, reduceTiles } from './reduce-tiles.js';
import { countElements } from './request.js';
import { allocate, computeStrides, toNativeView } from './result.js';
import { singleOwner } from './result-memory.js';

/**
 * Result of the reduction `histogram`. `data` contains the number of elements in each bin; the last dimension of the
 * shape is the bin. Each selected element is counted once, in `data`, `below`, `above` or `missing`.
 */
export interface HistogramResult extends TypedReadResult<'float64'> {
  /** Edges of the bins: one more than there are bins. */
  readonly edges: DataFor<'float64'>;
  /** Number of elements less than the first edge. */
  readonly below: number;
  /** Number of elements greater than the last edge. */
  readonly above: number;
  /** Number of elements that are NaN or that `skipMissing` left out. */
  readonly missing: number;
}

/** Numbers of elements in no bin. */
type Outside = Pick<HistogramResult, 'below' | 'above' | 'missing'>;

class HistogramArray extends ArrayResult {
  readonly edges: DataFor<'float64'>;
  readonly below: number;
  readonly above: number;
  readonly missing: number;

  constructor(
    fields: ConstructorParameters<typeof ArrayResult>[0],
    edges: DataFor<'float64'>,
    { below, above, missing }: Outside,
  ) {
    super(fields, singleOwner);
    this.edges = edges;
    this.below = below;
    this.above = above;
    this.missing = missing;
  }

  override toJSON(): Record<string, unknown> {
    const { edges, below, above, missing } = this;
    return { ...super.toJSON(), edges: toJsonValue(edges), below, above, missing };
  }
}

/** Rounds a number to the type of the edges. */
type Round = (value: number) => number;

/** Returns the function that rounds to the type of the edges: float16 and float32 for such elements, else float64. */
function roundingOf({ name }: DTypeInfo): Round {
  if (name === 'float32') return Math.fround;
  if (name === 'float16') return (value) => float16OfBits(float16Bits(value));
  return (value) => value;
}

/**
 * Returns equally spaced edges. The order of the operations and of the roundings is that of `numpy.linspace`, so that
 * the edges have the same bits.
 * @param round rounds the result of each operation.
 */
function spaceEdges(low: number, high: number, bins: number, round: Round): DataFor<'float64'> {
  const delta = round(high - low);
  const step = round(delta / bins);
  const edges = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) {
    const index = round(i);
    const offset = step === 0 ? round(round(index / bins) * delta) : round(index * step);
    edges[i] = round(offset + low);
  }
  edges[bins] = high;
  return edges;
}

/**
 * Returns the edges of bins between `low` and `high`.
 * @param round rounds to the type of the edges.
 * @param isGiven true if the caller has given the range. The edges are then computed as float64 numbers and rounded at
 *   the end, as NumPy does.
 * @throws {TypeError} if the edges are not distinct or not finite.
 */
function equalEdges(low: number, high: number, bins: number, round: Round, isGiven: boolean): DataFor<'float64'> {
  const compute: Round = isGiven ? (value) => value : round;
  const [first, last] = low === high ? [compute(low - 0.5), compute(high + 0.5)] : [low, high];
  const edges = spaceEdges(first, last, bins, compute).map(round);
  for (let i = 0; i < bins; i++) {
    const [edge = Number.NaN, next = Number.NaN] = edges.subarray(i, i + 2);
    if (!Number.isFinite(edge) || !Number.isFinite(next))
      throw expected(
        `a range that fits the type of the elements, received ${first} to ${last}, and bins`,
        'options.bins',
        bins,
      );
    if (!(edge < next))
      throw expected(`fewer bins, because edges between ${first} and ${last} would be equal,`, 'options.bins', bins);
  }
  return edges;
}

/**
 * Finds the smallest and the largest element of the selection, as numbers.
 * @throws {SelectionError} if one is not finite.
 */
async function findBounds(source: ReduceSource, plan: ReducePlan, type: DTypeInfo) {
  const all: ReducePlan = { ...plan, operation: 'bounds', isReduced: plan.isReduced.map(() => true) };
  const kind = nativeStates(createSpec(type, all, source.path));
  for await (const { states, stats } of reduceTiles(source, all, kind, type)) {
    const ends = allocate(type, 2);
    const empty = new Uint8Array(1);
    await states.finish(toNativeView(ends) as TypedArray, empty, plan.options.signal);
    // NumPy, too, uses the range from 0 to 1 if there are no elements.
    if (empty[0] === 1) return { low: 0, high: 1, stats };
    const isBits = type.name === 'float16' && typedArrayName(ends) === 'Uint16Array';
    const [low = 0, high = 0] = Array.from(ends as ArrayLike<number | bigint>, (end) =>
      isBits ? float16OfBits(Number(end)) : Number(end),
    );
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      const what = Number.isNaN(low) ? 'NaN' : `elements from ${low} to ${high}`;
      throw new SelectionError(
        `Expected finite elements for 'histogram' without \`options.range\`, received ${what}. Give a range` +
          (Number.isNaN(low) ? ', or leave out NaN by `skipMissing`' : ''),
      );
    }
    return { low, high, stats };
  }
  return { low: 0, high: 1, stats: sumStats([]) };
}

/**
 * Counts the elements of a selection per bin.
 * @param none a result without elements.
 */
export async function reduceToHistogram(
  source: ReduceSource,
  plan: ReducePlan,
  none: AnyResult,
): Promise<AnyResult & HistogramResult> {
  const { shape, isReduced, options } = plan;
  const { bins = 10, range, keepDims = false } = options;
  const type = dtypeInfo(none.dtype);
  createSpec(type, { ...plan, operation: 'bounds' }, source.path); // Rejects complex numbers.
  const passes = typeof bins === 'number' && range === undefined ? 2 : 1;
  const passPlan = (pass: number): ReducePlan => ({ ...plan, options: progressOfPass(options, pass, passes) });
  let { stats } = none;
  let edges: DataFor<'float64'>;
  if (typeof bins !== 'number') {
    edges = Float64Array.from<number>(bins);
  } else if (range !== undefined) {
    edges = equalEdges(range[0], range[1], bins, roundingOf(type), true);
  } else {
    const bounds = await findBounds(source, passPlan(0), type);
    stats = sumStats([stats, bounds.stats]);
    edges = equalEdges(bounds.low, bounds.high, bins, roundingOf(type), false);
  }
  const table: HistogramTable = { edges, isEqual: typeof bins === 'number' };
  const counting: ReducePlan = { ...passPlan(passes - 1), table };
  const width = edges.length - 1;
  const outShape = [...reducedShape(shape, isReduced, false), width];
  const out = dtypeInfo('float64');
  const data = allocate(out, product(outShape));
  const outside = { below: 0, above: 0, missing: countElements(plan.slab) };
  const kind = nativeStates(createSpec(type, counting, source.path));
  for await (const tile of reduceTiles(source, counting, kind, type)) {
    stats = sumStats([stats, tile.stats]);
    const counts = new Float64Array(product(tile.shape, width));
    await tile.states.finish(counts, new Uint8Array(counts.length / width), options.signal);
    forEachRun([...tile.shape, width], [...tile.begin, 0], outShape, (from, to, length) => {
      data.set(counts.subarray(from, from + length) as never, to);
    });
    for (const { count, nan, below, above } of tile.states.counters()) {
      outside.below += below;
      outside.above += above;
      outside.missing += nan - count;
    }
  }
  const resultShape = [...reducedShape(shape, isReduced, keepDims), width];
  const strides = computeStrides(resultShape);
  const fields = { data, mask: null, shape: resultShape, strides, dtype: out.name, stats };
  return new HistogramArray(fields, edges, outside) as unknown as AnyResult & HistogramResult;
}

/** Returns options whose progress reports count all passes over the elements. */
export function progressOfPass(options: ReducePlan['options'], pass: number, passes: number): ReducePlan['options'] {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  return {
    ...options,
    onProgress: ({ bytesDone, bytesTotal, chunksDone, chunksTotal }) =>
      onProgress({
        bytesDone: pass * bytesTotal + bytesDone,
        bytesTotal: passes * bytesTotal,
        chunksDone: pass * chunksTotal + chunksDone,
        chunksTotal: passes * chunksTotal,
      }),
  };
}
