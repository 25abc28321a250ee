/**
 * Reads an array that is being written.
 * @module
 */
import type { ArrayHandle } from './array-handle.js';

/** A handle that reads the files of a writable array. It is opened when it is first needed. */
export class KeptReader {
  readonly #open: (shape: readonly number[]) => Promise<ArrayHandle>;
  #opened: Promise<ArrayHandle> | null = null;

  /** @param open opens the array, whose current shape is `shape`. */
  constructor(open: (shape: readonly number[]) => Promise<ArrayHandle>) {
    this.#open = open;
  }

  /** Returns the handle. Opens it in the first call, after {@link drop}, and again if that has failed. */
  async get(shape: readonly number[]): Promise<ArrayHandle> {
    const opened = this.#opened ?? this.#open(shape);
    this.#opened = opened;
    try {
      return await opened;
    } catch (error) {
      if (this.#opened === opened) this.#opened = null;
      throw error;
    }
  }

  /** Closes the handle, because the files will change. */
  drop(): void {
    const opened = this.#opened;
    this.#opened = null;
    opened?.then((handle) => handle.close()).catch(() => {});
  }
}
