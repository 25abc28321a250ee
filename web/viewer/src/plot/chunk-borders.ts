/**
 * Computes the borders between chunks.
 * @module
 */

/** Maximum number of lines per axis. More would hide the picture. */
const maxLines = 256;

/** Returns the positions of the borders between chunks. Empty if there are too many. */
export function chunkBordersOf(size: number, chunk: number): readonly number[] {
  const count = Math.ceil(size / Math.max(1, chunk)) - 1;
  return count > maxLines ? [] : Array.from({ length: Math.max(0, count) }, (_, i) => (i + 1) * chunk);
}
