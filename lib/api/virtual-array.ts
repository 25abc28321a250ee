/**
 * Arrays that consist of other arrays.
 * @module
 */
import type { InspectOptions } from 'node:util';
import type { DType, TypedArray } from '../core/dtype.js';
import { expected } from '../core/validate.js';
import { useGivenMemory } from '../exec/target-memory.js';
import { runInSlices } from '../io/time-slices.js';
import { type AnyBatchResult, type BatchResult, createBatchResult, type ManyResult } from './batch-result.js';
import { formatInspect } from './inspect.js';
import type { JoinedArrays } from './joined-parts.js';
import { readJoinedPoints } from './joined-points.js';
import { readJoined } from './joined-read.js';
import type { AnySelection } from './named-selection.js';
import { type AsyncReadOptions, asyncReadKeys, type ReadManyOptions, readManyKeys } from './options.js';
import { normalizePointSelection, PointSelection } from './point-selection.js';
import { type AnyResult, createResult, type ReadResult, type TypedReadResult } from './read-result.js';
import { ReadableArray } from './readable-array.js';
import type { MaskFor, Only, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';

/** Options of {@link concat} and {@link stack}. */
export interface JoinOptions {
  /** Dimension along which the arrays are joined; a negative number counts from the end. Default 0. */
  readonly axis?: number;
}

/**
 * An array that consists of other arrays. It owns no files: close the arrays that it consists of yourself.
 * @typeParam D the element type.
 */
export class VirtualArray<D extends DType = DType> extends ReadableArray<D> {
  readonly #joined: JoinedArrays;

  /** @internal Use {@link concat} or {@link stack}. */
  constructor(sources: readonly ReadableArray<D>[], axis: number, kind: 'concat' | 'stack') {
    super();
    const starts = [0];
    for (const { shape } of sources) starts.push((starts.at(-1) ?? 0) + (kind === 'stack' ? 1 : (shape[axis] ?? 0)));
    this.#joined = { sources, axis, kind, starts };
  }

  get #first(): ReadableArray<D> {
    return this.#joined.sources[0] as ReadableArray<D>;
  }
  /** Path of the first array. */
  get path(): string {
    return this.#first.path;
  }
  get shape(): readonly number[] {
    return this.#withAxis(this.#first.shape, this.#joined.starts.at(-1) ?? 0);
  }
  get dtype(): D {
    return this.#first.dtype;
  }
  get chunkShape(): readonly number[] {
    const { kind, axis } = this.#joined;
    return this.#withAxis(this.#first.chunkShape, kind === 'stack' ? 1 : (this.#first.chunkShape[axis] ?? 1));
  }
  get dimensionNames(): readonly (string | null)[] | null {
    const names = this.#first.dimensionNames;
    if (names === null || this.#joined.kind === 'concat') return names;
    return names.toSpliced(this.#joined.axis, 0, null);
  }
  get domain(): null {
    return null;
  }
  /** @internal */
  override get storesMissing(): boolean {
    return this.#joined.sources.some(({ storesMissing }) => storesMissing);
  }

  /** @internal Formats the array for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { dtype, shape } = this;
    return formatInspect('VirtualArray', { dtype, shape, parts: this.#joined.sources.length }, depth, options);
  }

  #withAxis(list: readonly number[], value: number): number[] {
    return list.toSpliced(this.#joined.axis, this.#joined.kind === 'stack' ? 0 : 1, value);
  }

  read(selection?: AnySelection): Promise<ReadResult<D>>;
  read<O extends AsyncReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>> & MaskFor<O>>;
  async read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult> {
    checkReadOptions(options, asyncReadKeys);
    if (selection instanceof PointSelection) {
      const points = await runInSlices(normalizePointSelection(selection, this, undefined), options?.signal);
      return await readJoinedPoints(this.#joined, points, options);
    }
    const { memory, outputs } = await readJoined(this.#joined, this, [selection ?? null], options);
    return createResult(memory, outputs) as ReadResult;
  }

  readInto<A extends TypedArray>(target: A, selection?: AnySelection): Promise<TypedReadResult<D, A>>;
  readInto<A extends TypedArray, O extends AsyncReadOptions | undefined>(
    target: A,
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<TypedReadResult<ResultDType<D, O>, A> & MaskFor<O>>;
  async readInto(target: TypedArray, selection?: AnySelection, options?: AsyncReadOptions): Promise<AnyResult> {
    const endUse = useGivenMemory(target);
    try {
      checkReadOptions(options, asyncReadKeys);
      const into = { ...options, into: target };
      const { memory, outputs } = await readJoined(this.#joined, this, [selection ?? null], into);
      return createResult(memory, outputs);
    } finally {
      endUse();
    }
  }

  readMany(selections: readonly AnySelection[]): Promise<BatchResult<D>>;
  readMany<A extends TypedArray, O extends ReadManyOptions>(
    selections: readonly AnySelection[],
    options: O & { readonly into: A } & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O, A>>;
  readMany<O extends ReadManyOptions | undefined>(
    selections: readonly AnySelection[],
    options: O & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O>>;
  async readMany(selections: readonly AnySelection[], options?: ReadManyOptions): Promise<AnyBatchResult> {
    checkReadOptions(options, readManyKeys);
    if (!Array.isArray(selections)) throw expected('an array of selections', 'selections', selections);
    const endUse = useGivenMemory(options?.into);
    const { memory, outputs, errors } = await readJoined(this.#joined, this, selections, options).finally(endUse);
    return await runInSlices(createBatchResult(memory, outputs, errors), undefined);
  }
}

function join<D extends DType>(
  arrays: readonly ReadableArray<D>[],
  { axis = 0 }: JoinOptions,
  kind: 'concat' | 'stack',
): VirtualArray<D> {
  const [first] = arrays;
  if (!Array.isArray(arrays) || first === undefined || !arrays.every((array) => array instanceof ReadableArray)) {
    throw expected('a list of one or more arrays', 'arrays', arrays);
  }
  const rank = first.shape.length + (kind === 'stack' ? 1 : 0);
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw expected(`an integer from ${-rank} to ${rank - 1}`, 'options.axis', axis);
  }
  const d = axis < 0 ? axis + rank : axis;
  for (const [i, { dtype, shape }] of arrays.entries()) {
    if (dtype !== first.dtype)
      throw expected(`arrays of one type (the first is ${first.dtype})`, `arrays[${i}]`, dtype);
    const fits =
      shape.length === first.shape.length &&
      shape.every((size, e) => size === first.shape[e] || (kind === 'concat' && e === d));
    if (!fits) {
      throw expected(`a shape that fits [${first.shape.join(', ')}]`, `arrays[${i}].shape`, `[${shape.join(', ')}]`);
    }
  }
  return new VirtualArray([...arrays], d, kind);
}

/**
 * Joins arrays of any formats along a dimension, without reading them. All must have the same element type, and the
 * same shape except along that dimension. Reads go to the arrays, so keep them open, and close them yourself.
 * @throws {TypeError} if the arrays do not fit together.
 * @example const years = concat(await Promise.all(paths.map((path) => openArray(path))), { axis: 0 })
 */
export function concat<D extends DType>(
  arrays: readonly ReadableArray<D>[],
  options: JoinOptions = {},
): VirtualArray<D> {
  return join(arrays, options, 'concat');
}

/**
 * Joins arrays of one shape along a new dimension, like {@link concat}.
 * @throws {TypeError} if the arrays do not fit together.
 * @example const { shape } = stack([january, february]) // [2, ...january.shape]
 */
export function stack<D extends DType>(
  arrays: readonly ReadableArray<D>[],
  options: JoinOptions = {},
): VirtualArray<D> {
  return join(arrays, options, 'stack');
}
