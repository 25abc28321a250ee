/**
 * Plans the growth of arrays.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import { dtypeInfo } from '../core/dtype.js';
import { SelectionError, UnsupportedError } from '../core/errors.js';
import { checkKeys, expected, Fields } from '../core/validate.js';
import type { ArrayDescriptor, ResizedArray } from '../formats/descriptor.js';
import { runAsync } from '../io/driver.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { type Hyperslab, normalizeSelection } from '../plan/hyperslab.js';
import { slice } from '../plan/selection.js';
import { checkSignal } from './settings.js';
import type { WriteData } from './write-data.js';
import type { Growth } from './write-marker.js';
import { checkWriteOptions, type WriteOptions } from './write-options.js';

/** Options of an append. */
export interface AppendOptions extends WriteOptions {
  /** Dimension that grows. Default 0. */
  readonly axis?: number;
}

/** Options for changing the shape of an array. */
export interface ResizeOptions {
  readonly signal?: AbortSignal;
}

/** Checks the arguments of a resize, and returns them. @throws {TypeError} naming the argument that is invalid. */
export function checkResize(
  shape: readonly number[],
  options: ResizeOptions = {},
  rank: number,
): { readonly shape: readonly number[]; readonly signal: AbortSignal | undefined } {
  checkKeys(options, { signal: true });
  checkSignal(options.signal);
  const isShape =
    Array.isArray(shape) && shape.length === rank && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isShape) throw expected(`a list of ${rank} integers of at least 0`, 'shape', shape);
  return { shape: [...shape], signal: options.signal };
}

/** Checks that no dimension of the array becomes shorter. @throws {UnsupportedError} if one would. */
export function checkGrows({ shape, path }: ArrayDescriptor, newShape: readonly number[]): void {
  const axis = shape.findIndex((length, d) => (newShape[d] ?? 0) < length);
  if (axis < 0) return;
  throw new UnsupportedError(`shortening dimension ${axis} from ${shape[axis]} to ${newShape[axis]}`, path);
}

/** Checks the options of an append. @throws {TypeError} naming an option that is invalid. */
export function checkAppendOptions({ axis = 0, ...options }: AppendOptions = {}): AppendOptions & { axis: number } {
  checkWriteOptions(options);
  return { ...options, axis: Fields.ofOptions({ axis }).integer('axis', 0) };
}

/**
 * Returns the shape of the array after `data` is appended, and the positions of the new elements.
 * @throws {SelectionError} if the array has no dimension `axis`, or if the number of elements is not a multiple of the
 *   number that one step along `axis` needs.
 */
export function appendedSlab(
  { shape, dtype }: ArrayDescriptor,
  data: WriteData,
  axis: number,
): { readonly slab: Hyperslab; readonly shape: readonly number[] } {
  const length = shape[axis];
  if (length === undefined) {
    throw new SelectionError(`Expected a dimension below ${shape.length} for \`options.axis\`, received ${axis}`, axis);
  }
  const array = typedArrayName(data) === undefined ? (data as { readonly data: unknown }).data : data;
  const elements = ArrayBuffer.isView(array) ? elementsOf(array, data, dtype) : 0;
  const perStep = shape.reduce((product, n, d) => (d === axis ? product : product * n), 1);
  const added = perStep === 0 ? 0 : elements / perStep;
  if (!Number.isInteger(added)) {
    const rest = shape.map((n, d) => (d === axis ? 'n' : n)).join(', ');
    throw new SelectionError(`Expected a multiple of ${perStep} elements for shape [${rest}], received ${elements}`);
  }
  const grown = shape.map((n, d) => (d === axis ? length + added : n));
  const selection = shape.map((_, d) => (d === axis ? slice(length, length + added) : null));
  return { slab: normalizeSelection(selection, grown), shape: grown };
}

/** Returns the number of elements of a typed array. Complex elements are pairs of floats. */
function elementsOf(array: ArrayBufferView, data: WriteData, dtype: ArrayDescriptor['dtype']): number {
  const given = 'dtype' in data ? data.dtype : undefined;
  const isComplex = dtypeInfo(dtype).kind === 'c';
  const size = given !== undefined || isComplex ? dtypeInfo(given ?? dtype).size : bytesPerElement(array);
  return array.byteLength / size;
}

function bytesPerElement(array: ArrayBufferView): number {
  return 'BYTES_PER_ELEMENT' in array && typeof array.BYTES_PER_ELEMENT === 'number' ? array.BYTES_PER_ELEMENT : 1;
}

/**
 * Describes the array with a larger shape, and the changes of its files.
 * @throws {UnsupportedError} if it cannot grow.
 */
export async function resizeArray(
  array: ArrayDescriptor,
  shape: readonly number[],
  signal: AbortSignal | undefined,
): Promise<ResizedArray> {
  if (array.resize === undefined)
    throw new UnsupportedError(`growth of arrays of the format ${array.format}`, array.path);
  return await runAsync(array.resize(shape), nativeAsyncBackend, signal);
}

/** Returns the old shape of an array that grows, and both sizes of its data file; null if it has no data file. */
export function growthOf({ shape }: ArrayDescriptor, { oldBytes, newBytes }: ResizedArray): Growth | null {
  return oldBytes === null || newBytes === null ? null : { shape, oldBytes, newBytes };
}
