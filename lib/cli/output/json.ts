/**
 * Values as JSON: what JSON has no word for is text or a number, never lost silently as null.
 * @module
 */

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as Iterable<unknown>);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}

/** `value` as JSON text: NaN and infinities as text, 64-bit integers as numbers where these are exact, else as text. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, plain, indent) ?? 'null';
}
