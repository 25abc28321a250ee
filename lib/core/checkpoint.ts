/**
 * Splits long computations into slices. A computation is a generator that yields a checkpoint after a bounded number of
 * steps. At each checkpoint, the driver (io/driver.ts) decides whether other work runs first. So planners need neither
 * clocks nor the event loop.
 * @module
 */

/** A point at which a computation may be interrupted or aborted. The driver sends no reply. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
}

/** The only checkpoint object; every computation yields it. */
export const checkpoint: Checkpoint = { kind: 'checkpoint' };

/** A computation that yields a checkpoint at least every {@link stepsPerCheckpoint} steps. */
export type Sliced<T> = Generator<Checkpoint, T, unknown>;

/**
 * Maximum number of steps between two checkpoints. A step is the work for one chunk, one listed index or one table
 * entry. It takes at most a few hundred nanoseconds.
 */
export const stepsPerCheckpoint = 4096;

/** Fills an array in slices. The first write to new memory is slow, because the kernel then allocates its pages. */
export function* fillInSlices<
  T extends { readonly length: number; fill(value: number, start: number, end: number): T },
>(array: T, value: number): Sliced<T> {
  for (let i = 0; i < array.length; i += stepsPerCheckpoint) {
    if (i > 0) yield checkpoint;
    array.fill(value, i, i + stepsPerCheckpoint);
  }
  return array;
}

/** Calls `visit` for each entry of a list, in slices. */
export function* forEachInSlices<T>(list: ArrayLike<T>, visit: (entry: T, index: number) => void): Sliced<void> {
  for (let i = 0; i < list.length; i++) {
    visit(list[i] as T, i);
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
  }
}

/** Runs a computation to its end without interruption. */
export function finish<T>(computation: Sliced<T>): T {
  for (;;) {
    const step = computation.next();
    if (step.done === true) return step.value;
  }
}
