/**
 * Reduces arrays block by block on native threads.
 * @module
 */
import { type DTypeInfo, dtypeInfo, isComplex, type TypedArray } from '../core/dtype.js';
import { SelectionError } from '../core/errors.js';
import { product } from '../core/numbers.js';
import { expected, listNames } from '../core/validate.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import { shapeOf } from '../plan/hyperslab.js';
import { forEachRun, reducedShape } from '../plan/reduce-layout.js';
import { reduceToHistogram } from './histogram.js';
import { reduceToQuantiles } from './quantile.js';
import { type AnyResult, ArrayResult } from './read-result.js';
import type { AnyReduceOptions, ReduceOperation, ReduceOptions, Reduction } from './reduce-options.js';
import {
  createSpec,
  nativeStates,
  type ReducePlan,
  type ReduceSource,
  readOptions,
  reduceTiles,
  type Tile,
} from './reduce-tiles.js';
import { reductionMemory } from './reduction-memory.js';
import { countElements, normalizeOne } from './request.js';
import { allocate, computeStrides, toNativeView } from './result.js';
import { singleOwner } from './result-memory.js';
import { budgetOf } from './stream.js';

/**
 * Returns one entry per dimension of a selection: true if it is reduced.
 * @param names name of each dimension of the selection; null for a dimension without a name.
 * @throws {TypeError} if `axis` is neither a dimension nor a list of different dimensions.
 */
export function reducedAxes(axis: ReduceOptions['axis'], names: readonly (string | null)[]): boolean[] {
  const rank = names.length;
  if (axis === undefined) return new Array<boolean>(rank).fill(true);
  const isReduced = new Array<boolean>(rank).fill(false);
  const list: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  for (const value of list) {
    const d = axisPosition(value, names);
    if (d === null) {
      const known = names.filter((name): name is string => name !== null);
      const range = `integers from ${-rank} to ${rank - 1}${known.length === 0 ? '' : ` or ${listNames(known)}`}`;
      const none = 'no axis, because the selection has no dimensions';
      throw expected(rank === 0 ? none : range, 'options.axis', axis);
    }
    if (isReduced[d] === true) throw expected('distinct axes', 'options.axis', axis);
    isReduced[d] = true;
  }
  return isReduced;
}

/** Returns the dimension with a name or position; null if there is none. Negative positions count from the end. */
function axisPosition(axis: unknown, names: readonly (string | null)[]): number | null {
  const position = typeof axis === 'string' ? names.indexOf(axis) : axis;
  if (typeof position !== 'number' || !Number.isInteger(position)) return null;
  if (typeof axis === 'string') return position === -1 ? null : position;
  const d = position < 0 ? position + names.length : position;
  return d >= 0 && d < names.length ? d : null;
}

/** Returns the type of the results of a reduction of elements of `type`. */
export function resultInfo(operation: Reduction, type: DTypeInfo): DTypeInfo {
  if (operation === 'min' || operation === 'max') return type;
  if (operation === 'count' || operation === 'std') return dtypeInfo('float64');
  if (type.kind === 'c') return dtypeInfo('complex128');
  if (operation === 'mean' || type.kind === 'f') return dtypeInfo('float64');
  return dtypeInfo(type.kind === 'u' ? 'uint64' : 'int64');
}

/** Parses a reduction. Also returns a result without elements, of the type of the elements that are reduced. */
export async function planReduction(
  source: ReduceSource,
  given: AnyReduceOptions,
): Promise<{ readonly plan: Omit<ReducePlan, 'operation'>; readonly none: AnyResult }> {
  const budgetBytes = Math.min(budgetOf(given), reductionMemory.limitBytes);
  const options = { ...given, budgetBytes };
  const { selection, signal } = options;
  const slab = await runInSlices(normalizeOne(source, selection, options), signal);
  const kept = slab.flatMap((axis, d) => (axis.dropped ? [] : [d]));
  const names = kept.map((d) => source.dimensionNames?.[d] ?? null);
  const isReduced = reducedAxes(options.axis, names);
  // Reads no elements, but checks the options and returns the type of the elements.
  const none = await source.read(
    toSelection(slab.map((axis) => (axis.dropped ? axis : sliceAxis(axis, 0, 0)))),
    readOptions(source, options, signal),
  );
  // Like xarray, leaves out missing elements if the caller asked for decoded values.
  const skipMissing = options.skipMissing ?? (options.decode === 'cf' && !isComplex(none.dtype));
  return { plan: { slab, kept, isReduced, shape: shapeOf(slab), options: { ...options, skipMissing } }, none };
}

/** Reduces a selection. Check the arguments with {@link checkReduce} first. */
export async function reduceArray(
  operation: ReduceOperation,
  source: ReduceSource,
  options: AnyReduceOptions,
): Promise<AnyResult> {
  const { plan, none } = await planReduction(source, options);
  if (operation === 'histogram') return await reduceToHistogram(source, { ...plan, operation }, none);
  if (operation === 'quantile' || operation === 'median') {
    return await reduceToQuantiles(source, { ...plan, operation: 'digits' }, none, operation === 'median');
  }
  return await reduceToNumbers(source, { ...plan, operation }, none);
}

/** Reduces a selection to numbers. @param none a result without elements. */
async function reduceToNumbers(
  source: ReduceSource,
  plan: ReducePlan & { readonly operation: Reduction },
  none: AnyResult,
): Promise<AnyResult> {
  const { slab, shape, isReduced, operation, options } = plan;
  const { signal, skipMissing = false, keepDims = false } = options;
  const outShape = reducedShape(shape, isReduced, false);
  const outputs = product(outShape);
  const type = dtypeInfo(none.dtype);
  const spec = createSpec(type, plan, source.path);
  if (countElements(slab) === 0) checkNotEmpty(operation, outputs);
  const out = resultInfo(operation, type);
  const data = allocate(out, outputs);
  const empty = new Uint8Array(outputs);
  let stats = none.stats;
  for await (const tile of reduceTiles(source, plan, nativeStates(spec), type)) {
    stats = sumStats([stats, tile.stats]);
    await storeTile(tile, outShape, out, data, empty, signal);
  }
  const resultShape = reducedShape(shape, isReduced, keepDims);
  const mask = skipMissing ? empty : null;
  const strides = computeStrides(resultShape);
  return new ArrayResult({ data, mask, shape: resultShape, strides, dtype: out.name, stats }, singleOwner);
}

/** Throws if results of no elements are not defined. @param outputs number of results. */
export function checkNotEmpty(operation: Reduction, outputs: number): void {
  if (outputs === 0 || (operation !== 'min' && operation !== 'max')) return;
  throw new SelectionError(`Expected at least one element for '${operation}', received an empty selection`);
}

/** Computes the results of a tile and stores them in `data`. Stores 1 in `none` for each result without elements. */
export async function storeTile(
  { states, begin, shape }: Pick<Tile, 'states' | 'begin' | 'shape'>,
  outShape: readonly number[],
  out: DTypeInfo,
  data: TypedArray,
  none: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const outputs = product(shape);
  const entries = out.kind === 'c' ? 2 : 1;
  if (outputs === none.length && entries === 1) {
    await states.finish(toNativeView(data) as TypedArray, none, signal);
    return;
  }
  const results = allocate(out, outputs);
  const empty = new Uint8Array(outputs * entries);
  await states.finish(toNativeView(results) as TypedArray, empty, signal);
  forEachRun(shape, begin, outShape, (from, to, length) => {
    data.set(results.subarray(from * entries, (from + length) * entries) as never, to * entries);
    for (let i = 0; i < length; i++) none[to + i] = empty[(from + i) * entries] ?? 0;
  });
}
