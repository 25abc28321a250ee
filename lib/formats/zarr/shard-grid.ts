/**
 * Splits boxes of inner chunks by the shards that contain them.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../../core/checkpoint.js';
import type { ChunkBox, ChunkCoordinates } from '../../plan/locations.js';

/** Consecutive entries of a box's coordinate list (in one dimension) that are in the same shard. */
export interface ShardRun {
  readonly shard: number;
  /** Position of the first coordinate in the box's list. */
  readonly first: number;
  /** Number of coordinates. */
  readonly count: number;
}

/** One dimension of a box of inner chunks, split by shard. */
export interface SplitCoordinates {
  readonly coordinates: ChunkCoordinates;
  /** Number of inner chunks per shard in this dimension. */
  readonly inShard: number;
  readonly runs: readonly ShardRun[];
}

/**
 * Splits ascending coordinates into one run per shard.
 * @param inShard number of inner chunks per shard in this dimension.
 */
export function* splitByShard(coordinates: ChunkCoordinates, inShard: number): Sliced<SplitCoordinates> {
  const runs: ShardRun[] = [];
  for (let position = 0; position < coordinates.length; ) {
    const first = position;
    const shard = Math.floor((coordinates[first] ?? 0) / inShard);
    const end = (shard + 1) * inShard;
    while (position < coordinates.length && (coordinates[position] ?? 0) < end) {
      position += 1;
      if (position % stepsPerCheckpoint === 0) yield checkpoint;
    }
    runs.push({ shard, first, count: position - first });
  }
  return { coordinates, inShard, runs };
}

/** Visits the chunks of a box shard by shard. */
export class ShardVisitor {
  readonly #axes: readonly SplitCoordinates[];
  readonly #wordStrides: readonly number[];
  readonly #boxStrides: number[];
  readonly #shardStrides: number[];

  constructor(axes: readonly SplitCoordinates[], wordStrides: readonly number[]) {
    this.#axes = axes;
    this.#wordStrides = wordStrides;
    this.#boxStrides = rowStrides(axes.map(({ coordinates }) => coordinates.length));
    this.#shardStrides = rowStrides(axes.map(({ runs }) => runs.length));
  }

  /**
   * Calls `visit` for each chunk of the box that lies in one shard. The shards and the chunks of the box are numbered
   * in row-major order.
   * @param shard number of the shard.
   * @param visit receives the number of the chunk (`target`) and the position of its offset in the shard's index, in
   * 64-bit words (`word`).
   */
  *each(shard: number, visit: (target: number, word: number) => void): Sliced<void> {
    const rank = this.#axes.length;
    const chosen = this.#axes.map(({ runs }, d) => {
      const position = Math.floor(shard / (this.#shardStrides[d] ?? 1)) % runs.length;
      return runs[position] as ShardRun;
    });
    const total = chosen.reduce((product, { count }) => product * count, 1);
    const at = new Array<number>(rank).fill(0);
    for (let visited = 1; visited <= total; visited++) {
      let target = 0;
      let word = 0;
      for (let d = 0; d < rank; d++) {
        const { coordinates, inShard } = this.#axes[d] as SplitCoordinates;
        const { first, shard: number } = chosen[d] as ShardRun;
        const position = first + (at[d] ?? 0);
        target += position * (this.#boxStrides[d] ?? 0);
        word += ((coordinates[position] ?? 0) - number * inShard) * (this.#wordStrides[d] ?? 0);
      }
      visit(target, word);
      advance(at, chosen);
      if (visited % stepsPerCheckpoint === 0) yield checkpoint;
    }
  }
}

/** Moves `at` to the next chunk in row-major order. */
function advance(at: number[], chosen: readonly ShardRun[]): void {
  for (let d = at.length - 1; d >= 0; d -= 1) {
    const next = (at[d] ?? 0) + 1;
    if (next < (chosen[d]?.count ?? 0)) {
      at[d] = next;
      return;
    }
    at[d] = 0;
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
