/**
 * Prepares values for `JSON.stringify`.
 * @module
 */
import { types } from 'node:util';
import { typedArrayName } from './brands.js';

/**
 * Converts a value for `JSON.stringify`. Bigints, NaN and infinities become strings. Typed arrays and sets become
 * lists; maps become objects. Converts the values inside lists and objects, too.
 */
export function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (typedArrayName(value) !== undefined) return Array.from(value as Iterable<unknown>, toJsonValue);
  if (Array.isArray(value) || types.isSet(value)) return Array.from(value, toJsonValue);
  const entries = types.isMap(value) ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, toJsonValue(item)]));
}
