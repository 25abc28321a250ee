/**
 * Caches recently read metadata blocks of one file, so that reads of other boxes do not read them again.
 * @module
 */

/** Maps offsets to blocks. Evicts the least recently used blocks first. */
export class BlockCache {
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limitBytes maximum total size of the kept blocks. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Returns `length` bytes at `offset` if a kept block starts there and is long enough. */
  get(offset: number, length: number): Uint8Array | undefined {
    const block = this.#blocks.get(offset);
    if (block === undefined || block.length < length) return undefined;
    this.#blocks.delete(offset);
    this.#blocks.set(offset, block);
    return block.length === length ? block : block.subarray(0, length);
  }

  /**
   * Keeps a block, unless it is larger than a quarter of the limit. Copies a view of a buffer that is more than twice
   * as large, because the view would keep the whole buffer in memory.
   */
  put(offset: number, bytes: Uint8Array): void {
    if (bytes.length > this.#limit / 4) return;
    this.#drop(offset);
    const block = bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes;
    this.#blocks.set(offset, block);
    this.#bytes += block.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#drop(oldest);
    }
  }

  #drop(offset: number): void {
    const block = this.#blocks.get(offset);
    if (block === undefined) return;
    this.#bytes -= block.length;
    this.#blocks.delete(offset);
  }
}
