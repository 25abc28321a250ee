/**
 * A validated read request, before any I/O, and the memory that the read fills.
 * @module
 */
import { isPromise } from '../core/brands.js';
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { type DataFor, type DTypeInfo, dtypeInfo, type TypedArray } from '../core/dtype.js';
import { isPosixParError, SelectionError } from '../core/errors.js';
import { fillWords } from '../core/fill.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { ReadTarget } from '../native/binding.js';
import { toPositions, toPositionsSliced } from '../plan/domain.js';
import { type Hyperslab, isLongList, normalizeSelection, normalizeSelectionSliced } from '../plan/hyperslab.js';
import type { ElementConversion } from '../plan/output.js';
import type { Points } from '../plan/points.js';
import { resolveDecoding } from './decoding.js';
import { type AnySelection, toPositionalSelection } from './named-selection.js';
import type { ReadOptions } from './options.js';
import { normalizePointSelection, PointSelection } from './point-selection.js';
import { checkTarget, toNativeView, tooLongError } from './result.js';
import { type AllocatedMemory, allocateResult, allocateResultOrWait } from './result-memory.js';
import { overflowMode, readDefaults, resultType } from './settings.js';

/** A validated read: its selection, its options and the type of its result. */
export interface ReadRequest {
  readonly slab: Hyperslab;
  /** The selections of `readMany`, whose boxes follow each other in the result; null for other reads. */
  readonly boxes: readonly Hyperslab[] | null;
  /** The points of `readPoints`; null for other reads. */
  readonly points: Points | null;
  readonly isMasked: boolean;
  readonly out: DTypeInfo;
  readonly elements: number;
  readonly defaults: ReadDefaults;
  readonly conversion: ElementConversion;
  /** Value of `performance.now()` when the request was made. */
  readonly startedMs: number;
}

/**
 * Validates `selection` and `options`; `defaults` supplies the options that are not given.
 * @throws {SelectionError} @throws {TypeError} if an option is invalid. @throws {MemoryLimitError} if the result would
 *   have too many elements.
 */
export function parseRequest(
  array: ArrayDescriptor,
  defaults: ReadDefaults,
  selection: AnySelection | undefined,
  options: ReadOptions | undefined,
): ReadRequest {
  const startedMs = performance.now();
  const { shape, dimensionNames, domain } = array;
  const named = toPositionalSelection(selection, dimensionNames);
  const positional = usesDomain(options) ? toPositions(named, shape, domain ?? []) : named;
  return createRequest(array, defaults, normalizeSelection(positional, shape), options, startedMs);
}

/** Validates like {@link parseRequest}, in time slices. */
export function* parseRequestSliced(
  array: ArrayDescriptor,
  defaults: ReadDefaults,
  selection: AnySelection | undefined,
  options: ReadOptions | undefined,
): Sliced<ReadRequest> {
  const startedMs = performance.now();
  if (selection instanceof PointSelection) {
    const points = yield* normalizePointSelection(selection, array, options);
    return { ...createRequest(array, defaults, [], options, startedMs), points, elements: points.count };
  }
  return createRequest(array, defaults, yield* normalizeOne(array, selection, options), options, startedMs);
}

/**
 * Normalises a selection in time slices. The only option that matters is `coordinates`.
 * @throws {SelectionError}
 */
export function* normalizeOne(
  { shape, dimensionNames, domain }: Selectable,
  selection: AnySelection | undefined,
  options: ReadOptions | undefined,
): Sliced<Hyperslab> {
  const named = toPositionalSelection(selection, dimensionNames);
  const positional = usesDomain(options) ? yield* toPositionsSliced(named, shape, domain ?? []) : named;
  return yield* normalizeSelectionSliced(positional, shape);
}

/** Number of boxes between two checkpoints, at which other work may run. */
const boxesPerCheckpoint = 256;

/**
 * Validates the selections of `readMany` like {@link parseRequest}, in time slices.
 * @throws {SelectionError} with the index of the selection in its message.
 */
export function* parseManySliced(
  array: ArrayDescriptor,
  defaults: ReadDefaults,
  selections: readonly AnySelection[],
  options: ReadOptions | undefined,
): Sliced<ReadRequest> {
  const startedMs = performance.now();
  const boxes = yield* normalizeAll(array, selections, options);
  let elements = 0;
  for (const [i, box] of boxes.entries()) {
    if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    elements += countElements(box);
  }
  const request = createRequest(array, defaults, [], options, startedMs);
  if (elements * request.out.size > Number.MAX_SAFE_INTEGER) throw tooLongError(elements * request.out.size);
  return { ...request, boxes, elements };
}

/** Properties of an array that are needed to normalise a selection. */
export type Selectable = Pick<ArrayDescriptor, 'shape' | 'dimensionNames'> & {
  readonly domain?: ArrayDescriptor['domain'] | null;
};

/**
 * Normalises selections in time slices.
 * @throws {SelectionError} with the index of the selection in its message.
 */
export function* normalizeAll(
  array: Selectable,
  selections: readonly AnySelection[],
  options: ReadOptions | undefined,
): Sliced<Hyperslab[]> {
  const boxes: Hyperslab[] = [];
  for (const [i, selection] of selections.entries()) {
    if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    try {
      boxes.push(yield* normalizeOne(array, selection, options));
    } catch (error) {
      if (!isPosixParError(error, 'SelectionError')) throw error;
      throw new SelectionError(`selections[${i}]: ${error.message}`, error.dimension ?? undefined, { cause: error });
    }
  }
  return boxes;
}

/** Returns the number of elements of a slab. */
export function countElements(slab: Hyperslab): number {
  let elements = 1;
  for (const { count } of slab) elements *= count;
  return elements;
}

/** True if `selection` must be normalised in time slices: it has a long list, or consists of points. */
export function hasLongList(selection: AnySelection | undefined): boolean {
  if (selection instanceof PointSelection) return true;
  if (typeof selection !== 'object' || selection === null) return false;
  const entries: readonly unknown[] = Array.isArray(selection) ? selection : Object.values(selection);
  for (const entry of entries) if (isLongList(entry)) return true;
  return false;
}

/** Maximum number of entries of a list in a synchronous call. */
const maxListedSync = 2 ** 20;

/**
 * Throws if `selection` has a list that would block a synchronous call for too long.
 * @throws {SelectionError}
 */
export function checkListLengths(selection: AnySelection, call: string): void {
  if (typeof selection !== 'object' || selection === null) return;
  const entries: readonly unknown[] = Array.isArray(selection) ? selection : Object.values(selection);
  for (const entry of entries) {
    if (!isLongList(entry) || entry.length <= maxListedSync) continue;
    throw new SelectionError(
      `Expected at most ${maxListedSync} entries in a list for ${call}, because it blocks, received ${entry.length}`,
    );
  }
}

function usesDomain(options: ReadOptions | undefined): boolean {
  return options?.coordinates === 'domain';
}

function createRequest(
  array: ArrayDescriptor,
  defaults: ReadDefaults,
  slab: Hyperslab,
  options: ReadOptions | undefined,
  startedMs: number,
): ReadRequest {
  const { dtype, scaling, fillValue } = array;
  const decoded = resolveDecoding(array, options);
  const applied = options?.scaled === true ? scaling : null;
  const out = dtypeInfo(decoded?.out ?? resultType(options, dtype, options?.scaled === true));
  const elements = countElements(slab);
  if (elements * out.size > Number.MAX_SAFE_INTEGER) throw tooLongError(elements * out.size);
  const settings = options === undefined ? defaults : readDefaults(options, defaults);
  const conversion = {
    out,
    overflow: overflowMode(options),
    scaling: applied,
    decoding: decoded?.decoding ?? null,
    fill: { type: dtypeInfo(dtype), words: fillWords(fillValue, dtype) },
  };
  return {
    slab,
    boxes: null,
    points: null,
    isMasked: options?.mask === true,
    out,
    elements,
    defaults: settings,
    conversion,
    startedMs,
  };
}

/** Where the elements of a read go: to the memory of a result, or to the state of a reduction. */
export interface ReadDestination {
  /** Memory of the elements; null if they are added to a state. */
  readonly data: TypedArray | null;
  readonly mask: DataFor<'bool'> | null;
  readonly native: ReadTarget;
  /** True if the memory was allocated for this read and never touched. */
  readonly isFresh: boolean;
  /** Bytes of `data` and `mask` that earlier results used. */
  readonly recycledBytes: number;
  /**
   * Must be called when the read has begun or failed; the native side counts the memory from then on. May be called
   * twice.
   */
  readonly begun: () => void;
  /** Called before a read is repeated although it has succeeded. Undoes its effect on a state. */
  readonly reset?: () => void;
}

/** Memory that a read fills. */
export interface ResultTarget extends ReadDestination {
  readonly data: TypedArray;
  /** True if the library allocated the memory for this read, so that the caller has no access to it yet. */
  readonly isOwned: boolean;
}

/** Returns the number of bytes that the result of a read and its mask take. */
export function resultBytes({ out, elements, isMasked }: ReadRequest): number {
  return elements * out.size + (isMasked ? elements : 0);
}

/** {@link ReadDestination.begun} of memory that the library has not allocated. */
export const nothingToDo = (): void => {};

/** Builds the target of a read from memory of the library. */
function ownedTarget({ conversion }: ReadRequest, memory: AllocatedMemory): ResultTarget {
  const { data, mask, recycledBytes, begun } = memory;
  const native = nativeTarget(conversion, data, mask);
  return { data, mask, native, isOwned: true, isFresh: recycledBytes === 0, recycledBytes, begun };
}

/**
 * Returns the memory that is passed to the native side. The mask is included only if `decoding` is not null. Otherwise
 * no attribute of the array says which values are missing, so the native side has nothing to write to the mask.
 */
function nativeTarget({ decoding }: ElementConversion, data: TypedArray, mask: Uint8Array | null): ReadTarget {
  const view = toNativeView(data);
  return mask === null || decoding === null ? view : [view, mask];
}

/**
 * Returns a request that reads only the boxes [from, to) of a batch, and a target with the part of the batch's memory
 * that belongs to these boxes.
 */
export function sliceBoxes(
  request: ReadRequest,
  target: ResultTarget,
  from: number,
  to: number,
): { request: ReadRequest; target: ResultTarget } {
  const all = request.boxes ?? [];
  const count = (boxes: readonly Hyperslab[]): number => boxes.reduce((sum, box) => sum + countElements(box), 0);
  const boxes = all.slice(from, to);
  const begin = count(all.slice(0, from));
  const elements = count(boxes);
  const entries = target.data.length / Math.max(1, request.elements);
  const data = target.data.subarray(begin * entries, (begin + elements) * entries);
  const mask = target.mask?.subarray(begin, begin + elements) ?? null;
  // A failed attempt to read more boxes may have written to the mask.
  mask?.fill(0);
  const native = nativeTarget(request.conversion, data, mask);
  return {
    request: { ...request, boxes, elements },
    target: {
      ...target,
      data,
      mask,
      native,
      isFresh: false,
      recycledBytes: target.recycledBytes === 0 ? 0 : data.byteLength,
      begun: nothingToDo,
    },
  };
}

/**
 * Allocates memory for the result.
 * @throws {MemoryLimitError} if it does not fit, or is too long for one typed array.
 */
export function allocateTarget(request: ReadRequest): ResultTarget {
  return ownedTarget(request, allocateResult(request));
}

/** Allocates like {@link allocateTarget}. If memory is short, first waits for unreferenced results to be freed. */
export function allocateTargetOrWait(request: ReadRequest): ResultTarget | Promise<ResultTarget> {
  const memory = allocateResultOrWait(request);
  return isPromise(memory) ? memory.then((later) => ownedTarget(request, later)) : ownedTarget(request, memory);
}

/**
 * Uses the caller's memory for the result.
 * @throws {TypeError} if it has the wrong type. @throws {RangeError} if it has the wrong length.
 */
export function wrapTarget(request: ReadRequest, data: TypedArray): ResultTarget {
  const { out, elements, isMasked, conversion } = request;
  checkTarget(data, out, elements);
  const mask = isMasked ? new Uint8Array(elements) : null;
  const native = nativeTarget(conversion, data, mask);
  return { data, mask, native, isOwned: false, isFresh: false, recycledBytes: 0, begun: nothingToDo };
}
