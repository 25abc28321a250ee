/**
 * Splits boxes of inner chunks by the shards that contain them.
 * @module
 */
import type { ChunkBox } from '../../plan/locations.js';

/** Consecutive entries of a box's coordinate list (in one dimension) that are in the same shard. */
export interface ShardRun {
  readonly shard: number;
  /** Position of the first coordinate in the box's list. */
  readonly first: number;
  /** Coordinates relative to the shard. */
  readonly inner: readonly number[];
}

/**
 * Splits ascending coordinates into one run per shard.
 * @param count number of inner chunks per shard in this dimension.
 */
export function splitByShard(coordinates: readonly number[], count: number): ShardRun[] {
  const runs: { shard: number; first: number; inner: number[] }[] = [];
  coordinates.forEach((coordinate, position) => {
    const shard = Math.floor(coordinate / count);
    const inner = coordinate - shard * count;
    const last = runs.at(-1);
    if (last !== undefined && last.shard === shard) last.inner.push(inner);
    else runs.push({ shard, first: position, inner: [inner] });
  });
  return runs;
}

/** Visits the chunks of a box in one shard at a time. */
export class ShardVisitor {
  readonly #runs: readonly (readonly ShardRun[])[];
  readonly #wordStrides: readonly number[];
  readonly #boxStrides: number[];
  readonly #shardStrides: number[];

  constructor(runs: readonly (readonly ShardRun[])[], wordStrides: readonly number[]) {
    this.#runs = runs;
    this.#wordStrides = wordStrides;
    this.#boxStrides = rowStrides(runs.map((list) => list.reduce((n, run) => n + run.inner.length, 0)));
    this.#shardStrides = rowStrides(runs.map((list) => list.length));
  }

  /**
   * Calls `visit` for each chunk in shard number `shard` of the box, with the chunk's position in the box and its word
   * in the index.
   */
  each(shard: number, visit: (target: number, word: number) => void): void {
    const rank = this.#runs.length;
    const chosen = this.#runs.map((list, d) => {
      const position = Math.floor(shard / (this.#shardStrides[d] ?? 1)) % list.length;
      return list[position] as ShardRun;
    });
    const walk = (d: number, target: number, word: number): void => {
      if (d === rank) {
        visit(target, word);
        return;
      }
      const { first, inner } = chosen[d] as ShardRun;
      const boxStride = this.#boxStrides[d] ?? 0;
      const wordStride = this.#wordStrides[d] ?? 0;
      inner.forEach((coordinate, i) => {
        walk(d + 1, target + (first + i) * boxStride, word + coordinate * wordStride);
      });
    };
    walk(0, 0, 0);
  }
}

function rowStrides(counts: readonly number[]): number[] {
  const strides = new Array<number>(counts.length).fill(1);
  for (let d = counts.length - 2; d >= 0; d -= 1) strides[d] = (strides[d + 1] ?? 1) * (counts[d + 1] ?? 1);
  return strides;
}

/** Yields the coordinates of a box in row-major order. */
export function* rowMajorOrder(box: ChunkBox): Generator<number[]> {
  const strides = rowStrides(box.map((list) => list.length));
  const total = box.reduce((product, list) => product * list.length, 1);
  for (let i = 0; i < total; i += 1) {
    yield box.map((list, d) => list[Math.floor(i / (strides[d] ?? 1)) % list.length] ?? 0);
  }
}
