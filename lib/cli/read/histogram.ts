/**
 * Shows a histogram as a table with bars.
 * @module
 */

import type { HistogramResult } from '../../index.js';
import type { Context } from '../context.js';
import { formatCount, formatValue } from '../output/numbers.js';
import { bar, printable, table } from '../output/table.js';
import { unitsOf } from './decoding.js';
import { describeRead, type PreparedRead } from './reading.js';
import { costLine } from './show.js';

/** Maximum number of columns of a bar. */
const maxBarColumns = 40;

/** Returns the fields of a histogram that JSON output has in addition to those of other results. */
export function histogramFields({ edges, below, above, missing }: HistogramResult): Record<string, unknown> {
  return { edges: Array.from(edges), below, above, missing };
}

/** Prints the edges and the number of elements of each bin, and the numbers of elements in no bin. */
export function showHistogram(read: PreparedRead, histogram: HistogramResult, context: Context): void {
  const { out } = context;
  const { bold, dim } = out.colors;
  const { array } = read;
  const { data, edges, below, above, missing, stats } = histogram;
  const title = printable(array.name === '' ? array.path : `${array.path}#/${array.name}`);
  out.line(`${bold(title)}  ${dim(`[${describeRead(read)}]`)}`);
  const units = unitsOf({ ...read, hasUnits: true });
  const largest = data.reduce((a, b) => Math.max(a, b), 0);
  const width = Math.min(maxBarColumns, Math.max(8, out.columns - 50));
  const rows = Array.from(data, (count, i) => {
    const [low = 0, high = 0] = edges.subarray(i, i + 2);
    const end = i === data.length - 1 ? ']' : ')';
    const range = [`  [${formatValue(low, 7)},`, `${formatValue(high, 7)}${end}`];
    return [...range, formatCount(count), bar(largest === 0 ? 0 : count / largest, width)];
  });
  out.lines(table(rows, ['right', 'right', 'right']));
  if (units !== null) out.line(dim(`  edges in ${printable(units)}`));
  const outside = [
    ['below', below],
    ['above', above],
    ['missing', missing],
  ] as const;
  for (const [name, count] of outside) if (count > 0) out.line(`  ${name} ${formatCount(count)}`);
  out.line(dim(`  ${costLine(stats)}`));
}
