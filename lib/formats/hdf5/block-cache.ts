/**
 * The metadata blocks of one file that were read last, so that a second box does not read them again.
 * @module
 */

/** Keeps blocks by their offset, the least recently used ones leave first. */
export class BlockCache {
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limitBytes how many bytes are kept at most. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** `length` bytes at `offset` if a block that starts there is kept. */
  get(offset: number, length: number): Uint8Array | undefined {
    const block = this.#blocks.get(offset);
    if (block === undefined || block.length < length) return undefined;
    this.#blocks.delete(offset);
    this.#blocks.set(offset, block);
    return block.length === length ? block : block.subarray(0, length);
  }

  /** Keeps a block; a view of a much larger buffer is copied, so that the cache holds what it counts. */
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
