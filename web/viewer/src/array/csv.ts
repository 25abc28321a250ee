/**
 * Writes elements as CSV.
 * @module
 */
import type { Elements } from '../plot/element-types.js';

/** Returns the text of a CSV file with one line per row. */
export function csvOf({ data, shape }: { readonly data: Elements; readonly shape: readonly number[] }): string {
  const columns = shape.length < 2 ? 1 : (shape.at(-1) ?? 1);
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += columns) lines.push(data.subarray(at, at + columns).join(','));
  return `${lines.join('\n')}\n`;
}
