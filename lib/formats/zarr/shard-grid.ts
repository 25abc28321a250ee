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
  /** Coordinates of the chunks, relative to the first chunk of the shard. */
  readonly inner: readonly number[];
}

/**
 * Splits ascending coordinates into one run per shard.
 * @param count number of inner chunks per shard in this dimension.
 */
export function* splitByShard(coordinates: ChunkCoordinates, count: number): Sliced<ShardRun[]> {
  const runs: ShardRun[] = [];
  for (let position = 0; position < coordinates.length; ) {
    const shard = Math.floor((coordinates[position] ?? 0) / count);
    const run = { shard, first: position, inner: [] as number[] };
    runs.push(run);
    for (; position < coordinates.length; position++) {
      const inner = (coordinates[position] ?? 0) - shard * count;
      if (inner >= count) break;
      run.inner.push(inner);
      if (position % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    }
  }
  return runs;
}

/** Visits the chunks of a box shard by shard. */
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
   * Calls `visit` for each chunk of the box that lies in one shard. The shards and the chunks of the box are numbered
   * in row-major order.
   * @param shard number of the shard.
   * @param visit receives the number of the chunk (`target`) and the position of its offset in the shard's index, in
   * 64-bit words (`word`).
   */
  *each(shard: number, visit: (target: number, word: number) => void): Sliced<void> {
    const rank = this.#runs.length;
    const chosen = this.#runs.map((list, d) => {
      const position = Math.floor(shard / (this.#shardStrides[d] ?? 1)) % list.length;
      return list[position] as ShardRun;
    });
    const total = chosen.reduce((product, { inner }) => product * inner.length, 1);
    const at = new Array<number>(rank).fill(0);
    for (let visited = 1; visited <= total; visited++) {
      let target = 0;
      let word = 0;
      for (let d = 0; d < rank; d++) {
        const { first, inner } = chosen[d] as ShardRun;
        const i = at[d] ?? 0;
        target += (first + i) * (this.#boxStrides[d] ?? 0);
        word += (inner[i] ?? 0) * (this.#wordStrides[d] ?? 0);
      }
      visit(target, word);
      this.#advance(at, chosen);
      if (visited % stepsPerCheckpoint === 0) yield checkpoint;
    }
  }

  /** Moves `at` to the next chunk in row-major order. */
  #advance(at: number[], chosen: readonly ShardRun[]): void {
    for (let d = at.length - 1; d >= 0; d -= 1) {
      const next = (at[d] ?? 0) + 1;
      if (next < (chosen[d]?.inner.length ?? 0)) {
        at[d] = next;
        return;
      }
      at[d] = 0;
    }
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
