/**
 * Writes elements as CSV.
 * @module
 */
import { typedArrays } from '../api/typed-arrays.js';

/** Number of elements of a piece of a CSV file. */
const pieceElements = 1 << 16;

/** Returns the texts of the elements from `begin` to `end`. Complex numbers are written as in Python: `1-2j`. */
type TextsOf = (begin: number, end: number) => readonly string[];

function textsOf(bytes: ArrayBuffer, dtype: string): TextsOf {
  const Type = typedArrays[dtype as keyof typeof typedArrays];
  if (Type === undefined) throw new Error(`Elements of the type ${dtype} cannot be written as CSV`);
  const values = new Type(bytes);
  if (!dtype.startsWith('complex')) return (begin, end) => Array.from(values.subarray(begin, end), String);
  return (begin, end) =>
    Array.from({ length: end - begin }, (_, i) => {
      const [real, imaginary] = [values[2 * (begin + i)], Number(values[2 * (begin + i) + 1])];
      return `${real}${imaginary < 0 || Object.is(imaginary, -0) ? '-' : '+'}${Math.abs(imaginary)}j`;
    });
}

/** Returns the pieces of a CSV file with one line per row. */
export function csvOf(bytes: ArrayBuffer, dtype: string, shape: readonly number[]): readonly string[] {
  const textsAt = textsOf(bytes, dtype);
  const columns = shape.length < 2 ? 1 : (shape.at(-1) ?? 1);
  const rows = shape.reduce((product, size) => product * size, 1) / Math.max(1, columns);
  const pieceRows = Math.max(1, Math.floor(pieceElements / Math.max(1, columns)));
  const pieces: string[] = [];
  for (let row = 0; row < rows; row += pieceRows) {
    const lines: string[] = [];
    for (let at = row; at < Math.min(rows, row + pieceRows); at++)
      lines.push(`${textsAt(at * columns, (at + 1) * columns).join(',')}\n`);
    pieces.push(lines.join(''));
  }
  return pieces;
}
