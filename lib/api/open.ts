/**
 * Opens arrays and groups, and reads a selection in one call.
 * @module
 */
import type { DType, RealDType } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import { normalizePath } from '../core/external-files.js';
import { expected } from '../core/validate.js';
import { Resources } from '../exec/resources.js';
import { chooseField, chooseSequences, chooseText, requireRecords } from '../formats/field.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { GroupDescriptor } from '../formats/group.js';
import { openDescriptor, openGroupDescriptor } from '../formats/registry.js';
import { runAsync } from '../io/driver.js';
import { type FileAccess, openFileAccess } from '../io/file-access.js';
import { type Io, statPath } from '../io/io.js';
import { openFile } from '../io/native-open.js';
import { baseOf, checkedPath, withoutDots } from '../io/paths.js';
import { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { GroupHandle } from './group-handle.js';
import type { AnySelection } from './named-selection.js';
import { openWritable } from './open-writable.js';
import {
  type AsStored,
  asyncReadKeys,
  type OpenOptions,
  type SubsetOptions,
  type WritableOpenOptions,
} from './options.js';
import type { ReadResult } from './read-result.js';
import type { OpenedArray } from './reading.js';
import { RecordHandle } from './record-handle.js';
import type { MaskFor, NamedDType, Only, ResultDType } from './result-types.js';
import { SequenceHandle } from './sequence-handle.js';
import { checkReadOptions, type OpenSettings, openSettings, splitOptions, writableSettings } from './settings.js';
import { TextHandle } from './text-handle.js';
import type { WritableArrayHandle } from './writable-array.js';

/** A path, and the directory that it is relative to ('' if it is absolute, or was made absolute for `roots`). */
interface Place {
  readonly base: string;
  readonly given: string;
}

/** Returns the place of a path. @throws {TypeError} if it is invalid. */
export function resolvePlace(path: unknown, { externalFiles }: OpenSettings): Place {
  const given = checkedPath(path);
  const base = baseOf(given);
  // `roots` are compared with paths as text, so the path must be normalised.
  if (typeof externalFiles !== 'string') return { base: '', given: normalizePath(base + given) };
  return { base, given: base === '' ? given : withoutDots(given) };
}

/**
 * Splits `run.h5#/g/temperature` into the path and the array. A path that exists as given is not split, nor is any path
 * if an option names the array.
 */
function* splitPath({ base, given }: Place, array: string | null): Io<{ path: string; array: string | null }> {
  const path = base + given;
  let hash = given.lastIndexOf('#');
  if (array !== null || hash <= 0 || (yield* statPath(path)) !== null) return { path, array };
  // Names of files and of arrays may contain '#': the longest prefix that exists is the file.
  const first = given.indexOf('#', 1);
  while (hash > first && (yield* statPath(base + given.slice(0, hash))) === null)
    hash = given.lastIndexOf('#', hash - 1);
  return { path: base + given.slice(0, hash), array: given.slice(hash + 1) };
}

/**
 * Opens an array.
 * @param path a file, or the directory of a store, as text or as a `file:` URL; `file#/name` selects an array of a file
 *   that holds several. A relative path is resolved now; a later change of the current directory has no effect.
 * @param options see {@link OpenOptions}. Options of the format are given in the same object.
 * @throws {ReadError} if the path cannot be read. @throws {FormatError} if it is damaged.
 * @throws {ChoiceError} if an option or the name of the array does not match the file.
 * @throws {UnsupportedError} if the format is not recognised or uses an unsupported feature. @throws {AbortError}
 * @throws {ExternalFileError} if it needs a file that `externalFiles` does not permit.
 * @throws {TypeError} if the path or an option is invalid.
 * @throws {WriteError} with `mode: 'r+'`, if the file cannot be opened for writing; code `EAGAIN` if another writer has
 *   locked it.
 * @example await using arr = await openArray('tiles/', { threads: 8 })
 */
export function openArray<O extends WritableOpenOptions>(
  path: string | URL,
  options: O & Only<O, WritableOpenOptions>,
): Promise<WritableArrayHandle<NamedDType<O>>>;
export function openArray<O extends OpenOptions>(
  path: string | URL,
  options: O & Only<O, OpenOptions>,
): Promise<ArrayHandle<NamedDType<O>>>;
/** @typeParam D the element type: an unchecked claim of the caller. */
export function openArray<D extends DType = DType>(path: string | URL, options?: OpenOptions): Promise<ArrayHandle<D>>;
export async function openArray(
  path: string | URL,
  options?: OpenOptions | WritableOpenOptions,
): Promise<ArrayHandle | WritableArrayHandle> {
  return await withCaller<ArrayHandle | WritableArrayHandle>(
    options?.mode === 'r+' ? openToWrite(path, options) : openToRead(path, options),
  );
}

async function openToWrite(path: string | URL, options: WritableOpenOptions): Promise<WritableArrayHandle> {
  const { reading, ...writing } = writableSettings(options);
  const { signal, ...later } = reading;
  const settings = openSettings(reading);
  const place = resolvePlace(path, settings);
  const { defaults } = settings;
  const describe = function* (): Io<ArrayDescriptor> {
    const array = yield* describeAt(place, settings);
    if (array.records !== undefined) throw new UnsupportedError('writing into an array of records', array.path);
    return chooseField(array, settings.field);
  };
  // If the caller gave the shape (of raw data) as an option, the present shape replaces it: the array may have grown.
  const openReader = (shape: readonly number[]): Promise<ArrayHandle> =>
    openToRead(place.base + place.given, later.shape === undefined ? later : { ...later, shape });
  return await openWritable({ describe, defaults, ...writing, signal, openReader });
}

async function openToRead(path: string | URL, options?: OpenOptions): Promise<ArrayHandle> {
  const settings = openSettings(options);
  return await openChosen(path, options, settings, (array) => chooseField(array, settings.field));
}

/**
 * Opens an array of text: NumPy's `S` and `U`, strings of HDF5, NetCDF-4 and Zarr of fixed and variable length, and
 * texts of variable length of TileDB. The option `field` opens a field of records.
 * @param path see {@link openArray}.
 * @throws as {@link openArray}; {UnsupportedError} also if the elements are not text.
 * @example
 * await using names = await openText('table.h5#/names');
 * const { data } = await names.read([slice(0, 10)]);
 */
export async function openText(path: string | URL, options?: OpenOptions): Promise<TextHandle> {
  return await withCaller(openTextUnits(path, options));
}

async function openTextUnits(path: string | URL, options?: OpenOptions): Promise<TextHandle> {
  const settings = openSettings(options);
  const units = await openChosen(path, options, settings, (array) => chooseText(array, settings.field));
  return new TextHandle(units, settings.defaults);
}

/**
 * Opens an array whose elements are sequences of numbers of any length: variable-length sequences of HDF5 and NetCDF-4.
 * The option `field` opens a field of records.
 * @param path see {@link openArray}.
 * @typeParam D type of the numbers: an unchecked claim of the caller.
 * @throws as {@link openArray}; {UnsupportedError} also if the elements are not sequences of numbers.
 * @example
 * await using hits = await openSequences('events.h5#/hits');
 * const { offsets, values } = await hits.read([slice(0, 10)]);
 */
export async function openSequences<D extends DType = DType>(
  path: string | URL,
  options?: OpenOptions,
): Promise<SequenceHandle<D>> {
  return await withCaller(openReferences<D>(path, options));
}

async function openReferences<D extends DType>(path: string | URL, options?: OpenOptions): Promise<SequenceHandle<D>> {
  const settings = openSettings(options);
  return new SequenceHandle<D>(
    await openChosen(path, options, settings, (array) => chooseSequences(array, settings.field)),
  );
}

/**
 * Opens an array of records, to read several fields in one call. `openArray` opens one field.
 * @param path see {@link openArray}.
 * @param options see {@link OpenOptions}, without `field`.
 * @throws as {@link openArray}; {ChoiceError} also if the elements are not records.
 * @example
 * await using particles = await openRecords('particles.npy');
 * const { fields } = await particles.read([slice(0, 10)]);
 * console.log(fields.get('x')?.data);
 */
export async function openRecords(path: string | URL, options?: OpenOptions): Promise<RecordHandle> {
  return await withCaller(openRecordBytes(path, options));
}

async function openRecordBytes(path: string | URL, options?: OpenOptions): Promise<RecordHandle> {
  const settings = openSettings(options);
  if (settings.field !== null) throw expected('no field', 'options.field', settings.field);
  return new RecordHandle(await openChosen(path, options, settings, requireRecords), settings.defaults);
}

/** Returns the description of the elements to read, given the description of an array. */
type Choose = (array: ArrayDescriptor) => ArrayDescriptor;

/** Opens the elements that `choose` returns. */
async function openChosen(
  path: string | URL,
  options: OpenOptions | undefined,
  settings: OpenSettings,
  choose: Choose,
): Promise<ArrayHandle> {
  const place = resolvePlace(path, settings);
  const access = await openFileAccess(settings.externalFiles, options?.signal);
  const resources = new Resources(access.roots, 'owns the roots');
  return await openAt(place, settings, { access, resources }, choose, options?.signal);
}

/** Returns the description of the array at `place`, whatever its elements are. */
export function* describeAt(
  place: Place,
  { array, format, formatOptions: options, externalFiles }: OpenSettings,
): Io<ArrayDescriptor> {
  const at = yield* splitPath(place, array);
  return yield* openDescriptor(at.path, { format, array: at.array, options, externalFiles });
}

/** Opens the elements that `choose` returns for the array at `place`. Releases `opening.resources` on failure. */
export function openAt(
  place: Place,
  settings: OpenSettings,
  opening: Pick<OpenedArray, 'access' | 'resources'>,
  choose: Choose,
  signal: AbortSignal | undefined,
): Promise<ArrayHandle> {
  const reopen = function* (): Io<ArrayDescriptor> {
    return choose(yield* describeAt(place, settings));
  };
  return openDescribed(place, settings, { ...opening, reopen }, signal);
}

/** An array or group of a file or store, for {@link openArrayWith} and {@link openGroupWith}. */
export interface OpenWithin {
  /** Absolute path of the file or store, normalised. */
  readonly path: string;
  /** Name of the format; null to detect it. */
  readonly format: string | null;
  /** Path of the array or group; '' is the root. */
  readonly name: string;
}

/**
 * Opens an array. The caller keeps `access` until the array is closed. Throws as {@link openArray}.
 * @param choose returns the description of the elements to read. Default: elements that are numbers.
 */
export function openArrayWith(
  access: FileAccess,
  { path, format, name }: OpenWithin,
  choose: Choose = (array) => chooseField(array, null),
): Promise<ArrayHandle> {
  const settings = settingsWithin(access, format, name);
  const resources = new Resources(access.roots, 'shares the roots');
  return openAt({ base: '', given: path }, settings, { access, resources }, choose, undefined);
}

/** Opens a group. The caller keeps `access` as long as it uses the group. Throws as {@link openGroup}. */
export function openGroupWith(access: FileAccess, { path, format, name }: OpenWithin): Promise<GroupHandle> {
  return openGroupAt({ base: '', given: path }, settingsWithin(access, format, name), access, undefined);
}

function settingsWithin({ externalFiles }: FileAccess, format: string | null, name: string): OpenSettings {
  return { ...openSettings(), externalFiles, format, array: name === '' ? null : name };
}

/**
 * Opens the array that `opening` describes. `place` is the file or store that contains it. Releases
 * `opening.resources` on failure.
 */
async function openDescribed(
  place: Place,
  settings: OpenSettings,
  opening: Omit<OpenedArray, 'descriptor'>,
  signal: AbortSignal | undefined,
): Promise<ArrayHandle> {
  const { access, resources, reopen } = opening;
  try {
    const guard = async (path: string): Promise<void> => {
      if (resources.file(path) !== null) return;
      resources.keepFile(path, await openFile(path, access.roots, { signal, closing: undefined }));
    };
    // Opens the data file before its metadata is parsed. If the file is replaced in between, the first read detects it,
    // because the path no longer leads to the open file.
    const findFile = function* (): Io<string | null> {
      const { path } = yield* splitPath(place, settings.array);
      return (yield* statPath(path))?.kind === 'file' ? path : null;
    };
    const file = await runAsync(findFile(), access.asyncBackend, signal);
    if (file !== null) await guard(file);
    const descriptor = await runAsync(reopen(), access.asyncBackend, signal);
    for (const path of descriptor.guardedFiles) await guard(path);
    resources.keepOnly(descriptor.guardedFiles);
    const { format, field, formatOptions } = settings;
    return new ArrayHandle({ ...opening, descriptor, parsing: { format, field, formatOptions } }, settings.defaults);
  } catch (error) {
    resources.release();
    throw error;
  }
}

/**
 * Opens a group of a file or store that holds several arrays.
 * @param path as for {@link openArray}; `file#/group`, or the option `array`, selects a group below the root.
 * @throws as {@link openArray}; {UnsupportedError} also if the format holds one array per file.
 * @example for await (const { name, kind } of (await openGroup('run.h5')).walk()) console.log(kind, name)
 */
export async function openGroup(path: string | URL, options?: OpenOptions): Promise<GroupHandle> {
  return await withCaller(openGroupToRead(path, options));
}

async function openGroupToRead(path: string | URL, options?: OpenOptions): Promise<GroupHandle> {
  const settings = openSettings(options);
  const place = resolvePlace(path, settings);
  const access = await openFileAccess(settings.externalFiles, options?.signal);
  try {
    return await openGroupAt(place, settings, access, options?.signal);
  } catch (error) {
    new Resources(access.roots, 'owns the roots').release();
    throw error;
  }
}

async function openGroupAt(
  place: Place,
  settings: OpenSettings,
  access: FileAccess,
  signal: AbortSignal | undefined,
): Promise<GroupHandle> {
  const { format, formatOptions, externalFiles } = settings;
  const describe = function* (): Io<GroupDescriptor> {
    const at = yield* splitPath(place, settings.array);
    return yield* openGroupDescriptor(at.path, { format, array: at.array, options: formatOptions, externalFiles });
  };
  const group = await runAsync(describe(), access.asyncBackend, signal);
  const within: Place = { base: '', given: group.path };
  return new GroupHandle(group, access, (reopen, field, arraySignal) => {
    const resources = new Resources(access.roots, 'shares the roots');
    return openDescribed(within, { ...settings, array: null, field }, { access, resources, reopen }, arraySignal);
  });
}

/**
 * Opens an array, reads one selection and closes it.
 * @param path see {@link openArray}.
 * @param selection one entry per dimension, text, or entries by dimension name. Default: the whole array.
 * @throws as {@link openArray} and {@link ArrayHandle.read}.
 * @example const { data, shape } = await readSubset('volume.npy', [slice(0, 64), null, -1])
 */
export function readSubset<O extends SubsetOptions | undefined>(
  path: string | URL,
  selection: AnySelection | undefined,
  options: O & Only<O, SubsetOptions>,
): Promise<ReadResult<ResultDType<NamedDType<O>, O>> & MaskFor<O>>;
/** @typeParam D the element type of the array: an unchecked claim of the caller. */
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
  return await withCaller(readOnce(path, selection, options));
}

async function readOnce(
  path: string | URL,
  selection: AnySelection | undefined,
  options: SubsetOptions | undefined,
): Promise<ReadResult> {
  const { open, read } = splitOptions(options);
  checkReadOptions(read, asyncReadKeys);
  await using array = await openToRead(path, open);
  return await array.read(selection, read);
}
