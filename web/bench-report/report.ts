/**
 * Reads the numbers of the report from the page, and defines styles and helpers for all charts.
 * @module
 */
import type { Cell, Measurement } from '../../lib/bench/cell.js';

export const report = JSON.parse(document.getElementById('report')?.textContent ?? '{}') as Measurement;

/** Style of all charts. */
export const style = { background: 'transparent', color: 'currentColor', fontSize: '11px' };
/** Margins of all charts, in pixels. */
export const margins = { marginLeft: 46, marginBottom: 34, marginTop: 22, marginRight: 14 };
/** Size of a chart that shows a single method. */
export const panel = { ...margins, width: 300, height: 210 };

/**
 * Returns the size of an overview chart, such as drawThroughputOverview() draws. It is as wide as its column, but at
 * least 280 and at most 640 pixels.
 */
export function wideSize(container: Element): typeof panel {
  const gap = 26;
  const most = container.clientWidth;
  const column = most >= 2 * 440 + gap ? (most - gap) / 2 : most;
  return { ...margins, width: Math.max(280, Math.min(640, column)), height: 250 };
}

const ticks = [...report.parallelism];

/**
 * Logarithmic axis of parallelism, which makes 1 to 16 threads equally spaced and proportional growth a straight line.
 */
export const parallelismAxis = {
  type: 'log',
  base: 2,
  domain: [Math.min(...ticks), Math.max(...ticks)],
  ticks,
  tickFormat: 'd',
  label: 'reads in parallel →',
  inset: 8,
} as const;

/** Kinds of access that were measured, in the order in which they are shown: storage before memory. */
export const accesses = (['direct', 'cold', 'cached'] as const).filter((access) =>
  report.cells.some((cell) => cell.access === access),
);

/** Returns the cells of one method and access, in ascending order of parallelism. */
export function seriesOf(way: string, access: string): Cell[] {
  return report.cells.filter((cell) => cell.way === way && cell.access === access).sort((a, b) => a.n - b.n);
}

/** Returns the methods that were measured with an access. */
export function waysOf(access: string): string[] {
  return [...new Set(report.cells.filter((cell) => cell.access === access).map(({ way }) => way))];
}

/** Formats a number with three digits. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Entry of a legend. */
export interface LegendEntry {
  readonly name: string;
  /** CSS colour. */
  readonly color: string;
  readonly mark?: 'square' | 'thin' | 'dashed';
}

/** Creates a legend. */
export function legend(entries: readonly LegendEntry[]): Element {
  const list = document.createElement('ul');
  list.className = 'key small';
  for (const { name, color, mark = 'square' } of entries) {
    const item = document.createElement('li');
    const sample = document.createElement('i');
    if (mark === 'dashed') sample.style.color = color;
    else sample.style.background = color;
    if (mark !== 'square') sample.className = mark;
    item.append(sample, name);
    list.append(item);
  }
  return list;
}

/** Appends a figure with a caption and, below the caption, `parts`. Tests find the figure by `name`. */
export function append(container: Element, caption: string, name: string, ...parts: readonly Element[]): void {
  const figure = document.createElement('figure');
  const title = document.createElement('figcaption');
  title.textContent = caption;
  figure.dataset['chart'] = name;
  figure.append(title, ...parts);
  container.append(figure);
}
