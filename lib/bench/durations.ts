/**
 * Durations of calls as they come in: a histogram, their sum and the longest, in memory that does not grow with their number.
 * @module
 */
import type { Bucket } from './rounds.js';

/** Collects durations in whole nanoseconds, in the buckets of native/probe/histogram.h. */
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
  /** 0 when there is none. */
  get maxNs(): number {
    return this.#maxNs;
  }
  /** The histogram, ascending. */
  buckets(): Bucket[] {
    return [...this.#counts.values()].map((bucket) => ({ ...bucket })).sort((a, b) => a.low - b.low);
  }
}
