/**
 * Cuts a contiguous array into pieces that are runs of its bytes, so that a compressed array can be decoded in parallel
 * and in part.
 * @module
 */
import { product } from '../../core/numbers.js';
import type { DeflatePieces } from '../../io/io.js';
import type { ChunkBox } from '../../plan/locations.js';

/** Approximate size of a piece in bytes. Each piece has a restart point of 32 KiB. */
const pieceBytes = 1024 * 1024;
/** Approximate maximum number of pieces. Limits the restart points of an array to about 256 MiB. */
const maxPieces = 4096;

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
