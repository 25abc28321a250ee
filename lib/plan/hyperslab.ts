/**
 * Normalises a selection. For each dimension the result has a range (start, step and count) or a list of indices, all
 * within the array.
 * @module
 */
import { checkpoint, finish, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { SelectionError } from '../core/errors.js';
import { parseSelection, type Selection, type SelectionEntry, type Slice } from './selection.js';

/** Regularly spaced indices `start + i * step` for i < count. */
export interface RangeAxis {
  readonly kind: 'range';
  readonly start: number;
  /** Step; may be negative. It is 1 if count < 2. */
  readonly step: number;
  readonly count: number;
  /** True if the dimension was selected by an integer, which drops it from the result. */
  readonly dropped: boolean;
}

/** A list of indices. */
export interface ListAxis {
  readonly kind: 'list';
  readonly indices: Float64Array;
  readonly count: number;
  readonly dropped: false;
  /** Smallest index, or a lower bound if the list is a part of another list; 0 if the list is empty. */
  readonly low: number;
  /** Largest index, or an upper bound if the list is a part of another list; 0 if the list is empty. */
  readonly high: number;
}

export type Axis = RangeAxis | ListAxis;

/** One axis per dimension of the array. */
export type Hyperslab = readonly Axis[];

/** True if `entry` is a list of indices or a mask, and too long to normalise in one time slice. */
export function isLongList(entry: unknown): entry is ArrayLike<unknown> {
  if (!Array.isArray(entry) && !ArrayBuffer.isView(entry)) return false;
  return (entry as ArrayLike<unknown>).length > stepsPerCheckpoint;
}

/**
 * Normalises `selection` for an array of shape `shape`.
 * @throws {SelectionError} if the selection is invalid. For example, there are more entries than dimensions, an entry
 *   has the wrong type, an integer is out of bounds, a step is 0, a mask has the wrong length, or there are two
 *   ellipses.
 */
export function normalizeSelection(selection: Selection | undefined, shape: readonly number[]): Axis[] {
  const entries = entryPerDimension(selection, shape);
  const axes: Axis[] = [];
  for (let d = 0; d < shape.length; d++) {
    axes.push(normalizeEntry(entries[d] as SelectionEntry, shape[d] ?? 0, d));
  }
  return axes;
}

/** Normalises like {@link normalizeSelection}, in time slices. */
export function* normalizeSelectionSliced(selection: Selection | undefined, shape: readonly number[]): Sliced<Axis[]> {
  const entries = entryPerDimension(selection, shape);
  const axes: Axis[] = [];
  for (const [d, entry] of entries.entries()) {
    const length = shape[d] ?? 0;
    axes.push(isLongList(entry) ? yield* list(entry, length, d) : normalizeEntry(entry, length, d));
  }
  return axes;
}

/** Returns one entry per dimension. Dimensions that are missing or covered by an ellipsis are null. */
function entryPerDimension(selection: Selection | undefined, shape: readonly number[]): SelectionEntry[] {
  const entries = typeof selection === 'string' ? parseSelection(selection) : (selection ?? []);
  if (!Array.isArray(entries)) {
    const hint = typeof entries === 'number' ? `: write [${entries}]` : '';
    throw new SelectionError(
      `Expected an array of entries, a string or null for the selection, received ${describe(entries)}${hint}`,
    );
  }
  const rank = shape.length;
  const aligned: SelectionEntry[] = [];
  const ellipsis = entries.indexOf('...');
  const given = ellipsis < 0 ? entries.length : entries.length - 1;
  if (given > rank)
    throw new SelectionError(`Expected at most ${rank} entries for shape [${shape.join(', ')}], received ${given}`);
  for (let i = 0; i < entries.length; i++) {
    if (i === ellipsis) for (let n = rank - given; n > 0; n--) aligned.push(null);
    else aligned.push(entries[i] as SelectionEntry);
  }
  while (aligned.length < rank) aligned.push(null);
  return aligned;
}

/**
 * Returns the lowest selected index of an axis, which must select at least one. If the axis is a part of a list,
 * returns a lower bound.
 */
export function lowestIndex(axis: Axis): number {
  if (axis.kind === 'list') return axis.low;
  return axis.step < 0 ? axis.start + (axis.count - 1) * axis.step : axis.start;
}

/**
 * Returns the highest selected index of an axis, which must select at least one. If the axis is a part of a list,
 * returns an upper bound.
 */
export function highestIndex(axis: Axis): number {
  if (axis.kind === 'list') return axis.high;
  return axis.step < 0 ? axis.start : axis.start + (axis.count - 1) * axis.step;
}

/** Returns the shape of the result, which lacks dropped dimensions. */
export function shapeOf(slab: Hyperslab): number[] {
  const shape: number[] = [];
  for (const axis of slab) if (!axis.dropped) shape.push(axis.count);
  return shape;
}

function whole(length: number): RangeAxis {
  return { kind: 'range', start: 0, step: 1, count: length, dropped: false };
}

function normalizeEntry(entry: SelectionEntry, length: number, dimension: number): Axis {
  if (typeof entry === 'number') return integer(entry, length, dimension);
  if (entry === null) return whole(length);
  if (typeof entry === 'bigint') return integer(Number(entry), length, dimension);
  if (Array.isArray(entry) || ArrayBuffer.isView(entry))
    return finish(list(entry as ArrayLike<unknown>, length, dimension));
  if (typeof entry === 'object') return range(entry as Slice, length, dimension);
  if (entry === '...') throw new SelectionError("Expected '...' at most once in a selection");
  throw new SelectionError(
    `Expected an integer, slice, null, list, mask or '...' for dimension ${dimension}, received ${describe(entry)}`,
    dimension,
  );
}

function integer(value: number, length: number, dimension: number): RangeAxis {
  return { kind: 'range', start: resolve(value, length, dimension), step: 1, count: 1, dropped: true };
}

function resolve(value: number, length: number, dimension: number): number {
  if (!Number.isInteger(value))
    throw new SelectionError(`Expected an integer index for dimension ${dimension}, received ${value}`, dimension);
  const index = value < 0 ? value + length : value;
  if (index < 0 || index >= length) {
    throw new SelectionError(
      `Index ${value} is out of bounds for dimension ${dimension} of length ${length}`,
      dimension,
    );
  }
  return index;
}

// Follows Python's slice.indices(): https://docs.python.org/3/reference/datamodel.html#slice.indices
function range(entry: Slice, length: number, dimension: number): RangeAxis {
  for (const key in entry) {
    // Refuses unknown keys: a slice with a misspelt bound, such as `end`, would select the whole axis.
    if (key !== 'start' && key !== 'stop' && key !== 'step') {
      const isResult = 'data' in entry && 'shape' in entry;
      const message = isResult
        ? `Expected an entry of the selection for dimension ${dimension}, received the result of a read. Pass its ` +
          '`data` if it is a list of indices. Pass the result to `readPoints` if it is a mask of several dimensions'
        : `Expected start, stop or step in the slice for dimension ${dimension}, received '${key}'`;
      throw new SelectionError(message, dimension);
    }
  }
  const step = bound(entry.step, dimension, 'step') ?? 1;
  if (step === 0) throw new SelectionError(`Expected a step other than 0 for dimension ${dimension}`, dimension);
  const start = bound(entry.start, dimension, 'start');
  const stop = bound(entry.stop, dimension, 'stop');
  const lower = step > 0 ? 0 : -1;
  const upper = step > 0 ? length : length - 1;
  const first = start === null ? (step > 0 ? lower : upper) : clamp(start, length, lower, upper);
  const end = stop === null ? (step > 0 ? upper : lower) : clamp(stop, length, lower, upper);
  const count = Math.max(0, Math.ceil((end - first) / step));
  return { kind: 'range', start: count === 0 ? 0 : first, step: count < 2 ? 1 : step, count, dropped: false };
}

function clamp(value: number, length: number, lower: number, upper: number): number {
  const index = value < 0 ? value + length : value;
  return Math.min(Math.max(index, lower), upper);
}

function bound(given: number | bigint | null | undefined, dimension: number, name: string): number | null {
  if (given === null || given === undefined) return null;
  const value: unknown = typeof given === 'bigint' ? Number(given) : given;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new SelectionError(
      `Expected an integer or null for ${name} of dimension ${dimension}, received ${describe(value)}`,
      dimension,
    );
  }
  return value;
}

function* list(entry: ArrayLike<unknown>, length: number, dimension: number): Sliced<Axis> {
  if (typeof entry[0] === 'boolean') return yield* mask(entry, length, dimension);
  const indices = new Float64Array(entry.length);
  let highest = 0;
  for (let i = 0; i < indices.length; ) {
    const stop = Math.min(indices.length, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const given = entry[i];
      const value = typeof given === 'bigint' ? Number(given) : given;
      if (typeof value !== 'number') {
        throw new SelectionError(
          `Expected integers in the list for dimension ${dimension}, received ${describe(value)}`,
          dimension,
        );
      }
      const index = resolve(value, length, dimension);
      if (index > highest) highest = index;
      indices[i] = index;
    }
    if (i < indices.length) yield checkpoint;
  }
  if (highest <= 1 && looksLikeMask(entry, length)) {
    throw new SelectionError(
      `Expected indices or booleans for dimension ${dimension}, received ${length} bytes that are 0 or 1. ` +
        'If they are a mask, write Array.from(mask, Boolean)',
      dimension,
    );
  }
  return yield* simplify(indices);
}

/**
 * True if a list of zeros and ones is more likely a mask than a list of indices. Reading a bool array gives such a
 * typed array of bytes. A list with one or two entries is as likely a list of indices, so it does not count as a mask.
 */
function looksLikeMask(entry: ArrayLike<unknown>, length: number): boolean {
  return entry.length === length && length > 2 && (entry as Partial<Uint8Array>).BYTES_PER_ELEMENT === 1;
}

function* mask(entry: ArrayLike<unknown>, length: number, dimension: number): Sliced<Axis> {
  if (entry.length !== length) {
    throw new SelectionError(
      `Expected a mask of ${length} booleans for dimension ${dimension}, received ${entry.length}`,
      dimension,
    );
  }
  let count = 0;
  for (let i = 0; i < length; ) {
    const stop = Math.min(length, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const value = entry[i];
      if (typeof value !== 'boolean') {
        throw new SelectionError(
          `Expected only booleans in the mask for dimension ${dimension}, received ${describe(value)}`,
          dimension,
        );
      }
      if (value) count += 1;
    }
    if (i < length) yield checkpoint;
  }
  const chosen = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < length; ) {
    const stop = Math.min(length, i + stepsPerCheckpoint);
    for (; i < stop; i++) if (entry[i] === true) chosen[at++] = i;
    if (i < length) yield checkpoint;
  }
  return yield* simplify(chosen);
}

/** Creates an axis of a list: a range if the step is constant, because ranges are planned and copied faster. */
function* simplify(indices: Float64Array): Sliced<Axis> {
  const count = indices.length;
  const start = indices[0] ?? 0;
  const step = count > 1 ? (indices[1] ?? 0) - start : 1;
  let isRange = step !== 0;
  let low = start;
  let high = start;
  for (let i = 1; i < count; ) {
    const stop = Math.min(count, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const index = indices[i] ?? 0;
      if (index !== start + i * step) isRange = false;
      if (index < low) low = index;
      if (index > high) high = index;
    }
    if (i < count) yield checkpoint;
  }
  if (isRange) return { kind: 'range', start, step, count, dropped: false };
  return { kind: 'list', indices, count, dropped: false, low, high };
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' ? 'an object' : String(value);
}
