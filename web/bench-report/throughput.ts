/**
 * Charts of throughput by parallelism.
 * @module
 */
import * as Plot from '@observablehq/plot';
import type { Cell } from '../../lib/bench/cell.js';
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

type Point = Cell & { readonly gbps: number };

const points = (cells: readonly Cell[]): Point[] => cells.map((cell) => ({ ...cell, gbps: cell.throughput / 1e9 }));

/** Creates a vertical line per measurement, from the slowest to the fastest round. */
function ranges(cells: readonly Cell[], color: string): Plot.Markish {
  return Plot.ruleX(cells, {
    x: 'n',
    y1: (cell: Cell) => cell.throughputRange[0] / 1e9,
    y2: (cell: Cell) => cell.throughputRange[1] / 1e9,
    stroke: color,
    strokeOpacity: 0.45,
  });
}

function tip(cells: readonly Point[]): Plot.Markish {
  const title = (d: Point): string => `${methodName(d.way)}\n${d.n} in parallel: ${digits(d.gbps)} GB/s`;
  return Plot.tip(cells, Plot.pointer({ x: 'n', y: 'gbps', title, fill: 'var(--paper)' }));
}

/** Returns the engine of posix-par with the highest throughput; undefined if none was measured. */
function bestEngine(access: string): string | undefined {
  const engines = report.cells.filter((cell) => cell.access === access && cell.way.startsWith('posix-par:'));
  return engines.reduce<Cell | undefined>((a, b) => (a === undefined || b.throughput > a.throughput ? b : a), undefined)
    ?.way;
}

/**
 * Draws one chart per kind of access. Each chart compares parallel reads of one file with other methods, such as one
 * file per thread.
 */
export function drawThroughputOverview(container: Element): void {
  for (const access of accesses) {
    const wanted = [bestEngine(access), 'pread', 'file-each', 'read', 'hdf5'];
    const lines = wanted.flatMap((way, i) => {
      const cells = way === undefined ? [] : points(seriesOf(way, access));
      return way === undefined || cells.length === 0 ? [] : [{ way, cells, color: `var(--c${i + 1})` }];
    });
    const chart = Plot.plot({
      ...wideSize(container),
      style,
      x: parallelismAxis,
      y: { label: '↑ GB/s', zero: true, nice: true, grid: true },
      marks: [
        ...lines.map(({ cells, color }) => ranges(cells, color)),
        ...lines.map(({ cells, color }) => Plot.line(cells, { x: 'n', y: 'gbps', stroke: color, strokeWidth: 2 })),
        ...lines.map(({ cells, color }) => Plot.dot(cells, { x: 'n', y: 'gbps', fill: color, r: 2.6 })),
        tip(lines.flatMap(({ cells }) => cells)),
      ],
    });
    const entries = lines.map(({ way, color }) => ({ name: methodName(way), color }));
    append(container, `Throughput, ${access} reads`, `overview ${access} throughput`, legend(entries), chart);
  }
}

/** Draws one chart per method. The method is highlighted; all other methods are shown in grey. */
export function drawThroughput(container: Element, access: string): void {
  const all = report.cells.filter((cell) => cell.access === access);
  const most = Math.max(...all.map(({ throughputRange }) => throughputRange[1] / 1e9));
  for (const way of waysOf(access)) {
    const own = points(seriesOf(way, access));
    const chart = Plot.plot({
      ...panel,
      style,
      x: parallelismAxis,
      y: { label: '↑ GB/s', domain: [0, most], nice: true, grid: true },
      marks: [
        Plot.line(points(all), { x: 'n', y: 'gbps', z: 'way', stroke: 'var(--quiet)', strokeWidth: 1, sort: 'n' }),
        ranges(own, 'var(--c1)'),
        Plot.line(own, { x: 'n', y: 'gbps', stroke: 'var(--c1)', strokeWidth: 2.2 }),
        Plot.dot(own, { x: 'n', y: 'gbps', fill: 'var(--c1)', r: 2.6 }),
        tip(own),
      ],
    });
    append(container, methodName(way), `throughput ${access} ${way}`, chart);
  }
}
