/**
 * Arrays that consist of other arrays.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { onAbort, throwIfAborted } from '../core/abort.js';
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { type DType, dtypeInfo, isComplex, type TypedArray } from '../core/dtype.js';
import type { PosixParError } from '../core/errors.js';
import { expected } from '../core/validate.js';
import { sumStats } from '../exec/sum-stats.js';
import { useGivenMemory } from '../exec/target-memory.js';
import { runInSlices } from '../io/time-slices.js';
import { indexAt, toSelection } from '../plan/compose.js';
import type { Axis, Hyperslab } from '../plan/hyperslab.js';
import { createOutput, type Output } from '../plan/output.js';
import type { SelectionEntry } from '../plan/selection.js';
import { type AnyBatchResult, type BatchResult, createBatchResult, type ManyResult } from './batch-result.js';
import { formatInspect } from './inspect.js';
import { allOrAbort, readJoinedPoints } from './joined-points.js';
import type { AnySelection } from './named-selection.js';
import { type AsyncReadOptions, asyncReadKeys, type ReadManyOptions, readManyKeys } from './options.js';
import { normalizePointSelection, PointSelection } from './point-selection.js';
import type { ReadResult } from './read-result.js';
import { ReadableArray } from './readable-array.js';
import { countElements, normalizeAll } from './request.js';
import { checkTarget } from './result.js';
import { type AllocatedMemory, allocateResult } from './result-memory.js';
import type { MaskFor, Only, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';
import { type BatchSource, sumProgress } from './stream.js';

/** Options of {@link concat} and {@link stack}. */
export interface JoinOptions {
  /** Dimension along which the arrays are joined; a negative number counts from the end. Default 0. */
  readonly axis?: number;
}

/** Part of a box that one source supplies. */
interface Part {
  readonly box: number;
  readonly selection: readonly SelectionEntry[];
  /** Positions along the joined dimension of the box. */
  readonly positions: readonly number[];
}

/**
 * An array that consists of other arrays. It owns no files: close the arrays that it consists of yourself.
 * @typeParam D the element type.
 */
export class VirtualArray<D extends DType = DType> extends ReadableArray<D> {
  readonly #sources: readonly ReadableArray<D>[];
  readonly #axis: number;
  readonly #kind: 'concat' | 'stack';
  /** First index of each source along the joined dimension, followed by the length of that dimension. */
  readonly #starts: readonly number[];

  /** @internal Use {@link concat} or {@link stack}. */
  constructor(sources: readonly ReadableArray<D>[], axis: number, kind: 'concat' | 'stack') {
    super();
    this.#sources = sources;
    this.#axis = axis;
    this.#kind = kind;
    const starts = [0];
    for (const { shape } of sources) starts.push((starts.at(-1) ?? 0) + (kind === 'stack' ? 1 : (shape[axis] ?? 0)));
    this.#starts = starts;
  }

  get #first(): ReadableArray<D> {
    return this.#sources[0] as ReadableArray<D>;
  }
  /** Path of the first array. */
  get path(): string {
    return this.#first.path;
  }
  get shape(): readonly number[] {
    return this.#withAxis(this.#first.shape, this.#starts.at(-1) ?? 0);
  }
  get dtype(): D {
    return this.#first.dtype;
  }
  get chunkShape(): readonly number[] {
    return this.#withAxis(
      this.#first.chunkShape,
      this.#kind === 'stack' ? 1 : (this.#first.chunkShape[this.#axis] ?? 1),
    );
  }
  get dimensionNames(): readonly (string | null)[] | null {
    const names = this.#first.dimensionNames;
    if (names === null || this.#kind === 'concat') return names;
    return names.toSpliced(this.#axis, 0, null);
  }
  get domain(): null {
    return null;
  }
  /** @internal */
  override get storesMissing(): boolean {
    return this.#sources.some(({ storesMissing }) => storesMissing);
  }

  /** @internal Formats the array for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { dtype, shape } = this;
    return formatInspect('VirtualArray', { dtype, shape, parts: this.#sources.length }, depth, options);
  }

  #withAxis(list: readonly number[], value: number): number[] {
    return list.toSpliced(this.#axis, this.#kind === 'stack' ? 0 : 1, value);
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
      const parts = { sources: this.#sources, starts: this.#starts, axis: this.#axis, kind: this.#kind };
      return await readJoinedPoints(parts, points, options);
    }
    const [result] = (await this.#readMany([selection ?? null], options)).results;
    return result as ReadResult;
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
    return await this.#readMany(selections, options).finally(endUse);
  }

  async #readMany(selections: readonly AnySelection[], options: ReadManyOptions = {}): Promise<AnyBatchResult> {
    const { into, onProgress, signal, ...common } = options;
    throwIfAborted(signal);
    const boxes = await runInSlices(normalizeAll(this, selections, options), signal);
    const parts = await runInSlices(this.#split(boxes), signal);
    const size = dtypeInfo(this.dtype).size;
    const progress = sumProgress(boxes, size, onProgress);
    const controller = new AbortController();
    const unwatch = onAbort(signal, () => controller.abort(signal?.reason));
    const reading = parts.map(async (of, s) => {
      const reported = progress?.();
      const watch = { signal: controller.signal, ...(reported === undefined ? {} : { onProgress: reported }) };
      const source = this.#sources[s] as unknown as BatchSource;
      const chosen = of.map(({ selection }) => selection);
      // Always reads from the first source, even if it supplies no element, because its result determines the type.
      if (chosen.length === 0 && s > 0) return null;
      return await source.readMany(chosen, { ...common, coordinates: 'positions', ...watch });
    });
    const batches = await allOrAbort(reading, controller).finally(unwatch);
    const dtype = batches[0]?.dtype ?? this.dtype;
    const outputs: Output[] = [];
    let elements = 0;
    for (const box of boxes) {
      const output = createOutput(box, 0, elements);
      outputs.push(output);
      elements += output.elements;
    }
    const info = dtypeInfo(dtype);
    if (into !== undefined) checkTarget(into, info, elements);
    const isMasked = options.mask === true;
    const memory =
      into === undefined ? allocateResult({ out: info, elements, isMasked }) : wrapMemory(into, options, elements);
    try {
      const { data, mask, recycledBytes } = memory;
      const entries = isComplex(dtype) ? 2 : 1;
      const errors = new Map<number, PosixParError>();
      for (const [s, batch] of batches.entries()) {
        for (const [p, part] of (parts[s] ?? []).entries()) {
          const { box, positions } = part;
          const result = batch?.results[p];
          const error = batch?.errors.get(p);
          if (error !== undefined) errors.set(box, error);
          if (result === null || result === undefined) continue;
          const offset = outputs[box]?.offset ?? 0;
          const shape = this.#shapeAround(boxes[box] ?? []);
          await runInSlices(copyPart(result.data, data, offset, positions, shape, entries), signal);
          if (mask !== null && result.mask !== null) {
            await runInSlices(copyPart(result.mask, mask, offset, positions, shape, 1), signal);
          }
        }
      }
      for (const box of errors.keys()) {
        const { offset = 0, elements: count = 0 } = outputs[box] ?? {};
        new Uint8Array(data.buffer, data.byteOffset + offset * info.size, count * info.size).fill(0);
        mask?.fill(1, offset, offset + count);
      }
      for (const batch of batches) batch?.release();
      const sum = sumStats(batches.flatMap((batch) => (batch === null ? [] : [batch.stats])));
      const stats = { ...sum, bytesRecycled: recycledBytes };
      const isOwned = into === undefined;
      return await runInSlices(createBatchResult({ data, mask, dtype, stats, isOwned }, outputs, errors), undefined);
    } finally {
      memory.begun();
    }
  }

  /** Returns the number of elements before, along and after the joined dimension of a box. */
  #shapeAround(box: Hyperslab): { outer: number; length: number; inner: number } {
    const axis = this.#axis;
    return {
      outer: countElements(box.slice(0, axis)),
      length: box[axis]?.count ?? 1,
      inner: countElements(box.slice(axis + 1)),
    };
  }

  /** Returns, for each source, the parts of the boxes that it supplies. */
  *#split(boxes: readonly Hyperslab[]): Sliced<Part[][]> {
    const parts: Part[][] = this.#sources.map(() => []);
    const starts = this.#starts;
    let steps = 0;
    for (const [b, box] of boxes.entries()) {
      const axis = box[this.#axis] as Axis;
      const within = new Map<number, { indices: number[]; positions: number[] }>();
      let s = 0;
      for (let i = 0; i < axis.count; i++) {
        if (++steps % 4096 === 0) yield checkpoint;
        const index = indexAt(axis, i);
        while (index >= (starts[s + 1] ?? 0)) s += 1;
        while (index < (starts[s] ?? 0)) s -= 1;
        let found = within.get(s);
        if (found === undefined) {
          found = { indices: [], positions: [] };
          within.set(s, found);
        }
        found.indices.push(index - (starts[s] ?? 0));
        found.positions.push(i);
      }
      const entries = toSelection(box);
      for (const [source, { indices, positions }] of within) {
        const isStack = this.#kind === 'stack';
        const entry = axis.dropped ? (indices[0] ?? 0) : indices;
        const selection = isStack ? entries.toSpliced(this.#axis, 1) : entries.with(this.#axis, entry);
        // If the selection lists an index of a stack twice, its elements are read once and copied twice.
        parts[source]?.push({ box: b, selection, positions });
      }
    }
    return parts;
  }
}

/** Uses the caller's memory for a result. */
function wrapMemory(data: TypedArray, { mask }: ReadManyOptions, elements: number): AllocatedMemory {
  return { data, mask: mask === true ? new Uint8Array(elements) : null, recycledBytes: 0, begun: () => {} };
}

/** Approximate number of bytes that are copied between two checkpoints, at which other work may run. */
const bytesPerSlice = 2 ** 20;

/** Copies a part to its positions along the joined dimension. */
function* copyPart(
  from: TypedArray,
  to: TypedArray,
  offset: number,
  positions: readonly number[],
  { outer, length, inner }: { outer: number; length: number; inner: number },
  entries: number,
): Sliced<void> {
  const run = inner * entries;
  // A source of a stack has no joined dimension, so the same elements are copied to all positions.
  const isShared = from.length < outer * positions.length * run;
  const rows = isShared ? 1 : positions.length;
  let copied = 0;
  for (let o = 0; o < outer; o++) {
    for (const [i, position] of positions.entries()) {
      const begin = (o * rows + (isShared ? 0 : i)) * run;
      const row = from.subarray(begin, begin + run);
      to.set(row as never, offset * entries + (o * length + position) * run);
      copied += row.byteLength + 64;
      if (copied < bytesPerSlice) continue;
      copied = 0;
      yield checkpoint;
    }
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
