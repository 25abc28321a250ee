/** Numbers from rounds. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `{ms, min, max, cpuMs}` of the rounds of a cell; a round that was repeated counts by its median. */
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
 * How many times faster `ours` is than `other`: the median over rounds of the ratio within a round (they took turns, so that
 * both saw the same machine), the ratio of the best times, and the ratio of processor time.
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
