/**
 * Opening arrays, and the one-call read.
 * @module
 */
import type { DType, RealDType } from '../core/dtype.js';
import { expected } from '../core/validate.js';
import { Resources } from '../exec/resources.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { GroupDescriptor } from '../formats/group.js';
import { openDescriptor, openGroupDescriptor } from '../formats/registry.js';
import { runAsync } from '../io/driver.js';
import { type Io, statPath } from '../io/io.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { binding } from '../native/binding.js';
import { type AnySelection, ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { GroupHandle } from './group-handle.js';
import { type AsyncReadOptions, type OpenOptions, type OpenSettings, openSettings } from './options.js';
import type { ReadResult } from './result.js';

/** A path and the array in it, from `run.h5#/g/temperature`. A file whose name holds a '#' is taken as it is. */
function* splitPath(path: string, array: string | null): Io<{ path: string; array: string | null }> {
  const hash = path.lastIndexOf('#');
  if (array !== null || hash <= 0 || (yield* statPath(path)) !== null) return { path, array };
  return { path: path.slice(0, hash), array: path.slice(hash + 1) };
}

function* describe(path: string, settings: OpenSettings): Io<ArrayDescriptor> {
  const { format, formatOptions } = settings;
  const at = yield* splitPath(path, settings.array);
  return yield* openDescriptor(at.path, { format, array: at.array, options: formatOptions });
}

/**
 * Opens an array.
 * @param path a file, or the directory of a store; `file#/name` picks an array of a file that holds several.
 * @param options see {@link OpenOptions}; options of the format stand beside the others.
 * @throws {ReadError} when the path can't be read. @throws {FormatError} when it is damaged.
 * @throws {UnsupportedError} when it is not recognised, or holds what is not read. @throws {TypeError} for an option.
 * @example await using arr = await openArray('tiles/', { threads: 8 })
 */
export async function openArray<D extends DType = DType>(path: string, options?: OpenOptions): Promise<ArrayHandle<D>> {
  if (typeof path !== 'string') throw expected('a string', 'path', path);
  const settings = openSettings(options);
  return (await withCaller(openDescribed(path, settings, () => describe(path, settings)))) as ArrayHandle<D>;
}

/** Opens the array that `reopen` describes; `path` is the file or store that it is in. */
async function openDescribed(
  path: string,
  settings: OpenSettings,
  reopen: () => Io<ArrayDescriptor>,
): Promise<ArrayHandle> {
  const resources = new Resources();
  try {
    // The data file is opened before it is described: a file that is replaced in between is then found out by the first
    // read, since the path no longer leads to the open one.
    const guardEarly = function* (): Io<ArrayDescriptor> {
      const at = yield* splitPath(path, settings.array);
      if ((yield* statPath(at.path))?.kind === 'file') resources.guard(at.path);
      return yield* reopen();
    };
    const descriptor = await runAsync(guardEarly(), nativeAsyncBackend);
    for (const file of descriptor.guardedFiles) resources.guard(file);
    resources.keepOnly(descriptor.guardedFiles);
    return new ArrayHandle(descriptor, resources, settings.defaults, reopen);
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
export async function openGroup(path: string, options?: OpenOptions): Promise<GroupHandle> {
  if (typeof path !== 'string') throw expected('a string', 'path', path);
  const settings = openSettings(options);
  const { format, formatOptions } = settings;
  const describeGroup = function* (): Io<GroupDescriptor> {
    const at = yield* splitPath(path, settings.array);
    return yield* openGroupDescriptor(at.path, { format, array: at.array, options: formatOptions });
  };
  return new GroupHandle(
    await withCaller(runAsync(describeGroup(), nativeAsyncBackend)),
    { ...settings, array: null },
    openDescribed,
  );
}

/** Options of {@link readSubset}: those of opening and those of reading. */
export type SubsetOptions = OpenOptions & AsyncReadOptions;

/** What is said of the read alone; `engine`, `threads` and `coalesce` are defaults of the open array. */
const readKeys = ['as', 'overflow', 'scaled', 'decode', 'mask', 'coordinates', 'signal', 'onProgress'] as const;

/**
 * Opens an array, reads one selection and closes it.
 * @param path see {@link openArray}.
 * @param selection one entry per dimension, text, or entries by dimension name; default the whole array.
 * @throws as {@link openArray} and {@link ArrayHandle.read}.
 * @example const { data, shape } = await readSubset('volume.npy', [slice(0, 64), null, -1])
 */
export function readSubset<T extends RealDType>(
  path: string,
  selection: AnySelection | undefined,
  options: SubsetOptions & { readonly as: T },
): Promise<ReadResult<T>>;
export function readSubset<D extends DType = DType>(
  path: string,
  selection?: AnySelection,
  options?: SubsetOptions,
): Promise<ReadResult<D>>;
export async function readSubset(
  path: string,
  selection?: AnySelection,
  options: SubsetOptions = {},
): Promise<ReadResult> {
  const open: Record<string, unknown> = { ...options };
  const read: Record<string, unknown> = {};
  for (const key of readKeys) {
    if (options[key] !== undefined) read[key] = options[key];
    delete open[key];
  }
  await using array = await openArray(path, open);
  return await array.read(selection, read as AsyncReadOptions);
}

/** Sizes of the thread pool of the process. */
export interface ProcessOptions {
  /** Threads that compute and read what is in memory; default: available parallelism. */
  readonly threads?: number;
  /** Threads that wait for the storage. */
  readonly ioThreads?: number;
}

/**
 * Sets the sizes of the thread pool of the process, for all arrays in all its JS threads.
 * @throws {TypeError} naming the option.
 */
export function configure(options: ProcessOptions): void {
  if (typeof options !== 'object' || options === null) throw expected('an object', 'options', options);
  for (const key of Object.keys(options)) {
    if (key !== 'threads' && key !== 'ioThreads') {
      throw new TypeError(`Expected threads or ioThreads, received \`options.${key}\``);
    }
  }
  for (const key of ['threads', 'ioThreads'] as const) {
    const value = options[key];
    if (value !== undefined && (!Number.isInteger(value) || value < 1 || value > 4096)) {
      throw expected('an integer from 1 to 4096', `options.${key}`, value);
    }
  }
  binding().configure(options.threads ?? 0, options.ioThreads ?? 0);
}
