/**
 * Charts of the latency of a call by parallelism.
 * @module
 */
import * as Plot from '@observablehq/plot';
import { littlesLaw } from '../../lib/bench/verdict/knee.js';
import { methodName } from '../../lib/cli/bench/names.js';
import {
  accesses,
  append,
  digits,
  legend,
  panel,
  parallelismAxis,
  report,
  seriesOf,
  style,
  waysOf,
  wideSize,
} from './report.js';

const durations = ['mean', 'p50', 'p95', 'p99', 'max'] as const;
const quantiles = [
  { key: 'p50', name: 'median', color: 'var(--c1)' },
  { key: 'p95', name: '95th percentile', color: 'var(--c3)' },
  { key: 'p99', name: '99th percentile', color: 'var(--c2)' },
  { key: 'max', name: 'longest', color: 'var(--c4)' },
] as const;

const latencyLegend = () =>
  legend([
    ...quantiles,
    { name: 'mean', color: 'currentColor', mark: 'thin' },
    { name: "lower bound of the mean (Little's law)", color: 'currentColor', mark: 'dashed' },
  ]);

/** Plots percentiles on logarithmic axes, and the lower bound by Little's law; null without latencies. */
function plotLatency(way: string, access: string, size: typeof panel): Element | null {
  // All charts of a kind of access have the same scale, so that they can be compared.
  const told = report.cells.flatMap((cell) => (cell.access === access && cell.latency !== null ? [cell.latency] : []));
  const domain = [Math.min(...told.map(({ p50 }) => p50)) * 0.8, Math.max(...told.map(({ max }) => max)) * 1.2];
  const series = seriesOf(way, access).flatMap((cell) =>
    cell.latency === null ? [] : [{ n: cell.n, ...cell.latency }],
  );
  const law = littlesLaw(seriesOf(way, access));
  if (series.length === 0 || law === null) return null;
  const title = (d: (typeof series)[number]): string =>
    [`${methodName(way)}`, `${d.n} in parallel`, ...durations.map((key) => `${key} ${digits(d[key])} ms`)].join('\n');
  return Plot.plot({
    ...size,
    style,
    x: parallelismAxis,
    y: { type: 'log', domain, label: '↑ ms', grid: true, tickFormat: digits, ticks: 5, tickSize: 0 },
    marks: [
      Plot.line(law.points, { x: 'n', y: 'boundMs', stroke: 'currentColor', strokeDasharray: '4 3', strokeWidth: 1.4 }),
      Plot.line(series, { x: 'n', y: 'mean', stroke: 'currentColor', strokeWidth: 1.2 }),
      ...quantiles.flatMap(({ key, color }) => [
        Plot.line(series, { x: 'n', y: key, stroke: color, strokeWidth: 2 }),
        Plot.dot(series, { x: 'n', y: key, fill: color, r: 2.2 }),
      ]),
      Plot.tip(series, Plot.pointerX({ x: 'n', y: 'p99', fill: 'var(--paper)', title })),
    ],
  });
}

/** Draws one chart per kind of access, with the latency of `pread`. */
export function drawLatencyOverview(container: Element): void {
  for (const access of accesses) {
    const chart = plotLatency('pread', access, wideSize(container));
    if (chart === null) continue;
    const caption = `Latency of a call, ${access} reads by ${methodName('pread')}`;
    append(container, caption, `overview ${access} latency`, latencyLegend(), chart);
  }
}

/** Draws one chart per method that was measured with `access`. */
export function drawLatency(container: Element, access: string): void {
  container.before(latencyLegend());
  for (const way of waysOf(access)) {
    const chart = plotLatency(way, access, panel);
    if (chart !== null) append(container, methodName(way), `latency ${access} ${way}`, chart);
  }
}
