/**
 * Parameters, types, tags and bodies that the routes with elements of arrays have in common.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import type { AsyncReadOptions } from '../../api/options.js';
import { planFiles } from '../../api/planned-files.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, realDTypes } from '../../core/dtype.js';
import { overflowModes } from '../../core/generated/choices.js';
import { toJsonValue } from '../../core/json-value.js';
import type { Selection } from '../../plan/selection.js';
import { hashTag } from '../http/etag.js';
import { HttpError } from '../http/problem.js';
import type { ApiSource, FoundArray } from './endpoint.js';
import { choice, optionalText, type Values } from './parameters.js';

/** Maximum number of elements of a JSON document. */
const maxJsonElements = 1 << 20;

/** Media type of each format of a reply. */
export const contentTypes = {
  bin: 'application/octet-stream',
  npy: 'application/x-npy',
  arrow: 'application/vnd.apache.arrow.stream',
  json: 'application/json',
  png: 'image/png',
} as const;

/** Formats of elements without a picture. */
export const elementFormats = ['bin', 'npy', 'json'] as const;

export const selectionParameter = optionalText('Selection as in NumPy, such as 0:64,:,-1. Default: all elements');

/** Parameters for the type of the elements. */
export const conversionParameters = {
  as: choice('Type to convert the elements to', realDTypes, null),
  overflow: choice('Treatment of values that `as` cannot represent', overflowModes, 'error'),
  decode: choice('cf applies scale, offset and missing values of the CF conventions', ['cf'], null),
} as const;

/**
 * Returns the options of a read.
 * @param needsNumbers true if the elements are needed as JavaScript numbers.
 */
export function conversionOptions(
  { as, overflow, decode }: Values<typeof conversionParameters>,
  stored: DType,
  needsNumbers: boolean,
): AsyncReadOptions {
  // Some versions of Node have no arrays of float16.
  const type = as ?? (needsNumbers && stored === 'float16' && decode === null ? 'float32' : null);
  return { overflow, ...(type === null ? {} : { as: type }), ...(decode === null ? {} : { decode }) };
}

/** Returns the type of the elements that a read with `options` returns. */
export async function resultType(array: ReadableArray, options: AsyncReadOptions, stored: DType): Promise<DType> {
  if (options.as !== undefined) return options.as;
  if (options.decode === undefined) return stored;
  // The type depends on attributes. A read of no element finds it without I/O. An array without dimensions has no empty
  // box, so its element is read.
  const none = array.shape.map(() => ({ start: 0, stop: 0 }));
  return (await array.read(none, options)).dtype;
}

/** @throws {HttpError} 413 if there are too many elements for a JSON document, or for texts in another form. */
export function checkJsonSize(elements: number, form = 'JSON'): void {
  if (elements <= maxJsonElements) return;
  throw new HttpError(413, 'ResponseTooLarge', `Expected at most ${maxJsonElements} elements for ${form}`);
}

/** Returns the headers that describe elements. */
export function shapeHeaders(
  shape: readonly number[],
  dtype: DType,
  steps: readonly number[] | null,
): Record<string, string> {
  return {
    'x-shape': shape.join(','),
    ...(steps === null ? {} : { 'x-steps': steps.join(',') }),
    'x-dtype': dtype,
    'x-byte-order': 'little',
  };
}

/**
 * Returns the tag of a reply with elements: it depends on `settings`, on the metadata of the array, and on the state of
 * all files that the selections need. Null if there are too many files.
 */
export async function contentTag(
  { catalog }: ApiSource,
  { array, stamp }: FoundArray,
  selections: readonly Selection[],
  settings: unknown,
  signal: AbortSignal,
): Promise<string | null> {
  const states = new Set<string>();
  for (const selection of selections) {
    const { state } = await catalog.run(planFiles(openedParts(array), selection), signal);
    if (state === null) return null;
    states.add(state);
  }
  return hashTag([stamp, ...states, metadataText(array), JSON.stringify(settings)].join(' '));
}

/** Returns the metadata that the elements depend on, as text. */
function metadataText({ name, dtype, shape, fillValue, attributes }: ArrayHandle): string {
  return JSON.stringify(toJsonValue({ name, dtype, shape, fillValue, attributes }));
}
