/**
 * Formats numbers for people.
 * @module
 */

/** Returns a number with at most seven significant digits. */
export function formatNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : String(value);
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Returns a number of bytes with a unit. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), binaryUnits.length - 1);
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${binaryUnits[power]}`;
}

/** Returns a count with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** Returns a shape such as `12 × 361 × 720`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}
