/**
 * The types of elements that the viewer draws, and how it requests and decodes them.
 * @module
 */
import type { QueryOf } from '../api/client.js';
import { typedArrays } from '../api/typed-arrays.js';

/** Elements that the viewer can draw. */
export type Elements = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array;

/** A selection to read. */
export interface ElementsWanted {
  readonly path: string;
  /** Field of records; null if the elements are not records. */
  readonly field: string | null;
  readonly dtype: string;
  readonly selection: string;
  readonly decodesCf: boolean;
  /** Maximum number of elements of each plane; null for all. */
  readonly maxPixels: number | null;
}

/** Types that are converted to float64. 64-bit integers may lose their last digits. */
const widened: ReadonlySet<string> = new Set(['int32', 'uint32', 'int64', 'uint64']);

/** True if elements of a type can be drawn. */
export function isDrawable(dtype: string): boolean {
  return Object.hasOwn(typedArrays, dtype) || dtype === 'float16';
}

const isComplex = (dtype: string): boolean => dtype.startsWith('complex');

/** Returns the query of a read. */
export function queryOf({ path, field, dtype, selection, decodesCf, maxPixels }: ElementsWanted): QueryOf<'read'> {
  const optional = { ...(field === null ? {} : { field }), ...(maxPixels === null ? {} : { maxPixels }) };
  const query = { path, selection, format: 'bin', ...optional } as const;
  if (dtype === 'float16') return { ...query, as: 'float32' };
  if (decodesCf && !isComplex(dtype) && dtype !== 'bool') return { ...query, decode: 'cf' };
  return widened.has(dtype) ? { ...query, as: 'float64' } : query;
}

/** Returns the query of all elements of a slice, in the type that is stored unless decoding changes it. */
export function exactQueryOf(wanted: ElementsWanted): QueryOf<'read'> {
  const { as, ...query } = queryOf({ ...wanted, maxPixels: null });
  // Some browsers have no arrays of float16.
  return wanted.dtype === 'float16' && as !== undefined ? { ...query, as } : query;
}

function magnitudes(parts: Float32Array | Float64Array): Float32Array {
  return Float32Array.from({ length: parts.length / 2 }, (_, i) =>
    Math.hypot(parts[2 * i] ?? 0, parts[2 * i + 1] ?? 0),
  );
}

/** Converts the bytes of a reply. Complex numbers become their magnitudes. */
export function decodeElements(bytes: ArrayBuffer, dtype: string): Elements {
  const Type = typedArrays[dtype as keyof typeof typedArrays];
  if (Type === undefined) throw new Error(`Elements of the type ${dtype} cannot be drawn`);
  const data = new Type(bytes);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (data instanceof Int32Array || data instanceof Uint32Array) return Float64Array.from(data);
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  return isFloat && isComplex(dtype) ? magnitudes(data) : data;
}
