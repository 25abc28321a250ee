/**
 * Boxes of inner chunks by the shards that hold them.
 * @module
 */
import type { ChunkBox } from '../../plan/locations.js';

/** The coordinates of a box that lie in one shard, in one dimension. */
export interface Group {
  readonly shard: number;
  /** Position in the box's list of the first of them. */
  readonly first: number;
  /** Their coordinates within the shard. */
  readonly inner: readonly number[];
}

/** Coordinates ascend, so that each shard has one run of them. */
export function groupByShard(coordinates: readonly number[], count: number): Group[] {
  const groups: { shard: number; first: number; inner: number[] }[] = [];
  coordinates.forEach((coordinate, position) => {
    const shard = Math.floor(coordinate / count);
    const inner = coordinate - shard * count;
    const last = groups.at(-1);
    if (last !== undefined && last.shard === shard) last.inner.push(inner);
    else groups.push({ shard, first: position, inner: [inner] });
  });
  return groups;
}

/** Walks the chunks of a box that lie in one shard. */
export class Scatter {
  readonly #groups: readonly (readonly Group[])[];
  readonly #wordStrides: readonly number[];
  readonly #boxStrides: number[];
  readonly #shardStrides: number[];

  constructor(groups: readonly (readonly Group[])[], wordStrides: readonly number[]) {
    this.#groups = groups;
    this.#wordStrides = wordStrides;
    this.#boxStrides = rowStrides(groups.map((list) => list.reduce((n, group) => n + group.inner.length, 0)));
    this.#shardStrides = rowStrides(groups.map((list) => list.length));
  }

  /** Calls `visit` with the position in the box and the index word of each chunk of shard number `shard` of the box. */
  each(shard: number, visit: (target: number, word: number) => void): void {
    const rank = this.#groups.length;
    const chosen = this.#groups.map((list, d) => {
      const position = Math.floor(shard / (this.#shardStrides[d] ?? 1)) % list.length;
      return list[position] as Group;
    });
    const walk = (d: number, target: number, word: number): void => {
      if (d === rank) {
        visit(target, word);
        return;
      }
      const { first, inner } = chosen[d] as Group;
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

/** The coordinates of a box in row-major order. */
export function* rowMajorOrder(box: ChunkBox): Generator<number[]> {
  const strides = rowStrides(box.map((list) => list.length));
  const total = box.reduce((product, list) => product * list.length, 1);
  for (let i = 0; i < total; i += 1) {
    yield box.map((list, d) => list[Math.floor(i / (strides[d] ?? 1)) % list.length] ?? 0);
  }
}
