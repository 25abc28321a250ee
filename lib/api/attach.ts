/**
 * Attaches to an array that another thread of the process has opened.
 * @module
 */
import type { DType } from '../core/dtype.js';
import { ReadError } from '../core/errors.js';
import { Resources } from '../exec/resources.js';
import { chooseField } from '../formats/field.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { accessWithin } from '../io/file-access.js';
import type { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { openAt } from './open.js';
import type { AbortOptions } from './options.js';
import { parseSignal } from './settings.js';
import { type ArrayToken, findShared } from './share.js';

/**
 * Opens an array that another thread of this process has open, usually in a worker. The new handle uses the same open
 * files, chunk cache and options as the handle that shared the array. So if workers read the same chunks with a
 * `chunkCache`, each chunk is read and decoded once. Only the metadata is parsed again.
 *
 * The token can be used until the handle that shared the array is closed. The new handle is independent of it: it stays
 * open until you close it, or until its thread ends.
 * @param token the token that {@link ArrayHandle.share} returned.
 * @typeParam D the element type of the array: an unchecked claim of the caller.
 * @throws {ClosedError} if the handle that shared the array was closed. @throws {TypeError} if `token` is no token.
 * @throws {UnsupportedError} if the token comes from another process.
 * @throws {ReadError} with code `ECHANGED` if the array has another shape or element type than when it was shared.
 * @throws as {@link openArray}.
 * @example
 * // in the main thread
 * const worker = new Worker(file, { workerData: { token: array.share() } });
 * // in the worker
 * await using array = await attach(workerData.token);
 */
export async function attach<D extends DType = DType>(
  token: ArrayToken,
  options?: AbortOptions,
): Promise<ArrayHandle<D>> {
  return (await withCaller(attachShared(token, options))) as ArrayHandle<D>;
}

async function attachShared(token: ArrayToken, options: AbortOptions | undefined): Promise<ArrayHandle> {
  const signal = parseSignal(options);
  const shared = findShared(token);
  const { path, name, shape, dtype, roots, externalFiles, format, field, formatOptions, defaults } = shared;
  const access = accessWithin(externalFiles, roots);
  const resources = new Resources(roots, 'owns the roots');
  for (const [file, handle] of shared.files) resources.keepFile(file, handle);
  for (const [directory, handle] of shared.directories) resources.keepDirectory(directory, handle);
  const settings = { format, array: name === '' ? null : name, field, externalFiles, defaults, formatOptions };
  const choose = (described: ArrayDescriptor): ArrayDescriptor => chooseField(described, field);
  const array = await openAt({ base: '', given: path }, settings, { access, resources }, choose, signal);
  if (array.dtype === dtype && array.shape.join() === shape.join()) return array;
  const found = `${array.dtype} of shape ${array.shape.join(' × ')}`;
  await array.close();
  throw new ReadError(`The array ${path} changed after it was opened: it is now ${found}`, {
    code: 'ECHANGED',
    errno: 0,
    path,
  });
}
