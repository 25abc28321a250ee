/**
 * Reads in flight of a handle that reads through another handle.
 * @module
 */
import { ClosedError } from '../core/errors.js';

/** Reads in flight of a handle. */
export class OpenReads {
  readonly #reads = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  /** Aborted by {@link end}. Reads in flight may still finish; a read that hangs is abandoned. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Adds a read, until it settles. Returns it. */
  add<T>(read: Promise<T>): Promise<T> {
    this.#reads.add(read);
    const done = (): void => {
      this.#reads.delete(read);
    };
    read.then(done, done);
    return read;
  }

  /** Aborts {@link closing}, and waits until all reads have settled. */
  async end(path: string): Promise<void> {
    this.#closing.abort(new ClosedError(`The array ${path} was closed`));
    await Promise.allSettled(this.#reads);
  }
}
