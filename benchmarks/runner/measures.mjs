/** Computes statistics of measured rounds. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Returns `{ms, min, max, cpuMs}` of the rounds of a cell. `ms` and `cpuMs` are medians of the rounds; a round with
 * repeated reads counts with its median time. `min` and `max` are the times of single reads.
 */
export function summary(rounds) {
  const ms = rounds.map((round) => median(round.ms));
  return {
    ms: median(ms),
    min: Math.min(...rounds.flatMap((round) => round.ms)),
    max: Math.max(...rounds.flatMap((round) => round.ms)),
    cpuMs: median(rounds.map((round) => round.cpuMs)),
  };
}

/**
 * Returns the speed of `ours` relative to `other`: the median, lowest and highest ratio of a round, the ratio of the
 * best times, and the ratio of CPU times. Contenders alternate within a round, so other programs slow both down
 * equally.
 */
export function speedRatio(ours, other) {
  const rounds = Math.min(ours.rounds.length, other.rounds.length);
  const paired = Array.from({ length: rounds }, (_, r) => median(other.rounds[r].ms) / median(ours.rounds[r].ms));
  return {
    median: median(paired),
    low: Math.min(...paired),
    high: Math.max(...paired),
    best: other.summary.min / ours.summary.min,
    cpu: other.summary.cpuMs / ours.summary.cpuMs,
  };
}
