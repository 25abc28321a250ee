/**
 * Describes one array without opening it.
 * @module
 */
import { Resources } from '../exec/resources.js';
import { chooseElements } from '../formats/field.js';
import { runAsync } from '../io/driver.js';
import { openFileAccess } from '../io/file-access.js';
import type { Io } from '../io/io.js';
import { type ArrayDescription, describeElements } from './array-description.js';
import { withCaller } from './caller-stack.js';
import { describeAt, resolvePlace } from './open.js';
import type { OpenOptions } from './options.js';
import { openSettings } from './settings.js';

/**
 * Describes an array of any elements from its metadata: numbers, text, sequences or records. Keeps no file open and
 * reads no data.
 * @param path see {@link openArray}.
 * @param options see {@link OpenOptions}. The option `field` describes a field of records.
 * @throws as {@link openArray}.
 * @example
 * const { elements, shape, storedType, fields } = await describeArray('particles.npy');
 * // 'records', [1000], 'records of 24 bytes', [{ name: 'x', dtype: 'float64', offset: 0, … }, …]
 */
export async function describeArray(path: string | URL, options?: OpenOptions): Promise<ArrayDescription> {
  return await withCaller(describeOnce(path, options));
}

async function describeOnce(path: string | URL, options: OpenOptions | undefined): Promise<ArrayDescription> {
  const settings = openSettings(options);
  const place = resolvePlace(path, settings);
  const access = await openFileAccess(settings.externalFiles, options?.signal);
  const describe = function* (): Io<ArrayDescription> {
    const array = yield* describeAt(place, settings);
    return yield* describeElements(settings.field === null ? array : chooseElements(array, settings.field));
  };
  try {
    return await runAsync(describe(), access.asyncBackend, options?.signal);
  } finally {
    new Resources(access.roots, 'owns the roots').release();
  }
}
