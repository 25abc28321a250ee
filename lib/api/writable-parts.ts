/**
 * The parts of an array that is being written.
 * @module
 */
import type { Durability } from '../core/generated/write.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { ArrayHandle } from './array-handle.js';
import type { WriteEnvironment } from './perform-write.js';
import type { Claim } from './write-order.js';
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

/** Changes the files of an array, in the order of the handle's other calls. */
export interface ArrayChanger {
  readonly parts: WritableParts;
  /**
   * Runs `act` after the earlier calls that conflict with a write of `claim`. If it fails, the array counts as damaged.
   * @param act receives a function to call if a system call hangs that may still change the array.
   */
  change<T>(claim: Claim, act: (onHang: () => void) => Promise<T>): Promise<T>;
}

const changers = new WeakMap<object, ArrayChanger>();

/** Remembers the changer of `handle`. The constructor of a handle calls this. */
export function rememberChanger(handle: object, changer: ArrayChanger): void {
  changers.set(handle, changer);
}

/** Returns the changer of an array that is being written. */
export function changerOf(handle: object): ArrayChanger {
  const changer = changers.get(handle);
  if (changer === undefined) throw new TypeError('Expected an array that createArray() returned');
  return changer;
}
