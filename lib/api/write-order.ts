/**
 * Orders the writes and reads of one array: calls that may access the same chunks run one after the other, in the order
 * in which they were made. Only reads run together.
 * @module
 */
import { type Hyperslab, highestIndex, lowestIndex } from '../plan/hyperslab.js';

/**
 * The blocks that a call accesses: for each dimension, the lowest and highest coordinate of a block (see {@link
 * claimOf}). Null: the whole array.
 */
export type Claim = readonly (readonly [low: number, high: number])[] | null;

/**
 * Returns the blocks that a read or write of `slab` may access.
 * @param unit shape of a block: the part of the array that a write replaces as a whole.
 */
export function claimOf(slab: Hyperslab, unit: readonly number[]): Claim {
  return slab.map((axis, d) => {
    const size = unit[d] ?? 1;
    return [Math.floor(lowestIndex(axis) / size), Math.floor(highestIndex(axis) / size)];
  });
}

function overlap(a: Claim, b: Claim): boolean {
  if (a === null || b === null) return true;
  return a.every(([low, high], d) => {
    const [otherLow = 0, otherHigh = 0] = b[d] ?? [];
    return low <= otherHigh && otherLow <= high;
  });
}

interface Entry {
  readonly claim: Claim;
  readonly access: 'read' | 'write';
  readonly done: Promise<unknown>;
}

/** Calls in flight, and calls that wait for them. */
export class AccessOrder {
  readonly #entries = new Set<Entry>();

  /** Runs `action` once all earlier calls that conflict with it have ended. Two reads do not conflict. */
  run<T>(access: 'read' | 'write', claim: Claim, action: () => Promise<T>): Promise<T> {
    const earlier: Promise<unknown>[] = [];
    for (const entry of this.#entries) {
      if ((access === 'write' || entry.access === 'write') && overlap(entry.claim, claim)) earlier.push(entry.done);
    }
    const result = earlier.length === 0 ? action() : Promise.allSettled(earlier).then(action);
    const entry: Entry = { claim, access, done: result };
    this.#entries.add(entry);
    const end = (): void => {
      this.#entries.delete(entry);
    };
    result.then(end, end);
    return result;
  }

  /** True if a write of the whole array, such as an append, is in flight or waits for other calls. */
  get hasWholeWrite(): boolean {
    for (const { access, claim } of this.#entries) if (access === 'write' && claim === null) return true;
    return false;
  }

  /** Waits until all calls have ended. */
  async idle(): Promise<void> {
    while (this.#entries.size > 0) await Promise.allSettled([...this.#entries].map(({ done }) => done));
  }
}
