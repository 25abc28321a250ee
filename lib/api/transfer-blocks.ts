/**
 * Copies blocks of an array into a new array: their stored chunks if possible, otherwise their elements.
 * @module
 */
import type { Overflow } from '../core/generated/choices.js';
import type { Slice } from '../plan/selection.js';
import type { ArrayHandle } from './array-handle.js';
import type { Agreement } from './chunk-agreement.js';
import { agreementOf, copyChunks } from './copy-chunks.js';
import type { WritableArrayHandle } from './writable-array.js';

/** The arrays of a conversion. */
export interface Copying {
  readonly from: ArrayHandle;
  readonly to: WritableArrayHandle;
  readonly overflow: Overflow;
  readonly signal: AbortSignal | undefined;
}

/** Returns the options of a read or write that a conversion performs. */
export function signalOf({ signal }: Pick<Copying, 'signal'>): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** How the elements came into a new array: see `ConvertStats`. */
export interface TransferMethod {
  readonly method: 'copy' | 'decode' | 'both' | 'none';
  readonly methodReason: string;
}

/** Method of a conversion that has nothing to copy. */
export const noTransfer: TransferMethod = { method: 'none', methodReason: 'there was no block to copy' };

const equalStorage = {
  chunks: 'both arrays store their chunks in the same way',
  shards: 'both arrays store their shards in the same way',
} as const;

/** Copies blocks. Call `begin` before `run`, which may be called several times at once. */
export class BlockTransfer {
  readonly #copying: Copying;
  #agreement: Agreement = { kind: 'none', reason: '' };
  #reason = '';
  #copied = 0;
  #decoded = 0;
  #bytesWritten = 0;

  constructor(copying: Copying) {
    this.#copying = copying;
  }

  /** Compares the storage of both arrays. @throws {FormatError} if metadata of the source is damaged. */
  async begin(): Promise<void> {
    const { from, to } = this.#copying;
    this.#agreement = await agreementOf(from, to);
    this.#reason = this.#agreement.kind === 'none' ? this.#agreement.reason : equalStorage[this.#agreement.kind];
  }

  /** Copies one block. @throws as `ArrayHandle.read` and `WritableArrayHandle.write`. */
  async run(block: readonly Slice[]): Promise<void> {
    const { from, to, overflow, signal } = this.#copying;
    if (this.#agreement.kind !== 'none') {
      const stats = await copyChunks({ from, to, agreement: this.#agreement, signal }, block);
      if (typeof stats !== 'string') {
        this.#bytesWritten += stats.bytesWritten;
        this.#copied += 1;
        return;
      }
      this.#reason = stats;
    }
    using data = await from.read(block, signalOf(this.#copying));
    const { bytesWritten } = await to.write(block, data, { overflow, ...signalOf(this.#copying) });
    this.#bytesWritten += bytesWritten;
    this.#decoded += 1;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get method(): TransferMethod {
    if (this.#copied + this.#decoded === 0) return noTransfer;
    const method = this.#decoded === 0 ? 'copy' : this.#copied === 0 ? 'decode' : 'both';
    return { method, methodReason: this.#reason };
  }
}
