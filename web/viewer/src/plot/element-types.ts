/**
 * The types of elements that the viewer draws, and how it requests and decodes them.
 * @module
 */
import type { QueryOf } from '../api/client.js';

/** Elements that the viewer can draw. */
export type Elements = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array;

/** A selection to read. */
export interface ElementsWanted {
  readonly path: string;
  readonly dtype: string;
  readonly selection: string;
  readonly decodesCf: boolean;
  /** Maximum number of elements of each plane; null for all. */
  readonly maxPixels: number | null;
}

/** Types whose elements are drawn without conversion, and the typed arrays that hold them. */
const plainTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
} as const;

/** Types that are converted to float64. 64-bit integers may lose their last digits. */
const widened: ReadonlySet<string> = new Set(['int32', 'uint32', 'int64', 'uint64']);

/** True if elements of a type can be drawn. */
export function isDrawable(dtype: string): boolean {
  return Object.hasOwn(plainTypes, dtype) || widened.has(dtype) || dtype === 'float16' || isComplex(dtype);
}

const isComplex = (dtype: string): boolean => dtype.startsWith('complex');

/** Returns the query of a read. */
export function queryOf({ path, dtype, selection, decodesCf, maxPixels }: ElementsWanted): QueryOf<'read'> {
  const query = { path, selection, format: 'bin', ...(maxPixels === null ? {} : { maxPixels }) } as const;
  if (dtype === 'float16') return { ...query, as: 'float32' };
  if (decodesCf && !isComplex(dtype) && dtype !== 'bool') return { ...query, decode: 'cf' };
  return widened.has(dtype) ? { ...query, as: 'float64' } : query;
}

function magnitudes(parts: Float32Array | Float64Array): Float32Array {
  return Float32Array.from({ length: parts.length / 2 }, (_, i) =>
    Math.hypot(parts[2 * i] ?? 0, parts[2 * i + 1] ?? 0),
  );
}

/** Converts the bytes of a reply. Complex numbers become their magnitudes. */
export function decodeElements(bytes: ArrayBuffer, dtype: string): Elements {
  if (dtype === 'complex64') return magnitudes(new Float32Array(bytes));
  if (dtype === 'complex128') return magnitudes(new Float64Array(bytes));
  if (dtype === 'int32') return Float64Array.from(new Int32Array(bytes));
  if (dtype === 'uint32') return Float64Array.from(new Uint32Array(bytes));
  if (dtype === 'int64') return Float64Array.from(new BigInt64Array(bytes), Number);
  if (dtype === 'uint64') return Float64Array.from(new BigUint64Array(bytes), Number);
  const Type = plainTypes[dtype as keyof typeof plainTypes];
  if (Type === undefined) throw new Error(`Elements of the type ${dtype} cannot be drawn`);
  return new Type(bytes);
}
