/**
 * Formats values as JSON. Values that JSON cannot represent become strings, numbers, lists or objects.
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

/**
 * Characters that JSON does not escape although they change how a terminal displays text: DEL, C1 controls, line
 * separators and bidirectional controls.
 */
const displayControls = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Converts `value` to JSON and escapes {@link displayControls}. */
function stringify(value: unknown): string {
  const json = JSON.stringify(value, plain) ?? 'null';
  return json.replace(displayControls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/**
 * Formats objects with one line per key, and lists of scalars in one line. This keeps shapes readable and long lists
 * short.
 */
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

/**
 * Converts `value` to JSON in one line. NaN and infinities become strings. 64-bit integers become numbers if they are
 * exact, otherwise strings.
 */
export function toJson(value: unknown): string {
  return stringify(value);
}

/** Converts like {@link toJson}, with line breaks and indentation. */
export function toPrettyJson(value: unknown): string {
  return pretty(JSON.parse(toJson(value)), '');
}
