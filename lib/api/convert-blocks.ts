/**
 * Splits the copy of an array into blocks.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { formatNamed } from '../formats/registry.js';
import { blockCoordinates, chooseBlockShape } from '../plan/blocks.js';
import { normalizeSelection } from '../plan/hyperslab.js';
import { type Slice, slice } from '../plan/selection.js';
import type { ArrayHandle } from './array-handle.js';

/** Maximum number of blocks that are copied at the same time. */
export const blocksInFlight = 2;

/**
 * Maximum size of a block in bytes, unless one chunk (or shard) is larger. Later blocks use the memory of a block
 * again, so smaller blocks need fewer pages that the kernel must clear.
 */
const maxBlockBytes = 64 * 2 ** 20;

/** The blocks of an array. */
export interface Blocks {
  readonly count: number;
  /** Shape of a block. Blocks at the upper edge of the array may be smaller. */
  readonly shape: readonly number[];
  /** Returns the selection of block `index`, in C order. */
  at(index: number): readonly Slice[];
}

/**
 * Splits `from` into blocks of at most `bytes` bytes and {@link maxBlockBytes}. If `to` is a store, blocks consist of
 * complete chunks (or shards), and a block of one chunk may be larger than that.
 * @param elementBytes size of an element in memory. Default: the size in `from`.
 */
export function blocksOf(
  from: ArrayHandle,
  to: Pick<ArrayHandle, 'format' | 'chunkShape'> & { readonly shardShape?: readonly number[] | null },
  bytes: number,
  elementBytes = dtypeInfo(from.dtype).size,
): Blocks {
  const slab = normalizeSelection(undefined, from.shape);
  const isStore = formatNamed(to.format).targetKind === 'store';
  const unit = isStore ? (to.shardShape ?? to.chunkShape) : slab.map(() => 1);
  const unitElements = product(unit);
  const maxElements = Math.max(unitElements, Math.floor(Math.min(bytes, maxBlockBytes) / elementBytes));
  const order = slab.map((_, d) => d);
  const shape = chooseBlockShape(slab, unit, order, maxElements);
  // The first block begins at 0, so all blocks begin at chunk boundaries. There is no list of blocks, because a small
  // file may declare an array of 2^50 elements.
  const counts = from.shape.map((size, d) => Math.ceil(size / (shape[d] ?? 1)));
  return {
    count: from.size === 0 ? 0 : product(counts),
    shape,
    at: (index) =>
      blockCoordinates(counts, order, index).map((at, d) => {
        const start = at * (shape[d] ?? 1);
        return slice(start, Math.min(from.shape[d] ?? 0, start + (shape[d] ?? 1)));
      }),
  };
}

/**
 * Calls `act` for each block except `skipped`, `inFlight` at a time. After an error, starts no more calls, waits for
 * the calls in flight, and throws the error of one of them.
 */
export async function forEachBlock(
  blocks: Blocks,
  inFlight: number,
  skipped: ReadonlySet<number>,
  act: (block: readonly Slice[], index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    while (next < blocks.count && !hasFailed) {
      const index = next++;
      if (skipped.has(index)) continue;
      try {
        await act(blocks.at(index), index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: inFlight }, worker));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
