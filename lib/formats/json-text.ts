/**
 * Writes JSON documents that describe arrays. Unlike `JSON.stringify`, writes bigints as integers, and NaN and
 * infinities as texts.
 * @module
 */
import { typedArrayName } from '../core/brands.js';

/**
 * Returns `value` as indented JSON. NaN and infinities become texts, as Zarr and tile directories define for fill
 * values. Typed arrays become lists. Members that are undefined are left out.
 */
export function jsonText(value: unknown): string {
  return `${textOf(value, '')}\n`;
}

function textOf(value: unknown, indent: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const list =
    typedArrayName(value) !== undefined || Array.isArray(value) ? Array.from(value as Iterable<unknown>) : null;
  const inner = `${indent}  `;
  if (list !== null) {
    const items = list.map((item) => textOf(item, inner));
    const line = `[${items.join(', ')}]`;
    return line.includes('\n') || line.length > 100 ? `[\n${inner}${items.join(`,\n${inner}`)}\n${indent}]` : line;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}: ${textOf(member, inner)}`);
  return members.length === 0 ? '{}' : `{\n${inner}${members.join(`,\n${inner}`)}\n${indent}}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
}
