/**
 * Charts of how a call spends its time.
 * @module
 */
import * as Plot from '@observablehq/plot';
import { methodName } from '../../lib/cli/bench/names.js';
import { accesses, append, legend, panel, report, seriesOf, style, waysOf, wideSize } from './report.js';

const parts = [
  { key: 'onCpu', name: 'on a CPU', color: 'var(--c1)' },
  { key: 'runnable', name: 'waiting for a CPU', color: 'var(--c2)' },
  { key: 'blocked', name: 'waiting for storage or a lock', color: 'var(--quiet-fill)' },
] as const;

/** Plots the stacked breakdown of the time of a call; null if the kernel does not report it. */
function plotTime(way: string, access: string, size: typeof panel): Element | null {
  const sums = report.cells.flatMap(({ access: own, time }) =>
    own === access && time !== null ? [time.onCpu + (time.runnable ?? 0) + (time.blocked ?? 0)] : [],
  );
  const bars = seriesOf(way, access).flatMap(({ n, time }) =>
    time === null ? [] : parts.map(({ key, name }) => ({ n: String(n), name, ms: time[key] ?? 0 })),
  );
  if (bars.length === 0) return null;
  return Plot.plot({
    ...size,
    style,
    x: { label: 'reads in parallel →', domain: report.parallelism.map(String) },
    y: {
      label: '↑ ms per call',
      grid: true,
      ...(size.width === panel.width ? { domain: [0, Math.max(...sums)] } : {}),
    },
    color: { domain: parts.map(({ name }) => name), range: parts.map(({ color }) => color) },
    marks: [
      Plot.barY(bars, {
        x: 'n',
        y: 'ms',
        fill: 'name',
        order: parts.map(({ name }) => name),
        tip: { fill: 'var(--paper)' },
      }),
      Plot.ruleY([0]),
    ],
  });
}

/** Draws one chart per kind of access, with the breakdown for `pread`. */
export function drawAttributionOverview(container: Element): void {
  for (const access of accesses) {
    const chart = plotTime('pread', access, wideSize(container));
    if (chart === null) continue;
    const caption = `Time of a call, ${access} reads by ${methodName('pread')}`;
    append(container, caption, `overview ${access} attribution`, legend(parts), chart);
  }
}

/** Draws one chart per method that was measured with `access`. */
export function drawAttribution(container: Element, access: string): void {
  container.before(legend(parts));
  for (const way of waysOf(access)) {
    const chart = plotTime(way, access, panel);
    if (chart !== null) append(container, methodName(way), `attribution ${access} ${way}`, chart);
  }
}
