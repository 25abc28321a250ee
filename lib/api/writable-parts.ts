/**
 * The parts of an array that is being written.
 * @module
 */
import type { Durability } from '../core/generated/write.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { ArrayHandle } from './array-handle.js';
import type { WriteEnvironment } from './perform-write.js';
import type { WriteTarget } from './write-target.js';

/** Parts that a `WritableArrayHandle` is created from. */
export interface WritableParts extends WriteEnvironment {
  readonly target: WriteTarget;
  readonly descriptor: ArrayDescriptor;
  /** Durability that `flush` and `close` ensure. Default: `writeDurability`. */
  readonly finalDurability?: Durability;
  /** Final path. */
  readonly path: string;
  /**
   * Shape of the block that a write replaces as a whole: a chunk or shard, or one element if files are written in
   * place.
   */
  readonly unit: readonly number[];
  /** Shape of a shard; null if chunks are not in shards. */
  readonly shardShape: readonly number[] | null;
  /** Opens the array for reading. `shape` is the current shape. */
  readonly openReader: (shape: readonly number[]) => Promise<ArrayHandle>;
}
