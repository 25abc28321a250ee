/**
 * Reads elements that are not numbers, such as texts and records, and converts them for h5web.
 * @module
 */
import { request, requestJson } from '../api/client.js';
import type { ElementType } from '../api/routes.js';

/** Converts an element, or a value inside an element. */
function parseElement(type: ElementType, value: unknown): unknown {
  switch (type.kind) {
    case 'integer':
    case 'float':
      // Numbers that JSON does not have are texts.
      return value === null ? null : Number(value);
    case 'enum':
      return parseElement(type.base, value);
    case 'complex':
      return valuesOf(value).map(Number);
    case 'record': {
      const values = valuesOf(value);
      return type.fields.map((field, i) => parseElement(field.type, values[i]));
    }
    case 'array':
      return parseLists(type.item, type.shape.length, value);
    case 'sequence':
      return parseLists(type.item, 1, value);
    default:
      return value;
  }
}

/** Returns the values of a list, or of the members of an object. */
function valuesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

/** Converts the elements of nested lists with `depth` levels. */
function parseLists(type: ElementType, depth: number, value: unknown): unknown {
  if (depth === 0 || !Array.isArray(value)) return parseElement(type, value);
  return value.map((item) => parseLists(type, depth - 1, item));
}

/** Converts the value of an attribute. */
export function parseAttribute(type: ElementType, shape: readonly number[] | null, value: unknown): unknown {
  return shape === null ? null : parseLists(type, shape.length, value);
}

/** Divides a flat list of the elements of arrays into the arrays. */
function nest(values: readonly unknown[], shape: readonly number[]): readonly unknown[] {
  return shape.reduceRight<readonly unknown[]>(
    (flat, size) => Array.from({ length: flat.length / size }, (_, i) => flat.slice(i * size, (i + 1) * size)),
    values,
  );
}

/**
 * Reads elements that are not numbers. Returns a flat list; one element if the selection has no dimensions; bytes if
 * the elements are opaque.
 */
export async function readElements(
  path: string,
  type: ElementType,
  selection: string | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const query = { path, ...(selection === undefined ? {} : { selection }) };
  if (type.kind === 'opaque') {
    return new Uint8Array(await (await request('read', { ...query, format: 'bin' }, signal)).arrayBuffer());
  }
  const { data, shape } = await requestJson('read', { ...query, format: 'json' }, signal);
  const inner = type.kind === 'array' ? type.shape : [];
  const items = nest(data, inner).map((item) => parseElement(type, item));
  return shape.length === inner.length ? items[0] : items;
}
