/**
 * Converts selections in domain coordinates to selections by position. The domain of an array, for example of a TileDB
 * array, need not begin at 0.
 * @module
 */
import { checkpoint, finish, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { SelectionError } from '../core/errors.js';
import { parseSelection, type Selection, type SelectionEntry, type Slice } from './selection.js';

/** First coordinate of a dimension. Coordinate `lo + i` is position i. */
export interface FirstCoordinate {
  readonly lo: number | bigint;
}

/**
 * Converts a selection in coordinates to positions. Integers, also in lists, and slice bounds are coordinates: negative
 * ones do not count from the end, and `stop` is exclusive. Steps do not change. A mask has one entry per position.
 * @param first first coordinate of each dimension of `shape`.
 * @throws {SelectionError} if a coordinate is not an integer, or is outside the domain (slices are clipped instead).
 */
export function toPositions(
  selection: Selection | undefined,
  shape: readonly number[],
  first: readonly FirstCoordinate[],
): Selection {
  return finish(toPositionsSliced(selection, shape, first));
}

/** Converts like {@link toPositions}, in time slices. */
export function* toPositionsSliced(
  selection: Selection | undefined,
  shape: readonly number[],
  first: readonly FirstCoordinate[],
): Sliced<Selection> {
  const entries = typeof selection === 'string' ? parseSelection(selection, 'exact') : (selection ?? []);
  if (!Array.isArray(entries)) return entries;
  const ellipsis = entries.indexOf('...');
  const skipped = ellipsis < 0 ? 0 : shape.length - (entries.length - 1) - 1;
  const positions: SelectionEntry[] = [];
  for (const [i, entry] of (entries as readonly SelectionEntry[]).entries()) {
    const d = ellipsis >= 0 && i > ellipsis ? i + skipped : i;
    positions.push(yield* toPosition(entry, BigInt(first[d]?.lo ?? 0), shape[d] ?? 0, d));
  }
  return positions;
}

function* toPosition(entry: SelectionEntry, lo: bigint, length: number, dimension: number): Sliced<SelectionEntry> {
  if (entry === null || entry === '...') return entry;
  if (typeof entry === 'number' || typeof entry === 'bigint') return inside(entry, lo, length, dimension);
  if (Array.isArray(entry) || ArrayBuffer.isView(entry)) {
    const list = entry as ArrayLike<unknown>;
    if (typeof list[0] === 'boolean') return entry;
    const positions: number[] = [];
    for (let n = 0; n < list.length; n++) {
      if (n % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      positions.push(inside(list[n], lo, length, dimension));
    }
    return positions;
  }
  return typeof entry === 'object' ? range(entry as Slice, lo, length, dimension) : entry;
}

function exact(value: unknown, dimension: number): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw new SelectionError(
    `Expected an integer coordinate for dimension ${dimension}, received ${String(value)}`,
    dimension,
  );
}

function inside(value: unknown, lo: bigint, length: number, dimension: number): number {
  const position = exact(value, dimension) - lo;
  if (position >= 0n && position < BigInt(length)) return Number(position);
  const domain = length === 0 ? 'is empty' : `is ${lo} to ${lo + BigInt(length) - 1n}`;
  throw new SelectionError(
    `Coordinate ${String(value)} is outside the domain of dimension ${dimension}, which ${domain}`,
    dimension,
  );
}

/** Converts the bounds of a slice from coordinates to positions, clipped to the domain as NumPy clips slices. */
function range({ start, stop, step }: Slice, lo: bigint, length: number, dimension: number): Slice {
  // Returns -1 for a bound before the domain.
  const cut = (bound: number | bigint | null | undefined): number | null => {
    if (bound === null || bound === undefined) return null;
    const position = exact(bound, dimension) - lo;
    return position < 0n ? -1 : position > BigInt(length) ? length : Number(position);
  };
  const from = cut(start);
  const to = cut(stop);
  if ((step ?? 1) > 0) return { start: Math.max(from ?? 0, 0), stop: Math.max(to ?? length, 0), step: step ?? 1 };
  // A position of -1 would mean the last element. For a negative step, a start before the domain selects nothing, and
  // a stop before the domain means no stop.
  return from === -1 ? { start: 0, stop: 0 } : { start: from, stop: to === -1 ? null : to, step: step ?? 1 };
}
