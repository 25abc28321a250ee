/**
 * Opening arrays, and the one-call read.
 * @module
 */
import type { DType, RealDType } from '../core/dtype.js';
import { normalizePath } from '../core/external-files.js';
import { Resources } from '../exec/resources.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { GroupDescriptor } from '../formats/group.js';
import { openDescriptor, openGroupDescriptor } from '../formats/registry.js';
import { runAsync } from '../io/driver.js';
import { openFileAccess } from '../io/file-access.js';
import { type Io, statPath } from '../io/io.js';
import { baseOf, checkedPath, withoutDots } from '../io/paths.js';
import { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { GroupHandle } from './group-handle.js';
import type { AnySelection } from './named-selection.js';
import { type AsStored, asyncReadKeys, type OpenOptions, type SubsetOptions } from './options.js';
import type { OpenedArray } from './reading.js';
import type { ReadResult } from './result.js';
import type { NamedDType, Only, ResultDType } from './result-types.js';
import { checkReadOptions, type OpenSettings, openSettings, splitOptions } from './settings.js';

/** A path as it was given, and what stands before it from the root. */
interface Place {
  readonly base: string;
  readonly given: string;
}

function placeOf(path: unknown, { externalFiles }: OpenSettings): Place {
  const given = checkedPath(path);
  const base = baseOf(given);
  // Roots are compared with paths as text.
  if (typeof externalFiles !== 'string') return { base: '', given: normalizePath(base + given) };
  return { base, given: base === '' ? given : withoutDots(given) };
}

/** A path and the array in it, from `run.h5#/g/temperature`. A file whose name holds a '#' is taken as it is. */
function* splitPath({ base, given }: Place, array: string | null): Io<{ path: string; array: string | null }> {
  const path = base + given;
  let hash = given.lastIndexOf('#');
  if (array !== null || hash <= 0 || (yield* statPath(path)) !== null) return { path, array };
  // Names of files and of arrays may hold one too: the longest path that is there is the file.
  const first = given.indexOf('#', 1);
  while (hash > first && (yield* statPath(base + given.slice(0, hash))) === null)
    hash = given.lastIndexOf('#', hash - 1);
  return { path: base + given.slice(0, hash), array: given.slice(hash + 1) };
}

/**
 * Opens an array.
 * @param path a file, or the directory of a store, as text or as a `file:` URL; `file#/name` picks an array of a file that holds
 *   several. A relative one is taken from the current directory of this moment, whatever that is at later reads.
 * @param options see {@link OpenOptions}; options of the format stand beside the others.
 * @throws {ReadError} when the path can't be read. @throws {FormatError} when it is damaged.
 * @throws {UnsupportedError} when it is not recognised, or holds what is not read. @throws {AbortError}
 * @throws {ExternalFileError} when it needs a file that `externalFiles` does not permit. @throws {TypeError} for the path or an option.
 * @example await using arr = await openArray('tiles/', { threads: 8 })
 */
export function openArray<O extends OpenOptions>(
  path: string | URL,
  options: O & Only<O, OpenOptions>,
): Promise<ArrayHandle<NamedDType<O>>>;
/** @typeParam D the element type: a claim of the caller, which nothing checks. */
export function openArray<D extends DType = DType>(path: string | URL, options?: OpenOptions): Promise<ArrayHandle<D>>;
export async function openArray(path: string | URL, options?: OpenOptions): Promise<ArrayHandle> {
  const settings = openSettings(options);
  const place = placeOf(path, settings);
  const { format, formatOptions, externalFiles } = settings;
  const describe = function* (): Io<ArrayDescriptor> {
    const at = yield* splitPath(place, settings.array);
    return yield* openDescriptor(at.path, { format, array: at.array, options: formatOptions, externalFiles });
  };
  const access = openFileAccess(externalFiles);
  const resources = new Resources(access.roots, 'owns the roots');
  return await withCaller(openDescribed(place, settings, { access, resources, reopen: describe }, options?.signal));
}

/** Opens the array that `opening` describes; `place` is the file or store that it is in. Releases its resources if it fails. */
async function openDescribed(
  place: Place,
  settings: OpenSettings,
  opening: Omit<OpenedArray, 'descriptor'>,
  signal: AbortSignal | undefined,
): Promise<ArrayHandle> {
  const { access, resources, reopen } = opening;
  try {
    // The data file is opened before it is described: a file that is replaced in between is then found out by the first
    // read, since the path no longer leads to the open one.
    const guardEarly = function* (): Io<ArrayDescriptor> {
      const at = yield* splitPath(place, settings.array);
      if ((yield* statPath(at.path))?.kind === 'file') resources.guard(at.path);
      return yield* reopen();
    };
    const descriptor = await runAsync(guardEarly(), access.asyncBackend, signal);
    for (const file of descriptor.guardedFiles) resources.guard(file);
    resources.keepOnly(descriptor.guardedFiles);
    return new ArrayHandle({ ...opening, descriptor }, settings.defaults);
  } catch (error) {
    resources.release();
    throw error;
  }
}

/**
 * Opens a group of a file or store that holds several arrays.
 * @param path as for {@link openArray}; `file#/group`, or the option `array`, picks a group below the root.
 * @throws as {@link openArray}; {UnsupportedError} also for formats whose files are one array.
 * @example for await (const { name, kind } of (await openGroup('run.h5')).walk()) console.log(kind, name)
 */
export async function openGroup(path: string | URL, options?: OpenOptions): Promise<GroupHandle> {
  const settings = openSettings(options);
  const place = placeOf(path, settings);
  const { format, formatOptions, externalFiles } = settings;
  const describe = function* (): Io<GroupDescriptor> {
    const at = yield* splitPath(place, settings.array);
    return yield* openGroupDescriptor(at.path, { format, array: at.array, options: formatOptions, externalFiles });
  };
  const access = openFileAccess(externalFiles);
  const group = await withCaller(runAsync(describe(), access.asyncBackend, options?.signal));
  const arraySettings = { ...settings, array: null };
  const within: Place = { base: '', given: group.path };
  return new GroupHandle(group, access, (reopen, signal) => {
    const resources = new Resources(access.roots, 'shares the roots');
    return openDescribed(within, arraySettings, { access, resources, reopen }, signal);
  });
}

/**
 * Opens an array, reads one selection and closes it.
 * @param path see {@link openArray}.
 * @param selection one entry per dimension, text, or entries by dimension name; default the whole array.
 * @throws as {@link openArray} and {@link ArrayHandle.read}.
 * @example const { data, shape } = await readSubset('volume.npy', [slice(0, 64), null, -1])
 */
export function readSubset<O extends SubsetOptions | undefined>(
  path: string | URL,
  selection: AnySelection | undefined,
  options: O & Only<O, SubsetOptions>,
): Promise<ReadResult<ResultDType<NamedDType<O>, O>>>;
/** @typeParam D the element type of the array: a claim of the caller, which nothing checks. */
export function readSubset<D extends DType = DType>(
  path: string | URL,
  selection?: AnySelection,
  options?: SubsetOptions & AsStored,
): Promise<ReadResult<D>>;
/** @typeParam T the type of the result. */
export function readSubset<T extends RealDType>(
  path: string | URL,
  selection: AnySelection | undefined,
  options: SubsetOptions & { readonly as: T },
): Promise<ReadResult<T>>;
export function readSubset<D extends DType>(
  path: string | URL,
  selection: AnySelection | undefined,
  options: SubsetOptions,
): Promise<ReadResult<ResultDType<D, SubsetOptions>>>;
export async function readSubset(
  path: string | URL,
  selection?: AnySelection,
  options?: SubsetOptions,
): Promise<ReadResult> {
  const { open, read } = splitOptions(options);
  checkReadOptions(read, asyncReadKeys);
  await using array = await openArray(path, open);
  return await array.read(selection, read);
}
