/**
 * Points of an array: single elements that a caller selects by one index per dimension.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { SelectionError } from '../core/errors.js';
import { product } from '../core/numbers.js';

/** Points of an array. Point i has the index `lists[d][i]` in dimension d. */
export interface Points {
  /** One list per dimension, all with `count` indices within the array. */
  readonly lists: readonly Float64Array[];
  readonly count: number;
  /** Shape of the result: `[count]`; `[]` for the only element of an array without dimensions. */
  readonly shape: readonly number[];
}

/** A mask as long as the array in each dimension. */
export interface MaskElements {
  /** One element per element of the array, in C order. */
  readonly data: ArrayLike<unknown>;
  readonly shape: readonly number[];
}

/** Describes a dimension in an error message. */
function describeDimension(d: number, names: readonly (string | null)[] | null): string {
  const name = names?.[d] ?? null;
  return name === null ? `dimension ${d}` : `dimension ${d} ('${name}')`;
}

function describeValue(value: unknown): string {
  return typeof value === 'object' ? (value === null ? 'null' : 'an object') : String(value);
}

function lengthOf(list: unknown): number | null {
  return Array.isArray(list) || (ArrayBuffer.isView(list) && 'BYTES_PER_ELEMENT' in list)
    ? (list as unknown as ArrayLike<unknown>).length
    : null;
}

/**
 * Checks that `given` has one list per dimension, and that the lists have the same length.
 * @throws {SelectionError}
 */
export function checkPointLists(
  given: unknown,
  shape: readonly number[],
  names: readonly (string | null)[] | null,
): readonly ArrayLike<unknown>[] {
  const rank = shape.length;
  const wanted = `Expected ${rank} ${rank === 1 ? 'list' : 'lists'} of indices, one per dimension of shape [${shape.join(', ')}]`;
  if (!Array.isArray(given)) throw new SelectionError(`${wanted}, or a mask; received ${describeValue(given)}`);
  if (given.length !== rank) throw new SelectionError(`${wanted}; received ${given.length}`);
  const first = lengthOf(given[0]);
  for (const [d, list] of given.entries()) {
    const length = lengthOf(list);
    const dimension = describeDimension(d, names);
    if (length === null) {
      throw new SelectionError(`Expected a list of indices for ${dimension}, received ${describeValue(list)}`, d);
    }
    if (length !== first) {
      throw new SelectionError(
        `Expected lists of the same length; the list for ${dimension} has ${length} indices, ` +
          `the list for ${describeDimension(0, names)} has ${first}`,
        d,
      );
    }
  }
  return given;
}

/**
 * Copies lists of indices, in time slices. Negative indices count from the end.
 * @param given one list per dimension of `shape`; see {@link checkPointLists}.
 * @throws {SelectionError} naming the dimension, the position in the list and the index.
 */
export function* normalizePoints(
  given: readonly ArrayLike<unknown>[],
  shape: readonly number[],
  names: readonly (string | null)[] | null,
): Sliced<Points> {
  const lists: Float64Array[] = [];
  for (const [d, list] of given.entries()) {
    const length = shape[d] ?? 0;
    const indices = new Float64Array(list.length);
    for (let i = 0; i < indices.length; ) {
      const stop = Math.min(indices.length, i + stepsPerCheckpoint);
      for (; i < stop; i++) {
        const entry = list[i];
        const value = typeof entry === 'bigint' ? Number(entry) : entry;
        const index = typeof value === 'number' && value < 0 ? value + length : value;
        if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= length) {
          throw pointError(entry, i, d, length, names);
        }
        indices[i] = index;
      }
      if (i < indices.length) yield checkpoint;
    }
    lists.push(indices);
  }
  const count = given[0]?.length ?? 1;
  return { lists, count, shape: given.length === 0 ? [] : [count] };
}

function pointError(
  entry: unknown,
  i: number,
  d: number,
  length: number,
  names: readonly (string | null)[] | null,
): SelectionError {
  const dimension = describeDimension(d, names);
  const isInteger = typeof entry === 'bigint' || Number.isInteger(entry);
  if (isInteger) {
    return new SelectionError(
      `Point ${i}: index ${describeValue(entry)} is out of bounds for ${dimension} of length ${length}`,
      d,
    );
  }
  const hint = typeof entry === 'boolean' ? '. Pass a mask as { data, shape }' : '';
  return new SelectionError(
    `Point ${i}: expected an integer index for ${dimension}, received ${describeValue(entry)}${hint}`,
    d,
  );
}

/** True if `given` is a mask and not a list of index lists. */
export function isMask(given: unknown): given is MaskElements {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && 'data' in given && 'shape' in given;
}

/**
 * Returns the points at which a mask is true, in C order and in time slices.
 * @throws {SelectionError} if the mask does not have the shape of the array, or an element is neither a boolean nor 0
 *   or 1.
 */
export function* pointsOfMask({ data, shape: given }: MaskElements, shape: readonly number[]): Sliced<Points> {
  const hasShape = Array.isArray(given) && given.length === shape.length && shape.every((n, d) => n === given[d]);
  if (!hasShape) {
    const received = Array.isArray(given) ? `[${given.join(', ')}]` : describeValue(given);
    throw new SelectionError(`Expected a mask of shape [${shape.join(', ')}], received one of shape ${received}`);
  }
  const elements = product(shape);
  const length = lengthOf(data);
  if (length !== elements) {
    throw new SelectionError(`Expected a mask with ${elements} elements in \`data\`, received ${length ?? 'no list'}`);
  }
  let count = 0;
  for (let i = 0; i < elements; ) {
    const stop = Math.min(elements, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const value = data[i];
      if (value === 1 || value === true) count += 1;
      else if (value !== 0 && value !== false) {
        throw new SelectionError(
          `Expected booleans, or 0 and 1, in the mask; received ${describeValue(value)} at ${i}`,
        );
      }
    }
    if (i < elements) yield checkpoint;
  }
  const lists = shape.map(() => new Float64Array(count));
  let at = 0;
  for (let i = 0; i < elements; ) {
    const stop = Math.min(elements, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const value = data[i];
      // The elements may have changed between the two passes.
      if ((value !== 1 && value !== true) || at === count) continue;
      let rest = i;
      for (let d = shape.length - 1; d >= 0; d--) {
        const n = shape[d] ?? 1;
        const quotient = Math.floor(rest / n);
        (lists[d] as Float64Array)[at] = rest - quotient * n;
        rest = quotient;
      }
      at += 1;
    }
    if (i < elements) yield checkpoint;
  }
  return { lists, count, shape: [count] };
}

/** Returns the lowest index and one more than the highest index of each dimension. There must be points. */
export function* boundsOfPoints({ lists }: Points): Sliced<{ start: number[]; stop: number[] }> {
  const start: number[] = [];
  const stop: number[] = [];
  for (const list of lists) {
    let low = list[0] ?? 0;
    let high = low;
    for (let i = 0; i < list.length; ) {
      const end = Math.min(list.length, i + stepsPerCheckpoint);
      for (; i < end; i++) {
        const index = list[i] ?? 0;
        if (index < low) low = index;
        if (index > high) high = index;
      }
      if (i < list.length) yield checkpoint;
    }
    start.push(low);
    stop.push(high + 1);
  }
  return { start, stop };
}
