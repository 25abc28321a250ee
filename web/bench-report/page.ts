/**
 * Draws the charts of a report of `posix-par bench`. Runs in the page, which holds the numbers as JSON.
 * @module
 */
import * as Plot from '@observablehq/plot';
import type { Cell, Measurement } from '../../lib/bench/cell.js';
import { littlesLaw } from '../../lib/bench/verdict/knee.js';

const report = JSON.parse(document.getElementById('report')?.textContent ?? '{}') as Measurement;
const panel = { width: 300, height: 210, marginLeft: 46, marginBottom: 34, marginTop: 22, marginRight: 14 };
const style = { background: 'transparent', color: 'currentColor', fontSize: '11px' };
const durations = ['mean', 'p50', 'p95', 'p99', 'max'] as const;
const ticks = [...report.parallelism];

const seriesOf = (way: string, access: string): Cell[] =>
  report.cells.filter((cell) => cell.way === way && cell.access === access).sort((a, b) => a.n - b.n);
const waysOf = (access: string): string[] => [
  ...new Set(report.cells.filter((cell) => cell.access === access).map(({ way }) => way)),
];
const digits = (value: number): string => String(Number(value.toPrecision(3)));
/**
 * Logarithmic axis of parallelism, which makes 1 to 16 threads equally spaced and proportional growth a straight line.
 */
const x = {
  type: 'log',
  base: 2,
  domain: [Math.min(...ticks), Math.max(...ticks)],
  ticks,
  tickFormat: 'd',
  label: 'in parallel →',
  inset: 8,
} as const;

function append(container: Element, title: string, chart: Element, name: string): void {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  figure.dataset['chart'] = name;
  figure.append(caption, chart);
  container.append(figure);
}

/** Highlights one method per panel among all others, so that many lines stay readable without a legend. */
function throughput(container: Element, access: string): void {
  const all = report.cells.filter((cell) => cell.access === access);
  const points = (cells: readonly Cell[]) => cells.map((cell) => ({ ...cell, gbps: cell.throughput / 1e9 }));
  const most = Math.max(...all.map(({ throughputRange }) => throughputRange[1] / 1e9));
  for (const way of waysOf(access)) {
    const own = points(seriesOf(way, access));
    const chart = Plot.plot({
      ...panel,
      style,
      x,
      y: { label: '↑ GB/s', domain: [0, most], nice: true, grid: true },
      marks: [
        Plot.line(points(all), { x: 'n', y: 'gbps', z: 'way', stroke: 'var(--quiet)', strokeWidth: 1, sort: 'n' }),
        Plot.ruleX(own, {
          x: 'n',
          y1: (cell: Cell) => cell.throughputRange[0] / 1e9,
          y2: (cell: Cell) => cell.throughputRange[1] / 1e9,
          stroke: 'var(--first)',
          strokeOpacity: 0.5,
        }),
        Plot.line(own, { x: 'n', y: 'gbps', stroke: 'var(--first)', strokeWidth: 2.2 }),
        Plot.dot(own, { x: 'n', y: 'gbps', fill: 'var(--first)', r: 2.6 }),
        Plot.tip(
          own,
          Plot.pointerX({
            x: 'n',
            y: 'gbps',
            title: (d: Cell & { gbps: number }) => `${d.n} × ${way}: ${digits(d.gbps)} GB/s`,
            fill: 'var(--paper)',
          }),
        ),
      ],
    });
    append(container, way, chart, `throughput ${access} ${way}`);
  }
}

const quantiles = [
  { key: 'p50', color: 'var(--first)' },
  { key: 'p95', color: 'var(--second)' },
  { key: 'p99', color: 'var(--third)' },
  { key: 'max', color: 'var(--fourth)' },
] as const;

/** Draws latency percentiles on logarithmic axes, and the lower bound by Little's law. */
function latency(container: Element, access: string): void {
  // All panels of an access have the same scale, so that they can be compared.
  const told = report.cells.flatMap((cell) => (cell.access === access && cell.latency !== null ? [cell.latency] : []));
  const domain = [Math.min(...told.map(({ p50 }) => p50)) * 0.8, Math.max(...told.map(({ max }) => max)) * 1.2];
  for (const way of waysOf(access)) {
    const series = seriesOf(way, access).flatMap((cell) =>
      cell.latency === null ? [] : [{ n: cell.n, ...cell.latency }],
    );
    const law = littlesLaw(seriesOf(way, access));
    if (series.length === 0 || law === null) continue;
    const chart = Plot.plot({
      ...panel,
      style,
      x,
      y: {
        type: 'log',
        domain,
        label: '↑ ms',
        grid: true,
        tickFormat: (value: number) => digits(value),
        ticks: 5,
        tickSize: 0,
      },
      marks: [
        Plot.line(law.points, {
          x: 'n',
          y: 'boundMs',
          stroke: 'currentColor',
          strokeDasharray: '4 3',
          strokeWidth: 1.4,
        }),
        Plot.line(series, { x: 'n', y: 'mean', stroke: 'currentColor', strokeWidth: 1.2 }),
        ...quantiles.flatMap(({ key, color }) => [
          Plot.line(series, { x: 'n', y: key, stroke: color, strokeWidth: 2 }),
          Plot.dot(series, { x: 'n', y: key, fill: color, r: 2.2 }),
        ]),
        Plot.tip(
          series,
          Plot.pointerX({
            x: 'n',
            y: 'p99',
            fill: 'var(--paper)',
            title: (d: (typeof series)[number]) =>
              [`${d.n} × ${way}`, ...durations.map((key) => `${key} ${digits(d[key])} ms`)].join('\n'),
          }),
        ),
      ],
    });
    append(container, way, chart, `latency ${access} ${way}`);
  }
}

const parts = [
  { key: 'onCpu', name: 'on a CPU', color: 'var(--first)' },
  { key: 'runnable', name: 'runnable, not running', color: 'var(--third)' },
  { key: 'blocked', name: 'blocked', color: 'var(--quiet-fill)' },
] as const;

/** Draws the stacked breakdown of the time of a call. */
function attribution(container: Element, access: string): void {
  const sums = report.cells.flatMap(({ access: own, time }) =>
    own === access && time !== null ? [time.onCpu + (time.runnable ?? 0) + (time.blocked ?? 0)] : [],
  );
  const most = Math.max(...sums);
  for (const way of waysOf(access)) {
    const bars = seriesOf(way, access).flatMap(({ n, time }) =>
      time === null ? [] : parts.map(({ key, name }) => ({ n: String(n), name, ms: time[key] ?? 0 })),
    );
    if (bars.length === 0) continue;
    const chart = Plot.plot({
      ...panel,
      style,
      x: { label: 'in parallel →', domain: ticks.map(String) },
      y: { label: '↑ ms per call', grid: true, domain: [0, most] },
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
    append(container, way, chart, `attribution ${access} ${way}`);
  }
}

const draw = { throughput, latency, attribution };
for (const container of document.querySelectorAll<HTMLElement>('[data-charts]')) {
  const { charts, access } = container.dataset;
  if (access !== undefined && charts !== undefined && charts in draw)
    draw[charts as keyof typeof draw](container, access);
}
