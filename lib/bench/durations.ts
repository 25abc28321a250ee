/**
 * Collects durations of calls in a histogram, with their sum and maximum, in bounded memory.
 * @module
 */
import type { Bucket } from './rounds.js';

/** Collects durations in whole nanoseconds. Uses the same buckets as native/probe/histogram.h. */
export class Durations {
  readonly #counts = new Map<number, { readonly low: number; readonly width: number; count: number }>();
  #count = 0;
  #sumNs = 0;
  #maxNs = 0;

  add(ns: number): void {
    const width = ns < 256 ? 1 : 2 ** (Math.floor(Math.log2(ns)) - 7);
    const low = Math.floor(ns / width) * width;
    const bucket = this.#counts.get(low);
    if (bucket === undefined) this.#counts.set(low, { low, width, count: 1 });
    else bucket.count += 1;
    this.#count += 1;
    this.#sumNs += ns;
    if (ns > this.#maxNs) this.#maxNs = ns;
  }

  get count(): number {
    return this.#count;
  }
  get sumNs(): number {
    return this.#sumNs;
  }
  /** Longest duration; 0 if there is none. */
  get maxNs(): number {
    return this.#maxNs;
  }
  /** Returns the histogram in ascending order. */
  buckets(): Bucket[] {
    return [...this.#counts.values()].map((bucket) => ({ ...bucket })).sort((a, b) => a.low - b.low);
  }
}
