/**
 * Reads boxes of arrays that consist of other arrays.
 * @module
 */
import { onAbort, throwIfAborted } from '../core/abort.js';
import { type DType, dtypeInfo, isComplex, type TypedArray } from '../core/dtype.js';
import type { PosixParError } from '../core/errors.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { createOutputs, type Output } from '../plan/output.js';
import { contiguousRange, copyPart, type JoinedArrays, type Part, placeBox, splitBoxes } from './joined-parts.js';
import { allOrAbort } from './joined-points.js';
import type { AnySelection } from './named-selection.js';
import type { ReadManyOptions } from './options.js';
import type { ResultMemory } from './read-result.js';
import { normalizeAll, type Selectable } from './request.js';
import { checkTarget } from './result.js';
import { type AllocatedMemory, allocateResultOrWait, type ResultSize } from './result-memory.js';
import { resultType } from './settings.js';
import { type BatchSource, sumProgress } from './stream.js';

/** A completed joined read. */
export interface JoinedRead {
  readonly memory: ResultMemory;
  /** One output per box. */
  readonly outputs: readonly Output[];
  /** Errors of the boxes that could not be read, by their index, if the options collect them. */
  readonly errors: ReadonlyMap<number, PosixParError>;
}

/** Memory of the result of a joined read, and the places of the boxes in it. */
interface Target {
  readonly boxes: readonly Hyperslab[];
  readonly outputs: readonly Output[];
  readonly dtype: DType;
  readonly memory: AllocatedMemory;
}

/**
 * Reads boxes of joined arrays, with one call per array; all calls run at the same time. An array whose elements are
 * contiguous in the result is read into the result. The elements of other arrays are copied.
 * @param array properties of the joined array.
 */
export async function readJoined(
  joined: JoinedArrays,
  array: Selectable & { readonly dtype: DType },
  selections: readonly AnySelection[],
  options: ReadManyOptions = {},
): Promise<JoinedRead> {
  const { into, onProgress, signal } = options;
  throwIfAborted(signal);
  const boxes = await runInSlices(normalizeAll(array, selections, options), signal);
  const parts = await runInSlices(splitBoxes(joined, boxes), signal);
  const dtype = await typeOfResult(joined, array.dtype, options);
  const outputs = await runInSlices(createOutputs(boxes, null), signal);
  const last = outputs.at(-1);
  const size = { out: dtypeInfo(dtype), elements: last === undefined ? 0 : last.offset + last.elements };
  const isMasked = options.mask === true;
  const memory =
    into === undefined ? await allocateResultOrWait({ ...size, isMasked }) : wrapMemory(into, size, isMasked);
  const { data, mask, recycledBytes } = memory;
  try {
    const progress = sumProgress(boxes, size.out.size, onProgress);
    const controller = new AbortController();
    const unwatch = onAbort(signal, () => controller.abort(signal?.reason));
    const errors = new Map<number, PosixParError>();
    const reading = parts.map(async (of, s): Promise<ReadStats | null> => {
      const reported = progress?.();
      const watch = { signal: controller.signal, ...(reported === undefined ? {} : { onProgress: reported }) };
      const target = { boxes, outputs, dtype, memory };
      return of.length === 0 ? null : await readParts(joined, s, of, target, { ...options, ...watch }, errors);
    });
    const read = await allOrAbort(reading, controller).finally(unwatch);
    for (const box of errors.keys()) clear(memory, outputs[box], size.out.size);
    const stats = { ...sumStats(read.filter((one) => one !== null)), bytesRecycled: recycledBytes };
    return { memory: { data, mask, dtype, stats, isOwned: into === undefined }, outputs, errors };
  } finally {
    memory.begun();
  }
}

/** Reads the parts that source `s` supplies. `errors` receives the errors of boxes, if the options collect them. */
async function readParts(
  { sources, kind, axis }: JoinedArrays,
  s: number,
  parts: readonly Part[],
  { boxes, outputs, dtype, memory }: Target,
  { into: _, ...options }: ReadManyOptions,
  errors: Map<number, PosixParError>,
): Promise<ReadStats> {
  const { data, mask } = memory;
  const entries = isComplex(dtype) ? 2 : 1;
  const places = new Map(parts.map(({ box }) => [box, placeBox(boxes[box] ?? [], axis, outputs[box]?.offset ?? 0)]));
  const range = hasEqualTypes(options) ? contiguousRange(parts, places, kind) : null;
  const target = range === null ? {} : { into: data.subarray(range.begin * entries, range.end * entries) };
  const source = sources[s] as unknown as BatchSource;
  const selections = parts.map(({ selection }) => selection);
  const batch = await source.readMany(selections, { ...options, coordinates: 'positions', ...target });
  for (const [p, part] of parts.entries()) {
    const error = batch.errors.get(p);
    if (error !== undefined) errors.set(part.box, error);
    const result = batch.results[p];
    const place = places.get(part.box);
    if (result === null || result === undefined || place === undefined) continue;
    if (range === null) await runInSlices(copyPart(result.data, data, part, place, entries), options.signal);
    if (mask === null || result.mask === null) continue;
    await runInSlices(copyPart(result.mask, mask, part, place, 1), options.signal);
  }
  batch.release();
  return batch.stats;
}

/** True if reads with these options return elements of the same type from all arrays of one type. */
function hasEqualTypes({ as, scaled, decode }: ReadManyOptions): boolean {
  return as !== undefined || (scaled !== true && decode === undefined);
}

/** Returns the type of the result. If it depends on the attributes of an array, the first array decides. */
async function typeOfResult({ sources }: JoinedArrays, dtype: DType, options: ReadManyOptions): Promise<DType> {
  if (hasEqualTypes(options)) return resultType(options, dtype, options.scaled === true);
  const { into: _, onProgress: __, ...common } = options;
  return (await (sources[0] as unknown as BatchSource).readMany([], { ...common, coordinates: 'positions' })).dtype;
}

/** Uses the caller's memory for a result. @throws {TypeError} or {RangeError} if it has the wrong type or length. */
function wrapMemory(
  data: TypedArray,
  { out, elements }: Pick<ResultSize, 'out' | 'elements'>,
  isMasked: boolean,
): AllocatedMemory {
  checkTarget(data, out, elements);
  return { data, mask: isMasked ? new Uint8Array(elements) : null, recycledBytes: 0, begun: () => {} };
}

/** Clears the elements of a box that could not be read, and marks them as missing. */
function clear({ data, mask }: AllocatedMemory, output: Output | undefined, elementBytes: number): void {
  const { offset = 0, elements = 0 } = output ?? {};
  new Uint8Array(data.buffer, data.byteOffset + offset * elementBytes, elements * elementBytes).fill(0);
  mask?.fill(1, offset, offset + elements);
}
