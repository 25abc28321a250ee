/**
 * Formats values that are not numbers: texts, lists and objects.
 * @module
 */

/** Maximum number of characters of a value. Longer values are cut, and end with an ellipsis. */
const maxLength = 400;

/** Returns a value as text. Null, which stands for a value that cannot be read, becomes a dash. */
export function formatValue(value: unknown): string {
  if (value === null) return '–';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
