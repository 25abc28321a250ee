/**
 * Shows the first elements of a result as a table.
 * @module
 */
import type { ReadResult } from '../../index.js';
import { formatValue } from '../output/numbers.js';
import { table } from '../output/table.js';
import { elementAt, isComplex } from './elements.js';

const maxRows = 8;
const maxColumns = 8;
/** Maximum number of elements of a result that is shown completely, if the terminal is wide enough. */
const fewElements = 64;

/** True if a result is small enough to show its numbers instead of a picture: at most 64 elements in at most 8 rows. */
export function fitsAsNumbers(shape: readonly number[]): boolean {
  return shape.reduce((product, size) => product * size, 1) <= fewElements && (shape.at(-2) ?? 1) <= maxRows;
}

/** The corner of the first plane of a result, kept for the preview. */
export interface Corner {
  readonly rows: readonly (readonly string[])[];
  readonly moreRows: boolean;
  readonly moreColumns: boolean;
  /** Number of planes of the result; 1 for up to two dimensions. */
  readonly planes: number;
}

/**
 * Returns the first elements of the first rows of a result. `first` is the first part of the result, and only rows that
 * it contains completely are included. `shape` is the shape of the result.
 */
export function extractCorner(first: ReadResult, shape: readonly number[]): Corner {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.at(-2) ?? 1;
  const available = Math.floor(first.data.length / (isComplex(first.dtype) ? 2 : 1));
  const columnLimit = fitsAsNumbers(shape) ? fewElements : maxColumns;
  const shown: string[][] = [];
  for (let row = 0; row < Math.min(rows, maxRows) && (row + 1) * columns <= available; row++) {
    const cells: string[] = [];
    for (let column = 0; column < Math.min(columns, columnLimit); column++) {
      const element = elementAt(first.data, first.dtype, row * columns + column);
      if (typeof element === 'object')
        cells.push(
          element
            .map((value) => formatValue(value, 4))
            .join('+')
            .concat('j'),
        );
      else cells.push(formatValue(element, 6));
    }
    shown.push(cells);
  }
  return {
    rows: shown,
    moreRows: rows > shown.length,
    moreColumns: columns > columnLimit,
    planes: shape.slice(0, -2).reduce((product, size) => product * size, 1),
  };
}

/**
 * Formats the corner as lines of at most `width` columns. Leaves out columns of the table if needed, but never the
 * first.
 */
export function previewLines(corner: Corner, width: number): string[] {
  let columns = corner.rows[0]?.length ?? 0;
  for (; columns > 0; columns--) {
    const cut = corner.moreColumns || columns < (corner.rows[0]?.length ?? 0);
    const rows = corner.rows.map((row) => [...row.slice(0, columns), ...(cut ? ['…'] : [])]);
    const lines = table(
      rows,
      rows[0]?.map(() => 'right' as const),
    ).map((line) => `  ${line}`);
    if (columns > 1 && lines.some((line) => line.length > width)) continue;
    if (corner.moreRows) lines.push('  …');
    return lines;
  }
  return [];
}
