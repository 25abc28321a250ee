/**
 * Formats numbers for people. `--json` prints exact values.
 * @module
 */

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Formats bytes with a binary unit and three or four digits: `1.50 MiB`. Below 1 KiB, the number is exact. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return String(bytes);
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? String(value) : value.toPrecision(value >= 1000 ? 4 : 3);
  return `${bytes < 0 ? '-' : ''}${digits} ${binaryUnits[unit] ?? ''}`;
}

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 20 });

/** Formats a number with groups of three digits: `1,234,567`. */
export function formatCount(count: number | bigint): string {
  return counts.format(count);
}

/** Formats milliseconds as `850 ns`, `12.3 µs`, `4.56 ms`, `7.89 s` or `3 min 20 s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  if (ms >= 99_950) {
    const seconds = Math.round(ms / 1000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  if (ms >= 999.5) return `${(ms / 1000).toPrecision(3)} s`;
  if (ms >= 0.9995) return `${ms.toPrecision(3)} ms`;
  if (ms >= 0.0009995) return `${(ms * 1000).toPrecision(3)} µs`;
  return `${Math.round(ms * 1e6)} ns`;
}

/** Formats a rate in bytes per second. */
export function formatRate(bytes: number, ms: number): string {
  return ms <= 0 ? '–' : `${formatBytes((bytes * 1000) / ms)}/s`;
}

/** Formats a ratio as a percentage: `12.3 %`. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/**
 * Formats an element with at most `digits` significant digits. Bigints, and integers below 10^15, are shown in full.
 */
export function formatValue(value: number | bigint | boolean | string, digits = 6): string {
  if (typeof value !== 'number') return String(value);
  if (Object.is(value, -0)) return '-0';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  if (!Number.isFinite(value)) return String(value);
  const text = value.toPrecision(digits);
  // Removes trailing zeros without `String(Number(text))`, which would write small numbers with an exponent.
  return text.includes('e') ? String(Number(text)) : text.replace(/^(-?\d+)\.0*$|^(-?\d+\.\d*[1-9])0*$/, '$1$2');
}

/** Formats a shape: `256 × 1024`, or `()` for a scalar. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? '()' : shape.join(' × ');
}
