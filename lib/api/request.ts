/**
 * A read that has been checked, before any I/O, and the memory that it fills.
 * @module
 */
import { type DataFor, type DTypeInfo, dtypeInfo, type TypedArray } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import type { ReadDefaults, WireOptions } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { ReadTarget } from '../native/binding.js';
import { positionsOf } from '../plan/domain.js';
import { type Hyperslab, normalizeSelection } from '../plan/hyperslab.js';
import { decodedRead } from './decoding.js';
import { type AnySelection, positionalSelection } from './named-selection.js';
import type { ReadOptions } from './options.js';
import { nativeView } from './result.js';
import { overflowMode, readDefaults, resultType } from './settings.js';

/** What is read, and how. */
export interface ReadRequest {
  readonly slab: Hyperslab;
  readonly isMasked: boolean;
  readonly out: DTypeInfo;
  readonly elements: number;
  readonly defaults: ReadDefaults;
  readonly wire: WireOptions;
  readonly startedMs: number;
}

/**
 * The read of `selection` that `options` describe; what they leave open is as in `defaults`.
 * @throws {SelectionError} @throws {TypeError} for an option. @throws {RangeError} when the result would have too many elements.
 */
export function readRequest(
  array: ArrayDescriptor,
  defaults: ReadDefaults,
  selection: AnySelection | undefined,
  options: ReadOptions | undefined,
): ReadRequest {
  const startedMs = performance.now();
  const { shape, dtype, scaling, dimensionNames, fillValue, domain } = array;
  const decoded = decodedRead(array, options);
  const named = positionalSelection(selection, dimensionNames);
  const isInDomain = options?.coordinates === 'domain';
  const slab = normalizeSelection(isInDomain ? positionsOf(named, shape, domain ?? []) : named, shape);
  const applied = options?.scaled === true ? scaling : null;
  const out = dtypeInfo(decoded?.out ?? resultType(options, dtype, options?.scaled === true));
  let elements = 1;
  for (const axis of slab) elements *= axis.count;
  if (elements * out.size > Number.MAX_SAFE_INTEGER) throw new RangeError(`The result would have ${elements} elements`);
  const settings = options === undefined ? defaults : readDefaults(options, defaults);
  const wire = {
    out,
    overflow: overflowMode(options),
    scaling: applied,
    decoding: decoded?.wire ?? null,
    fill: { type: dtypeInfo(dtype), words: fillWords(fillValue, dtype) },
    threads: settings.threads,
    engine: settings.engine,
    cache: settings.cache,
    readahead: settings.readahead,
    aheadBytes: settings.aheadBytes,
    queueDepth: settings.queueDepth,
    coalescing: settings.coalescing,
  };
  return { slab, isMasked: options?.mask === true, out, elements, defaults: settings, wire, startedMs };
}

/** The memory that a read fills. */
export interface Target {
  readonly data: TypedArray;
  readonly mask: DataFor<'bool'> | null;
  readonly native: ReadTarget;
  /** It was allocated for this read and never touched. */
  readonly isFresh: boolean;
}

/** `data` with a mask beside it where one is asked for; where nothing can be missing it stays as it is. */
export function targetOf({ isMasked, wire, elements }: ReadRequest, data: TypedArray, isFresh: boolean): Target {
  const mask = isMasked ? new Uint8Array(elements) : null;
  const view = nativeView(data);
  return { data, mask, native: mask === null || wire.decoding === null ? view : [view, mask], isFresh };
}
