/**
 * Cuts an axis into pieces. Positions of cuts are computed when they are asked for, because a small file may declare an
 * axis of 2^50 positions.
 * @module
 */
import type { Axis } from './hyperslab.js';

/** The pieces of an axis: piece `p` has the positions [at(p), at(p + 1)), and at least one of them. */
export interface AxisCuts {
  /** Number of pieces; 1 if the axis has no positions. */
  readonly count: number;
  /** Returns the position where piece `p` begins, or the number of positions if `p` is the number of pieces. */
  at(p: number): number;
}

/** Pieces of the indices of an array along one dimension, from index 0. */
interface IndexPieces {
  /** Returns the first index of piece `p`. */
  begin(p: number): number;
  /** Returns the piece that contains an index. */
  pieceOf(index: number): number;
}

/**
 * Cuts an axis into pieces of at most `size` positions.
 * @param chunkSize distance between chunk boundaries. If the axis is an ascending range, pieces that can contain a
 *   whole chunk end at chunk boundaries, and smaller pieces do not cross them. 0 to ignore chunks.
 */
export function cutAxis(axis: Axis, size: number, chunkSize: number): AxisCuts {
  const { count } = axis;
  if (axis.kind === 'list' || axis.step < 0 || chunkSize === 0 || size === 1 || count === 0) {
    return { count: Math.max(1, Math.ceil(count / size)), at: (p) => Math.min(count, p * size) };
  }
  const { start, step } = axis;
  const pieces = cutIndices(size, step, chunkSize);
  const first = pieces.pieceOf(start);
  return {
    count: pieces.pieceOf(start + (count - 1) * step) - first + 1,
    at: (p) => Math.min(count, Math.max(0, Math.ceil((pieces.begin(first + p) - start) / step))),
  };
}

/**
 * Cuts indices into pieces that contain at most `size` positions, which have the distance `step`. No piece is shorter
 * than a step, so each contains a position.
 * @param size at least 2.
 */
function cutIndices(size: number, step: number, chunkSize: number): IndexPieces {
  const reach = size * step;
  if (reach >= chunkSize) {
    const length = Math.floor(reach / chunkSize) * chunkSize;
    return { begin: (p) => p * length, pieceOf: (index) => Math.floor(index / length) };
  }
  const perChunk = Math.ceil(chunkSize / reach);
  // If the last piece of a chunk were shorter than a step, all pieces get the same length, or one index more.
  const isEven = chunkSize - (perChunk - 1) * reach < step;
  const length = isEven ? Math.floor(chunkSize / perChunk) : reach;
  const longer = isEven ? chunkSize % perChunk : 0;
  return {
    begin: (p) => {
      const inChunk = p % perChunk;
      return Math.floor(p / perChunk) * chunkSize + inChunk * length + Math.min(inChunk, longer);
    },
    pieceOf: (index) => {
      const rest = index % chunkSize;
      const head = longer * (length + 1);
      const inChunk = rest < head ? Math.floor(rest / (length + 1)) : longer + Math.floor((rest - head) / length);
      return Math.floor(index / chunkSize) * perChunk + inChunk;
    },
  };
}
