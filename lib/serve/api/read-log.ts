/**
 * Keeps the statistics of recent reads, so that a client can ask how its read was performed.
 * @module
 */
import type { ReadStats } from '../../exec/stats.js';

/** Maximum number of reads that are remembered. */
const maxReads = 256;

/**
 * Merges the statistics of two parts of one read. Adds times and counters, and takes the maximum of `threads`. All
 * other fields are those of the later part.
 */
export function mergeStats(before: ReadStats, next: ReadStats): ReadStats {
  const sum = { ...next } as Record<string, unknown>;
  for (const [name, value] of Object.entries(before)) {
    const other = sum[name];
    if (typeof value === 'number' && typeof other === 'number') sum[name] = value + other;
  }
  return { ...(sum as unknown as ReadStats), threads: Math.max(before.threads, next.threads) };
}

/** Statistics of reads, by the names that clients gave to them. */
export class ReadLog {
  readonly #reads = new Map<string, ReadStats>();

  /** Adds the statistics of a part of the read `id`. Ignores reads without a name. */
  add(id: string | null, stats: ReadStats): void {
    if (id === null) return;
    const before = this.#reads.get(id);
    this.#reads.delete(id);
    this.#reads.set(id, before === undefined ? stats : mergeStats(before, stats));
    for (const oldest of this.#reads.keys()) {
      if (this.#reads.size <= maxReads) break;
      this.#reads.delete(oldest);
    }
  }

  /** Returns the statistics of the read `id`; undefined if there was none, or if too many reads followed it. */
  find(id: string): ReadStats | undefined {
    return this.#reads.get(id);
  }
}
