/**
 * Targets of scenarios. A target has one of these forms:
 * - `{faster: 'posix-par', than: [names], atLeast: 1.4}`: speed relative to the fastest of `than`;
 * - `{of: 'posix-par', metric: 'planShare', atMost: 0.05}`: a number that the cell reports, as the median over rounds;
 * - `{of: 'posix-par', msAtMost: 20}`: median time;
 * - `{of: 'posix-par', memoryAbove: bytes, atMost: MiB}`: peak memory of a read in addition to its result.
 */
import { median, speedRatio } from './measures.mjs';

function judgeSpeed({ faster, than, atLeast, aim }, cells) {
  const ours = cells[faster];
  const others = than.map((name) => cells[name]).filter((cell) => cell?.rounds?.length > 0);
  if (!ours?.rounds?.length || others.length === 0) return null;
  const best = others.reduce((a, b) => (a.summary.ms <= b.summary.ms ? a : b));
  const ratio = speedRatio(ours, best);
  return {
    text: `${faster}: speed of ${best.name}${others.length > 1 ? ' (the best peer)' : ''}`,
    wanted: atLeast,
    reached: ratio.median,
    range: [ratio.low, ratio.high],
    best: ratio.best,
    cpu: ratio.cpu,
    passed: ratio.median >= atLeast,
    isAim: aim === true,
  };
}

function judgeMetric({ of, metric, atMost, aim }, cells) {
  const values = cells[of]?.rounds?.map((round) => round[metric]).filter((value) => value !== undefined) ?? [];
  if (values.length === 0) return null;
  const reached = median(values);
  const range = [Math.min(...values), Math.max(...values)];
  return {
    text: `${of}: ${metric}`,
    wanted: atMost,
    upper: true,
    reached,
    range,
    passed: reached <= atMost,
    isAim: aim === true,
  };
}

function judgeTime({ of, msAtMost }, cells) {
  const summary = cells[of]?.summary;
  if (summary === undefined) return null;
  const { ms: reached, min, max } = summary;
  const passed = reached <= msAtMost;
  return {
    text: `${of}: milliseconds`,
    wanted: msAtMost,
    upper: true,
    reached,
    range: [min, max],
    passed,
    isAim: false,
  };
}

function judgeMemory({ of, memoryAbove, atMost }, cells) {
  const peak = cells[of]?.peakBytes;
  if (peak === undefined) return null;
  const reached = (peak - memoryAbove) / 2 ** 20;
  return {
    text: `${of}: MiB of extra memory`,
    wanted: atMost,
    upper: true,
    reached,
    passed: reached <= atMost,
    isAim: false,
  };
}

/** Returns which `targets` were reached. Leaves out targets whose contenders did not run. */
export function judge(targets, cells) {
  return targets
    .map((target) => {
      if (target.faster !== undefined) return judgeSpeed(target, cells);
      if (target.msAtMost !== undefined) return judgeTime(target, cells);
      return target.metric !== undefined ? judgeMetric(target, cells) : judgeMemory(target, cells);
    })
    .filter((verdict) => verdict !== null);
}
