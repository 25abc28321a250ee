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

/** Characters that JSON lets through and that change how a terminal shows the text: C1 controls and bidirectional overrides. */
const steering = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** `value` as JSON, with steering characters escaped. */
function stringify(value: unknown): string {
  const json = JSON.stringify(value, plain) ?? 'null';
  return json.replace(steering, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** Objects a key a line, lists of scalars in one line: a shape is easier to read so, and a million numbers shorter. */
function pretty(value: unknown, indent: string): string {
  if (isScalar(value)) return stringify(value);
  const below = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every(isScalar)) return `[${value.map((item) => pretty(item, '')).join(', ')}]`;
    return `[\n${value.map((item) => below + pretty(item, below)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value as object);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => `${below}${stringify(key)}: ${pretty(item, below)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** `value` as JSON text in one line: NaN and infinities as text, 64-bit integers as numbers where these are exact, else as text. */
export function toJson(value: unknown): string {
  return stringify(value);
}

/** The same, set for people to read. */
export function toPrettyJson(value: unknown): string {
  return pretty(JSON.parse(toJson(value)), '');
}
