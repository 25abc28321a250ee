/**
 * Sorts integers in linear time and in time slices.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';

/** Keys in ascending order, and the value that belongs to each. */
export interface Sorted {
  readonly keys: Float64Array | Uint32Array;
  readonly positions: Uint32Array;
}

const digitBits = 11;
const buckets = 2 ** digitBits;

/** Up to this number of keys, the sort of typed arrays is faster than the radix sort. */
const fewKeys = 512;

/** Keys below this number can be stored in one number together with an index below `fewKeys`. */
const maxPairedKey = 2 ** 53 / fewKeys;

/**
 * Sorts keys with a stable radix sort, least significant digit first, in linear time. Few keys are sorted by
 * the sort of typed arrays.
 * @param keys integers in [0, 2^53). Not modified.
 * @param positions value that belongs to each key. Default 0, 1, 2, …. Not modified.
 */
export function* sortKeys(keys: Float64Array | Uint32Array, positions?: Uint32Array): Sliced<Sorted> {
  const n = keys.length;
  const { isSorted, greatest } = yield* inspectKeys(keys);
  if (isSorted) return { keys, positions: positions ?? (yield* ascending(n)) };
  if (n <= fewKeys && greatest < maxPairedKey) return sortFew(keys, positions);
  const isWide = greatest >= 2 ** 32;
  const allocate = (): Sorted => ({
    keys: isWide ? new Float64Array(n) : new Uint32Array(n),
    positions: new Uint32Array(n),
  });
  const digitAt = (shift: number) =>
    isWide ? wideDigit(shift) : (key: number): number => (key >>> shift) & (buckets - 1);
  let sorted = allocate();
  yield* distribute({ keys, positions }, sorted, digitAt(0));
  let spare: Sorted | null = null;
  for (let shift = digitBits; 2 ** shift <= greatest; shift += digitBits) {
    const into: Sorted = spare ?? allocate();
    yield* distribute(sorted, into, digitAt(shift));
    [spare, sorted] = [sorted, into];
  }
  return sorted;
}

/** Returns 0, 1, 2, …, n - 1. */
export function* ascending(n: number): Sliced<Uint32Array> {
  const positions = new Uint32Array(n);
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) positions[i] = i;
    if (i < n) yield checkpoint;
  }
  return positions;
}

/** Maximum number of entries of the table that {@link firstNumbers} shares. */
const maxShared = 65536;
let shared: Uint32Array = new Uint32Array(0);

/** Returns 0, 1, 2, …, n - 1. Callers share the memory, so do not change it. */
export function* firstNumbers(n: number): Sliced<Uint32Array> {
  if (n > maxShared) return yield* ascending(n);
  if (n > shared.length) shared = yield* ascending(Math.min(maxShared, 2 * n));
  return shared.subarray(0, n);
}

function* inspectKeys(keys: Float64Array | Uint32Array): Sliced<{ isSorted: boolean; greatest: number }> {
  let isSorted = true;
  let greatest = 0;
  let before = 0;
  for (let i = 0; i < keys.length; ) {
    const stop = Math.min(keys.length, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const key = keys[i] ?? 0;
      if (key < before) isSorted = false;
      if (key > greatest) greatest = key;
      before = key;
    }
    if (i < keys.length) yield checkpoint;
  }
  return { isSorted, greatest };
}

/** Sorts one number per key, which contains the key and its index. Without a comparison function, this is faster. */
function sortFew(keys: Float64Array | Uint32Array, positions: Uint32Array | undefined): Sorted {
  const n = keys.length;
  const pairs = new Float64Array(n);
  for (let i = 0; i < n; i++) pairs[i] = (keys[i] ?? 0) * fewKeys + i;
  pairs.sort();
  const sorted = { keys: new Float64Array(n), positions: new Uint32Array(n) };
  for (let i = 0; i < n; i++) {
    const pair = pairs[i] ?? 0;
    const key = Math.floor(pair / fewKeys);
    const index = pair - key * fewKeys;
    sorted.keys[i] = key;
    sorted.positions[i] = positions?.[index] ?? index;
  }
  return sorted;
}

/** Returns a function that extracts a digit of keys with more than 32 bits. */
function wideDigit(shift: number): (key: number) => number {
  const scale = 2 ** shift;
  return (key) => Math.floor(key / scale) & (buckets - 1);
}

/** Input of a pass of the sort. Without `positions`, they are 0, 1, 2, …. */
interface Unsorted {
  readonly keys: Sorted['keys'];
  readonly positions: Uint32Array | undefined;
}

/** Runs one pass of the sort, by one digit. */
function* distribute(from: Unsorted, into: Sorted, digitOf: (key: number) => number): Sliced<void> {
  const n = from.keys.length;
  const starts = new Uint32Array(buckets + 1);
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const next = digitOf(from.keys[i] ?? 0) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    if (i < n) yield checkpoint;
  }
  for (let digit = 0; digit < buckets; digit++) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const key = from.keys[i] ?? 0;
      const digit = digitOf(key);
      const at = starts[digit] ?? 0;
      starts[digit] = at + 1;
      into.keys[at] = key;
      into.positions[at] = from.positions?.[i] ?? i;
    }
    if (i < n) yield checkpoint;
  }
}
