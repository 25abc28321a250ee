/**
 * Keeps changed chunks of an array in memory, so that several writes into a chunk encode and store it once.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { OptionError } from '../core/validate.js';
import { flushChunks } from '../exec/flush-chunks.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { binding, type NativeHandle } from '../native/binding.js';
import { normalizeSelection } from '../plan/hyperslab.js';
import { type AnySelection, toPositionalSelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import { type AccessOrder, type Claim, claimOf } from './write-order.js';

/**
 * Use of `writeBackBytes`. `none`: each write stores its chunks. `used`: chunks stay in memory. `too small`: each write
 * stores its chunks, because the limit is less than one chunk or shard.
 */
export type WriteBackMode = 'none' | 'used' | 'too small';

/** Returns the use of `writeBackBytes`. @param unit shape of a chunk or shard, which is stored as a whole. */
export function writeBackMode(writeBackBytes: number, unit: readonly number[], dtype: DType): WriteBackMode {
  if (writeBackBytes === 0) return 'none';
  const unitBytes = product(unit, dtypeInfo(dtype).size);
  return unitBytes <= writeBackBytes ? 'used' : 'too small';
}

/** Checks that the format has chunks to keep. @throws {TypeError} if the option is given for an array in one file. */
export function checkWriteBackFormat(writeBackBytes: number, targetKind: 'file' | 'store', format: string): void {
  if (writeBackBytes === 0 || targetKind === 'store') return;
  throw new OptionError(`\`options.writeBackBytes\` is not supported for the format ${format}: it has no chunks`);
}

/** Returns the blocks that a read may access; null (all) if they are not known. Never throws. */
export function claimOfRead(
  { shape, dimensionNames }: ArrayDescriptor,
  selection: AnySelection | undefined,
  options: AsyncReadOptions | undefined,
  unit: readonly number[],
): Claim {
  if (options?.coordinates === 'domain') return null;
  try {
    return claimOf(normalizeSelection(toPositionalSelection(selection, dimensionNames), shape), unit);
  } catch {
    return null; // The read reports the invalid selection.
  }
}

/** The changed chunks of one array. */
export class WriteBack {
  readonly cache: NativeHandle;
  #writes = 0;
  /** Number of writes that had been called when all chunks were last stored. */
  #stored = 0;

  constructor(limitBytes: number) {
    this.cache = binding().make_dirty_chunks(limitBytes);
  }

  /** Notes that a write was called. */
  noteWrite(): void {
    this.#writes += 1;
  }

  /**
   * Stores changed chunks once the writes that were called before have ended. Later calls wait for it.
   * @param claim chunks (or shards) to store; null: all.
   * @param begin called before the files change.
   * @throws {WriteError} The chunks that were not stored stay in memory, and can be stored later.
   */
  async store(order: AccessOrder, claim: Claim, begin: () => void): Promise<void> {
    const writes = this.#writes;
    if (writes === this.#stored) return;
    await order.run('write', claim, async () => {
      begin();
      await flushChunks(this.cache, claim);
      if (claim === null) this.#stored = writes;
    });
  }

  /** Stores changed chunks. No other call may use them in the meantime. Throws as {@link store}. */
  async storeNow(claim: Claim): Promise<void> {
    await flushChunks(this.cache, claim);
  }

  /** Frees the memory. Chunks that are not stored are lost. */
  release(): void {
    binding().release(this.cache);
  }
}
