/**
 * Reads values for h5web.
 * @module
 */
import type { QueryOf } from '../api/client.js';
import { request } from '../api/client.js';
import { typedArrays } from '../api/typed-arrays.js';
import { readBody } from '../plot/elements.js';

/** Elements in typed arrays. Complex numbers have two entries. */
export type Values = InstanceType<(typeof typedArrays)[keyof typeof typedArrays]>;

/** Returns a typed array over elements that the server sent. */
function viewOf(bytes: ArrayBuffer, dtype: string): Values {
  const Type = typedArrays[dtype as keyof typeof typedArrays];
  if (Type === undefined) throw new Error(`Elements of the type ${dtype} cannot be shown`);
  return new Type(bytes);
}

/** Reads a selection. @throws {ApiError} if the server reports an error. */
export async function readValues(
  query: QueryOf<'read'>,
  signal: AbortSignal | undefined,
  onProgress: (part: number) => void,
): Promise<Values> {
  const response = await request('read', { ...query, format: 'bin' }, signal);
  return viewOf(await readBody(response, onProgress), response.headers.get('x-dtype') ?? '');
}

/** Returns a typed array of the type of `values`, with `length` entries of 0. */
export function emptyLike(values: Values, length: number): Values {
  return new (values.constructor as new (length: number) => Values)(length);
}

/** Returns elements as h5web expects them: complex numbers as pairs, and a scalar without an array. */
export function toH5web(values: Values, isComplex: boolean, isScalar: boolean): unknown {
  if (!isComplex) return isScalar ? values[0] : values;
  const pairs = Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
  return isScalar ? pairs[0] : pairs;
}
