/**
 * Runs reads ahead of a consumer within a byte budget.
 * @module
 */
import { onAbort, throwIfAborted } from '../core/abort.js';

/** A read that has not started. */
export interface BoundedRead<T> {
  /** Bytes of the result. They count against the budget until the consumer asks for the next result. */
  readonly bytes: number;
  /** Starts the read. The signal aborts it. */
  start(signal: AbortSignal): Promise<T>;
}

/** Limits of {@link readBounded}. */
export interface Bounds {
  /** Maximum number of bytes of reads in flight, of finished results, and of the result that the consumer uses. */
  readonly budgetBytes: number;
  /** Maximum number of reads in flight. */
  readonly maxInFlight: number;
  /** Order of the results: the order of the reads, or the order in which they finish. */
  readonly order: 'asked' | 'finished';
  readonly signal: AbortSignal | undefined;
}

/** A started read. `outcome` never rejects. */
interface Started<T> {
  readonly bytes: number;
  readonly outcome: Promise<Finished<T>>;
}

type Finished<T> = { readonly of: Started<T> } & ({ readonly value: T } | { readonly error: unknown });

/**
 * Yields the results of `reads`. Starts reads ahead while the budget permits; a read that is larger than the budget
 * runs alone. If the consumer stops early or a read fails, the other reads are aborted, and the generator ends only
 * when all of them have ended.
 * @throws the error of a read. @throws {AbortError}
 */
export async function* readBounded<T>(reads: Iterator<BoundedRead<T>>, bounds: Bounds): AsyncGenerator<T, void, void> {
  const { budgetBytes, maxInFlight, order, signal } = bounds;
  const controller = new AbortController();
  const unwatch = onAbort(signal, () => controller.abort(signal?.reason));
  const running = new Set<Started<T>>();
  let usedBytes = 0;
  let next = reads.next();
  const startMore = (): void => {
    while (next.done !== true && running.size < maxInFlight) {
      const read = next.value;
      if (usedBytes > 0 && usedBytes + read.bytes > budgetBytes) return;
      usedBytes += read.bytes;
      running.add(start(read, controller.signal));
      next = reads.next();
    }
  };
  try {
    throwIfAborted(signal);
    startMore();
    while (running.size > 0) {
      const outcomes = Array.from(running, ({ outcome }) => outcome);
      const finished = await (order === 'asked' ? outcomes[0] : Promise.race(outcomes));
      if (finished === undefined) return;
      running.delete(finished.of);
      if ('error' in finished) throw finished.error;
      yield finished.value;
      usedBytes -= finished.of.bytes;
      throwIfAborted(signal);
      startMore();
    }
  } finally {
    unwatch();
    if (running.size > 0) controller.abort();
    await Promise.all(Array.from(running, ({ outcome }) => outcome));
    reads.return?.();
  }
}

function start<T>(read: BoundedRead<T>, signal: AbortSignal): Started<T> {
  const started: Started<T> = {
    bytes: read.bytes,
    outcome: read.start(signal).then(
      (value) => ({ of: started, value }),
      (error: unknown) => ({ of: started, error }),
    ),
  };
  return started;
}
