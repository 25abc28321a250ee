/**
 * Cuts a contiguous array into pieces that are runs of its bytes, so that a compressed array can be decoded in parallel
 * and in part.
 * @module
 */
import { product } from '../../core/numbers.js';
import type { DeflatePieces } from '../../io/io.js';
import type { ChunkBox } from '../../plan/locations.js';

/**
 * Approximate size of a piece in bytes. Each piece has a restart point of 32 KiB. With smaller pieces, a small box
 * decodes less, and several threads can decode a plane.
 */
const pieceBytes = 256 * 1024;
/** Approximate maximum number of pieces. Limits the restart points of an array to about 256 MiB. */
const maxPieces = 4096;

/** Maximum size in bytes of the group of pieces that is decoded as one chunk, if this makes copying faster. */
const groupBytes = 16 * 1024 * 1024;
/** The same if copying single pieces is fast. Each group needs one restart point, and each chunk takes some time. */
const smallGroupBytes = 1024 * 1024;
/** Least number of bytes that should be contiguous both in a chunk and in the result: a cache line. */
const contiguousBytes = 64;
/** Least number of groups of a read, so that several threads decode them. */
const minGroups = 4;

/** The pieces of an array. */
export interface PieceGrid {
  readonly chunkShape: readonly number[];
  /** Number of pieces per dimension. */
  readonly grid: readonly number[];
  readonly pieces: Omit<DeflatePieces, 'skip'>;
}

/**
 * Chooses the pieces of an array that is not empty. A piece extends over some positions of one dimension, all of the
 * faster dimensions, and one position of the slower ones.
 * @param axisOrder dimensions from slowest to fastest.
 */
export function cutIntoPieces(shape: readonly number[], axisOrder: readonly number[], elementBytes: number): PieceGrid {
  const total = product(shape, elementBytes);
  const target = Math.max(pieceBytes, total / maxPieces);
  const chunkShape = shape.map(() => 1);
  let inner = elementBytes;
  let pieces = { runs: 1, runBytes: total, pieceBytes: total };
  for (const dimension of [...axisOrder].reverse()) {
    const axisLength = shape[dimension] ?? 1;
    if (inner * axisLength <= target) {
      chunkShape[dimension] = axisLength;
      inner *= axisLength;
      continue;
    }
    const most = Math.max(1, Math.floor(target / inner));
    const length = Math.ceil(axisLength / Math.ceil(axisLength / most));
    chunkShape[dimension] = length;
    pieces = { runs: total / (inner * axisLength), runBytes: inner * axisLength, pieceBytes: inner * length };
    break;
  }
  const grid = shape.map((axisLength, d) => Math.ceil(axisLength / (chunkShape[d] ?? 1)));
  return { chunkShape, grid, pieces };
}

/** Returns the number of all pieces. */
export function countPieces({ runs, runBytes, pieceBytes }: Omit<DeflatePieces, 'skip'>): number {
  return runs * Math.ceil(runBytes / pieceBytes);
}

/** Returns the numbers of the pieces in a box, in row-major order. Pieces are numbered in the order of the file. */
export function pieceNumbers(box: ChunkBox, grid: readonly number[], axisOrder: readonly number[]): Uint32Array {
  const strides = grid.map(() => 1);
  let stride = 1;
  for (const dimension of [...axisOrder].reverse()) {
    strides[dimension] = stride;
    stride *= grid[dimension] ?? 1;
  }
  let numbers = Uint32Array.of(0);
  for (const [d, coordinates] of box.entries()) {
    const next = new Uint32Array(numbers.length * coordinates.length);
    let at = 0;
    for (const number of numbers) {
      for (const coordinate of coordinates) next[at++] = number + coordinate * (strides[d] ?? 0);
    }
    numbers = next;
  }
  return numbers;
}

/** Groups of pieces that follow each other in the stream. */
export interface PieceGroups {
  readonly chunkShape: readonly number[];
  /** Number of pieces of a complete group, per dimension. */
  readonly factors: readonly number[];
}

/**
 * Groups the pieces for a read of the box [start, stop), because few large chunks are faster than many small ones.
 * Copying one piece after the other would be slow if an array is stored with its first dimension varying fastest: a
 * piece contributes only a few neighbouring bytes to each row of the result. Such groups are larger. Returns null if
 * groups would not help.
 */
export function groupPieces(
  { chunkShape, grid, pieces }: PieceGrid,
  shape: readonly number[],
  axisOrder: readonly number[],
  elementBytes: number,
  start: readonly number[],
  stop: readonly number[],
): PieceGroups | null {
  const last = shape.length - 1;
  const isFast = (chunkShape[last] ?? 1) * elementBytes >= contiguousBytes || chunkShape[last] === shape[last];
  const factors = shape.map(() => 1);
  let room = Math.floor((isFast ? smallGroupBytes : groupBytes) / pieces.pieceBytes);
  for (const dimension of [...axisOrder].reverse()) {
    const count = grid[dimension] ?? 1;
    const factor = Math.min(count, room);
    if (factor <= 1 && count > 1) break;
    factors[dimension] = factor === count ? count : Math.ceil(count / Math.ceil(count / factor));
    if (factor < count) break;
    room = Math.floor(room / count);
  }
  if (isFast ? factors.every((factor) => factor === 1) : factors[last] === 1) return null;
  const grouped = shape.map((length, d) => Math.min(length, (chunkShape[d] ?? 1) * (factors[d] ?? 1)));
  // A read of a small part of each group would decode more than it needs.
  let groups = 1;
  for (const [d, size] of grouped.entries()) {
    const [from, to] = [start[d] ?? 0, stop[d] ?? 0];
    const touched = Math.ceil(to / size) - Math.floor(from / size);
    if (to - from < (Math.min(shape[d] ?? 0, touched * size) * 3) / 4) return null;
    groups *= touched;
  }
  return groups < minGroups ? null : { chunkShape: grouped, factors };
}

/**
 * Returns the number of the first and of the last piece of each group in a box, in row-major order of the groups.
 * @param factors number of pieces per dimension of a group.
 */
export function groupNumbers(
  box: ChunkBox,
  { grid, factors, axisOrder }: { grid: readonly number[]; factors: readonly number[]; axisOrder: readonly number[] },
): { readonly first: Uint32Array; readonly last: Uint32Array } {
  const firstOf = (d: number, coordinate: number): number => coordinate * (factors[d] ?? 1);
  const lastOf = (d: number, coordinate: number): number =>
    Math.min(grid[d] ?? 1, (coordinate + 1) * (factors[d] ?? 1)) - 1;
  const numbersOf = (of: (d: number, coordinate: number) => number): Uint32Array =>
    pieceNumbers(
      box.map((coordinates, d) => coordinates.map((coordinate) => of(d, coordinate))),
      grid,
      axisOrder,
    );
  return { first: numbersOf(firstOf), last: numbersOf(lastOf) };
}
