/**
 * Limits a hyperslab to its first chunks, so that a list of chunks costs no more than its limit.
 * @module
 */
import type { Axis, Hyperslab } from './hyperslab.js';

/** A part of a hyperslab. */
export interface FirstChunks {
  readonly slab: Hyperslab;
  /** True if chunks were left out. */
  readonly isCut: boolean;
}

/** Returns the number of chunks that an axis touches in one dimension. */
function countChunks(axis: Axis, chunk: number): number {
  if (axis.kind === 'list') return new Set(axis.indices.map((index) => Math.floor(index / chunk))).size;
  if (Math.abs(axis.step) >= chunk) return axis.count;
  const last = axis.start + (axis.count - 1) * axis.step;
  return Math.abs(Math.floor(last / chunk) - Math.floor(axis.start / chunk)) + 1;
}

/** Returns the number of entries of an axis, from its first entry, that touch at most `chunks` chunks. */
function entriesOf(axis: Axis, chunk: number, chunks: number): number {
  if (axis.kind === 'list') {
    const seen = new Set<number>();
    const end = axis.indices.findIndex((index) => seen.add(Math.floor(index / chunk)).size > chunks);
    return end < 0 ? axis.count : end;
  }
  const { start, step, count } = axis;
  if (Math.abs(step) >= chunk) return Math.min(count, chunks);
  const first = Math.floor(start / chunk);
  // The first position behind the last chunk, in the direction of the steps.
  const end = step > 0 ? (first + chunks) * chunk : (first - chunks + 1) * chunk - 1;
  return Math.min(count, Math.ceil((end - start) / step));
}

function cut(axis: Axis, chunk: number, chunks: number): Axis {
  const count = entriesOf(axis, chunk, chunks);
  if (count === axis.count) return axis;
  if (axis.kind === 'list') return { ...axis, indices: axis.indices.subarray(0, count), count };
  return { ...axis, count, step: count < 2 ? 1 : axis.step };
}

/**
 * Returns the part of `slab` with its first chunks in C order: at least `limit + 1` if it touches so many, and at most
 * `2 * limit + 1`. Assumes a grid of chunks of the shape `chunkShape` that begins at the origin.
 */
export function firstChunks(slab: Hyperslab, chunkShape: readonly number[], limit: number): FirstChunks {
  const axes = [...slab];
  const sizeOf = (d: number): number => Math.max(1, chunkShape[d] ?? 1);
  if (axes.some(({ count }) => count === 0)) return { slab, isCut: false };
  let inner = 1;
  for (let d = axes.length - 1; d >= 0; d--) {
    const axis = axes[d];
    if (axis === undefined) break;
    const chunks = countChunks(axis, sizeOf(d));
    if (inner * chunks <= limit) {
      inner *= chunks;
      continue;
    }
    axes[d] = cut(axis, sizeOf(d), Math.floor(limit / inner) + 1);
    for (let outer = 0; outer < d; outer++) {
      const before = axes[outer];
      if (before !== undefined) axes[outer] = cut(before, sizeOf(outer), 1);
    }
    return { slab: axes, isCut: true };
  }
  return { slab, isCut: false };
}
