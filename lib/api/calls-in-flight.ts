/**
 * Calls in flight of an array handle, for which `close()` waits.
 * @module
 */

/** Calls in flight of a handle. */
export class CallsInFlight {
  readonly #promises = new Set<Promise<unknown>>();
  /** Number of calls that are counted instead of kept. */
  #counted = 0;
  /** Functions to call when the last counted call ends. */
  readonly #onEnd: (() => void)[] = [];

  /** Adds a call, until its promise settles. */
  add(promise: Promise<unknown>): void {
    this.#promises.add(promise);
    const done = (): void => {
      this.#promises.delete(promise);
    };
    promise.then(done, done);
  }

  /** Counts a call, until {@link end} is called. This is faster than {@link add}. */
  begin(): void {
    this.#counted += 1;
  }

  /** Ends a call that {@link begin} counted. */
  end(): void {
    this.#counted -= 1;
    if (this.#counted === 0 && this.#onEnd.length > 0) for (const end of this.#onEnd.splice(0)) end();
  }

  /** Waits until the calls that are in flight now have ended. */
  async untilEnded(): Promise<void> {
    await Promise.allSettled([...this.#promises, this.#untilCountedEnd()]);
  }

  #untilCountedEnd(): Promise<void> {
    if (this.#counted === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEnd.push(resolve);
    });
  }
}
