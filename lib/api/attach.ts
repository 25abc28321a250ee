/**
 * Attaches to an array that another thread of the process has opened.
 * @module
 */
import type { DType } from '../core/dtype.js';
import { ReadError } from '../core/errors.js';
import { Resources } from '../exec/resources.js';
import { chooseField, chooseSequences, chooseText, requireRecords } from '../formats/field.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { accessWithin } from '../io/file-access.js';
import type { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { openAt } from './open.js';
import { defaultsOf } from './opened-parts.js';
import type { AbortOptions } from './options.js';
import { RecordHandle } from './record-handle.js';
import { SequenceHandle } from './sequence-handle.js';
import { parseSignal } from './settings.js';
import { type ArrayToken, findShared, type SharedKind } from './share.js';
import { TextHandle } from './text-handle.js';

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
  return (await withCaller(attachShared(token, 'array', options))) as ArrayHandle<D>;
}

/**
 * Opens an array of text that another thread of this process has open. See {@link attach}.
 * @param token the token that {@link TextHandle.share} returned.
 * @throws as {@link attach}.
 * @example await using names = await attachText(workerData.token);
 */
export async function attachText(token: ArrayToken<'text'>, options?: AbortOptions): Promise<TextHandle> {
  const units = await withCaller(attachShared(token, 'text', options));
  return new TextHandle(units, defaultsOf(units));
}

/**
 * Opens an array of records that another thread of this process has open. See {@link attach}.
 * @param token the token that {@link RecordHandle.share} returned.
 * @throws as {@link attach}.
 * @example await using particles = await attachRecords(workerData.token);
 */
export async function attachRecords(token: ArrayToken<'records'>, options?: AbortOptions): Promise<RecordHandle> {
  const records = await withCaller(attachShared(token, 'records', options));
  return new RecordHandle(records, defaultsOf(records));
}

/**
 * Opens an array of sequences that another thread of this process has open. See {@link attach}.
 * @param token the token that {@link SequenceHandle.share} returned.
 * @typeParam D type of the numbers: an unchecked claim of the caller.
 * @throws as {@link attach}.
 * @example await using hits = await attachSequences(workerData.token);
 */
export async function attachSequences<D extends DType = DType>(
  token: ArrayToken<'sequences'>,
  options?: AbortOptions,
): Promise<SequenceHandle<D>> {
  return new SequenceHandle<D>(await withCaller(attachShared(token, 'sequences', options)));
}

/** Returns the description of the elements of each kind of array. */
const chooseByKind: Readonly<Record<SharedKind, (array: ArrayDescriptor, field: string | null) => ArrayDescriptor>> = {
  array: chooseField,
  text: chooseText,
  sequences: chooseSequences,
  records: requireRecords,
};

async function attachShared(
  token: ArrayToken<SharedKind>,
  kind: SharedKind,
  options: AbortOptions | undefined,
): Promise<ArrayHandle> {
  const signal = parseSignal(options);
  const shared = findShared(token, kind);
  const { path, name, shape, dtype, roots, externalFiles, format, field, formatOptions, defaults } = shared;
  const access = accessWithin(externalFiles, roots);
  const resources = new Resources(roots, 'owns the roots');
  for (const [file, handle] of shared.files) resources.keepFile(file, handle);
  for (const [directory, handle] of shared.directories) resources.keepDirectory(directory, handle);
  const settings = { format, array: name === '' ? null : name, field, externalFiles, defaults, formatOptions };
  const choose = (described: ArrayDescriptor): ArrayDescriptor => chooseByKind[kind](described, field);
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
