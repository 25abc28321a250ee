/**
 * A validated read request, before any I/O, and the memory that the read fills.
 * @module
 */
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
import { resolveDecoding } from './decoding.js';
import { resultMemory } from './memory-limit.js';
import { type AnySelection, toPositionalSelection } from './named-selection.js';
import type { ReadOptions } from './options.js';
import { allocate, checkTarget, toNativeView, tooLongError } from './result.js';
import { overflowMode, readDefaults, resultType } from './settings.js';

/** A validated read: its selection, its options and the type of its result. */
export interface ReadRequest {
  readonly slab: Hyperslab;
  /** The selections of `readMany`, whose boxes follow each other in the result; null for a read of `slab` alone. */
  readonly boxes: readonly Hyperslab[] | null;
  readonly isMasked: boolean;
  readonly out: DTypeInfo;
  readonly elements: number;
  readonly defaults: ReadDefaults;
  readonly conversion: ElementConversion;
  readonly startedMs: number;
}

/**
 * Validates `selection` and `options`; `defaults` supplies the options that are not given.
 * @throws {SelectionError} @throws {TypeError} for an option. @throws {MemoryLimitError} if the result would have too
 *   many elements.
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
  const { shape, dimensionNames, domain } = array;
  const named = toPositionalSelection(selection, dimensionNames);
  const positional = usesDomain(options) ? yield* toPositionsSliced(named, shape, domain ?? []) : named;
  return createRequest(array, defaults, yield* normalizeSelectionSliced(positional, shape), options, startedMs);
}

/** Number of boxes after which the parsing of selections may be interrupted. */
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
  const { shape, dimensionNames, domain } = array;
  const boxes: Hyperslab[] = [];
  let elements = 0;
  for (const [i, selection] of selections.entries()) {
    if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    try {
      const named = toPositionalSelection(selection, dimensionNames);
      const positional = usesDomain(options) ? yield* toPositionsSliced(named, shape, domain ?? []) : named;
      boxes.push(yield* normalizeSelectionSliced(positional, shape));
    } catch (error) {
      if (!isPosixParError(error, 'SelectionError')) throw error;
      throw new SelectionError(`selections[${i}]: ${error.message}`, error.dimension ?? undefined, { cause: error });
    }
    elements += countElements(boxes[i] ?? []);
  }
  const request = createRequest(array, defaults, [], options, startedMs);
  if (elements * request.out.size > Number.MAX_SAFE_INTEGER) throw tooLongError(elements * request.out.size);
  return { ...request, boxes, elements };
}

/** Returns the number of elements of a slab. */
export function countElements(slab: Hyperslab): number {
  let elements = 1;
  for (const { count } of slab) elements *= count;
  return elements;
}

/** True if `selection` has a list that is too long to normalise in one time slice. */
export function hasLongList(selection: AnySelection | undefined): boolean {
  if (typeof selection !== 'object' || selection === null) return false;
  const entries: readonly unknown[] = Array.isArray(selection) ? selection : Object.values(selection);
  for (const entry of entries) if (isLongList(entry)) return true;
  return false;
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
    isMasked: options?.mask === true,
    out,
    elements,
    defaults: settings,
    conversion,
    startedMs,
  };
}

/** Memory that a read fills. */
export interface ResultTarget {
  readonly data: TypedArray;
  readonly mask: DataFor<'bool'> | null;
  readonly native: ReadTarget;
  /** True if the memory was allocated for this read and never touched. */
  readonly isFresh: boolean;
  /**
   * Called when the read has begun, from when the native side counts the memory, or has failed. May be called twice.
   */
  readonly begun: () => void;
}

/** Returns the number of bytes that the result of a read and its mask take. */
export function resultBytes({ out, elements, isMasked }: ReadRequest): number {
  return elements * out.size + (isMasked ? elements : 0);
}

/**
 * Builds the target of a read from `data`, and adds a mask if one is requested. Without a decoding nothing can be
 * missing, so the native side does not write the mask.
 */
function createTarget(
  { isMasked, conversion, elements }: ReadRequest,
  data: TypedArray,
  isFresh: boolean,
  begun: () => void,
): ResultTarget {
  const mask = isMasked ? new Uint8Array(elements) : null;
  const view = toNativeView(data);
  return { data, mask, native: mask === null || conversion.decoding === null ? view : [view, mask], isFresh, begun };
}

/**
 * Allocates memory for the result.
 * @throws {MemoryLimitError} if it does not fit, or is too long for one typed array.
 */
export function allocateFreshTarget(request: ReadRequest): ResultTarget {
  return allocateTarget(request, resultMemory.admit(resultBytes(request)));
}

/** Allocates like {@link allocateFreshTarget}. If memory is short, waits until unreferenced results are freed. */
export function allocateFreshTargetOrWait(request: ReadRequest): ResultTarget | Promise<ResultTarget> {
  try {
    return allocateFreshTarget(request);
  } catch (error) {
    if (!isPosixParError(error, 'MemoryLimitError') || error.neededBytes > error.limitBytes) throw error;
    return resultMemory.admitLater(resultBytes(request)).then((begun) => allocateTarget(request, begun));
  }
}

function allocateTarget(request: ReadRequest, begun: () => void): ResultTarget {
  try {
    return createTarget(request, allocate(request.out, request.elements), true, begun);
  } catch (error) {
    begun();
    throw error;
  }
}

/**
 * Uses the caller's memory for the result.
 * @throws {TypeError} if it has the wrong type. @throws {RangeError} if it has the wrong length.
 */
export function wrapTarget(request: ReadRequest, data: TypedArray): ResultTarget {
  checkTarget(data, request.out, request.elements);
  return createTarget(request, data, false, () => {});
}
