/**
 * Options for reading block by block.
 * @module
 */
import type { AnySelection } from './named-selection.js';
import { type AsyncReadOptions, asyncReadKeys } from './options.js';

/** Options of {@link ArrayHandle.blocks}. Lists have one integer per dimension of the selection. */
export interface BlockOptions extends AsyncReadOptions {
  /** Selection that the blocks divide. Default: the whole array. */
  readonly selection?: AnySelection;
  /** Shape of the blocks; blocks at the upper edges may be smaller. Default: follows from `maxBytes` and the chunks. */
  readonly shape?: readonly number[];
  /**
   * Maximum size of a block in bytes, without the overlap. If a whole chunk fits into this size, blocks consist of
   * whole chunks, as far as the selection permits. Default: 16 MiB, or more if a chunk is larger (up to a third of
   * `budgetBytes`); never more than `budgetBytes`.
   */
  readonly maxBytes?: number;
  /**
   * Number of elements that are read on each side of a block in addition to it, but not beyond the selection: one
   * number for all dimensions, or a list. Default 0.
   */
  readonly overlap?: number | readonly number[];
  /**
   * Order of the blocks. `storage` (default): the order of the data in the files. `C`: the last dimension varies
   * fastest. `{ shuffle: seed }`: a random order that is the same for the same integer seed.
   */
  readonly order?: 'storage' | 'C' | { readonly shuffle: number };
  /**
   * Maximum number of bytes of the blocks that are read ahead or used by the loop. A block that is larger is read
   * alone. Default: 128 MiB.
   */
  readonly budgetBytes?: number;
}

/** Keys of {@link BlockOptions}. */
export const blockKeys = {
  ...asyncReadKeys,
  selection: true,
  shape: true,
  maxBytes: true,
  overlap: true,
  order: true,
  budgetBytes: true,
} as const satisfies Record<keyof BlockOptions, true>;
