/**
 * Long computations in slices. A computation is a generator that yields a checkpoint after a bounded number of steps; the driver
 * (io/driver.ts) decides whether other work runs before the next slice. Planners stay pure that way: they know neither clocks
 * nor the event loop.
 * @module
 */

/** A point at which a computation may be interrupted or given up. It needs no answer. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
}

/** The checkpoint that every computation yields. */
export const checkpoint: Checkpoint = { kind: 'checkpoint' };

/** A computation that yields a checkpoint at least every {@link stepsPerCheckpoint} steps. */
export type Sliced<T> = Generator<Checkpoint, T, unknown>;

/**
 * Maximum number of steps between two checkpoints. A step is the work for one chunk, one listed index or one table entry:
 * some nanoseconds, at most a few hundred.
 */
export const stepsPerCheckpoint = 16384;

/** Runs a computation to its end in one go. */
export function finish<T>(computation: Sliced<T>): T {
  for (;;) {
    const step = computation.next();
    if (step.done === true) return step.value;
  }
}
