/**
 * Shares an open array with the other threads of the process. The addon keeps the native objects of the array and its
 * description. A token with the id of both can be posted to other threads.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { DType } from '../core/dtype.js';
import { ClosedError, UnsupportedError } from '../core/errors.js';
import type { ExternalFiles } from '../core/external-files.js';
import { expected, isRecord } from '../core/validate.js';
import type { ReadDefaults } from '../exec/wire.js';
import { binding, type NativeHandle } from '../native/binding.js';
import type { OpenedArray } from './reading.js';
import type { OpenSettings } from './settings.js';

/** Kind of a shared array: its elements are numbers, texts, records or sequences. */
export type SharedKind = 'array' | 'text' | 'records' | 'sequences';

/**
 * Refers to an open array of this process. {@link ArrayHandle.share} returns it, and {@link attach} accepts it. A plain
 * object, so that it can be posted to workers.
 * @typeParam K kind of the array: `text` for {@link attachText}, `records` for {@link attachRecords}, `sequences` for
 *   {@link attachSequences}.
 */
export interface ArrayToken<K extends SharedKind = 'array'> {
  /** Distinguishes tokens of this kind of array from other objects. */
  readonly kind: `posix-par ${K}`;
  /** Id of the array in this process. */
  readonly id: string;
  /** Process that opened the array (`process.pid`). */
  readonly processId: number;
  /** Absolute path of the array, for error messages. */
  readonly path: string;
}

/** Options that decide how the files of an array are parsed. */
type ParsingOptions = Pick<OpenSettings, 'format' | 'field' | 'formatOptions'>;

/** An open array that can be shared. */
export interface ShareableArray extends OpenedArray {
  readonly parsing: ParsingOptions;
}

/** Description of a shared array: all that is needed to open it again with its native objects. */
interface Description extends ParsingOptions {
  readonly path: string;
  /** Name of the array in its file or store; '' if it has none. */
  readonly name: string;
  readonly externalFiles: ExternalFiles;
  readonly defaults: Omit<ReadDefaults, 'chunkCache'>;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Paths of the open files and directories. Their handles follow each other in this order. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
  readonly hasRoots: boolean;
  readonly hasChunkCache: boolean;
}

/** A shared array in the thread that attaches to it. */
export interface AttachedArray extends Omit<Description, 'files' | 'directories' | 'defaults'> {
  readonly defaults: ReadDefaults;
  readonly files: readonly (readonly [path: string, handle: NativeHandle])[];
  readonly directories: readonly (readonly [path: string, handle: NativeHandle])[];
  readonly roots: NativeHandle | null;
}

/**
 * Makes an open array available to other threads until its resources are released.
 * @param defaults options of its reads.
 */
export function shareArray<K extends SharedKind>(
  array: ShareableArray,
  defaults: ReadDefaults,
  kind: K,
): ArrayToken<K> {
  const { descriptor, resources, access, parsing } = array;
  const { path, name, shape, dtype } = descriptor;
  const { chunkCache, ...plainDefaults } = defaults;
  const { files, directories } = resources.kept();
  const description: Description = {
    ...parsing,
    path,
    name,
    externalFiles: access.externalFiles,
    defaults: plainDefaults,
    shape,
    dtype,
    files: files.map(([file]) => file),
    directories: directories.map(([directory]) => directory),
    hasRoots: access.roots !== null,
    hasChunkCache: chunkCache !== null,
  };
  const handles = [...files, ...directories].map(([, handle]) => handle);
  if (access.roots !== null) handles.push(access.roots);
  if (chunkCache !== null) handles.push(chunkCache);
  const id = randomUUID();
  resources.keepShare(binding().share_array(id, handles, serialize(description)));
  return { kind: kindOf(kind), id, processId: process.pid, path };
}

/**
 * Returns the shared array to which a token refers.
 * @throws {TypeError} if it is no token of this kind. @throws {UnsupportedError} for a token of another process.
 * @throws {ClosedError} if the array was closed.
 */
export function findShared(token: unknown, kind: SharedKind): AttachedArray {
  const { id, processId, path } = checkToken(token, kind);
  if (processId !== process.pid) {
    const hint = 'Open the array by its path in each process';
    throw new UnsupportedError(`attaching to an array of another process (${processId})`, path, hint);
  }
  const shared = binding().attach_array(id);
  if (shared === null) {
    throw new ClosedError(`Cannot attach to the array ${path}: the handle that shared it was closed`);
  }
  const description = deserialize(shared.description) as Description;
  const handles = shared.handles.values();
  const next = (): NativeHandle => handles.next().value as NativeHandle;
  const withHandle = (at: string): readonly [string, NativeHandle] => [at, next()];
  return {
    ...description,
    files: description.files.map(withHandle),
    directories: description.directories.map(withHandle),
    roots: description.hasRoots ? next() : null,
    defaults: { ...description.defaults, chunkCache: description.hasChunkCache ? next() : null },
  };
}

function kindOf<K extends SharedKind>(kind: K): ArrayToken<K>['kind'] {
  return `posix-par ${kind}`;
}

/** Name of the handles of each kind, for error messages. */
const handleNames: Readonly<Record<SharedKind, string>> = {
  array: 'an ArrayHandle',
  text: 'a TextHandle',
  records: 'a RecordHandle',
  sequences: 'a SequenceHandle',
};

function checkToken(token: unknown, wanted: SharedKind): Pick<ArrayToken, 'id' | 'processId' | 'path'> {
  const { kind, id, processId, path } = isRecord(token) ? token : {};
  const isWanted = kind === kindOf(wanted);
  if (!isWanted || typeof id !== 'string' || typeof processId !== 'number' || typeof path !== 'string') {
    throw expected(`a token that share() of ${handleNames[wanted]} returned`, 'token', token);
  }
  return { id, processId, path };
}
