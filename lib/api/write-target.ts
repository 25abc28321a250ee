/**
 * The files of an array that is being written, and their final names.
 * @module
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WriteError } from '../core/errors.js';
import type { Durability } from '../core/generated/write.js';
import { type FileStep, openBySteps, performSteps } from '../exec/file-steps.js';
import { resolveTarget } from '../files/output-file.js';
import { partialPath, removeStalePartials } from '../files/partial.js';
import type { ResizedArray } from '../formats/descriptor.js';
import { replaceJsonValue } from '../formats/json-edit.js';
import type { NewFile, NewStore } from '../formats/new-array.js';
import { binding, type NativeHandle } from '../native/binding.js';
import { lookAtSidecar, publishFile, publishWithSidecar, type Sidecar } from './publish-file.js';
import { replaceDocument } from './replace-document.js';
import type { Growth } from './write-marker.js';

/** Files of an array that is being written: of a new array until it has its final name, or of an existing array. */
export interface WriteTarget {
  /** `new`: the array has a temporary name until `publish`. `existing`: it was opened for writing. */
  readonly kind: 'new' | 'existing';
  /** Path of the data: of a new array, a temporary path until `publish`. */
  readonly dataPath: string;
  /** Open file that is written in place; null if each chunk is a file. */
  readonly file: NativeHandle | null;
  /** Options with which the format opens `dataPath`. */
  readonly openOptions: Readonly<Record<string, unknown>>;
  /**
   * Called before each write, append or resize, so that the next writer knows what a killed writer may have left.
   * @param growth sizes of the data file, if it grows; else null.
   */
  prepare(growth: Growth | null): Promise<void>;
  /** Stores the new shape of an array. Call it after the new elements are in the files, or after `grow`. */
  resize(array: ResizedArray): Promise<void>;
  /** After a failed append or resize, restores the size that the data file had before. */
  undoGrowth(array: ResizedArray): Promise<void>;
  /** Makes all written data durable, as far as the option `durability` requests it. */
  flush(): Promise<void>;
  /** Gives the files their final names, or releases the lock of an array that exists. Call it after the last write. */
  publish(): Promise<void>;
  /** Sets the size of the data file to that of the larger array. Does nothing if chunks are files. */
  grow(array: ResizedArray): Promise<void>;
  /**
   * Removes the files that have no final name yet, unless they are kept, or releases the lock of an array that exists.
   * @param signal given if a write hangs. It ends an attempt to remove files. The lock is then not released.
   */
  discard(signal?: AbortSignal): Promise<void>;
}

/** Converts an error of `node:fs` to a {@link WriteError} about `path`; returns other errors as they are. */
export function toWriteError(error: unknown, path: string): unknown {
  const { code, errno = 0, message }: NodeJS.ErrnoException = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof WriteError) return error;
  return new WriteError(`Cannot write ${path}: ${message}`, { code, errno: Math.abs(errno), path }, { cause: error });
}

/** Final path of a new target, and the mode of the file that it replaces. */
interface Place {
  readonly path: string;
  readonly mode: number | undefined;
}

/** Options of a new target. */
export interface TargetOptions {
  readonly overwrite: boolean;
  readonly durability: Durability;
  readonly signal: AbortSignal | undefined;
  /** Temporary data that stays if the array is discarded, so that it can be completed later. Null: nothing stays. */
  readonly kept: KeptData | null;
}

/** Data of an array that can be completed later. */
export interface KeptData {
  readonly path: string;
  /** True if the data exists already. */
  readonly exists: boolean;
  /** Device and inode of the existing data, such as `2049:131`. */
  readonly identity?: string;
}

/** Returns the status of the file at `path`; null if it does not exist. */
async function look(path: string): Promise<Stats | null> {
  return await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function existsError(path: string): WriteError {
  const message = `Cannot create ${path}: it exists, and \`options.overwrite\` is not set`;
  return new WriteError(message, { code: 'EEXIST', errno: 17, path });
}

/**
 * Finds the final path of a new file. Follows symbolic links, so that the links stay and their targets are replaced.
 * @throws {WriteError} EEXIST if the target exists and may not be replaced, EISDIR if it is a directory, EINVAL if it
 *   is a device, pipe or socket.
 */
async function findPlace(path: string, overwrite: boolean): Promise<Place> {
  try {
    const found = await look(path);
    if (found !== null && !overwrite) throw existsError(path);
    if (found?.isDirectory() === true) {
      throw new WriteError(`Cannot replace the directory ${path} by a file`, { code: 'EISDIR', errno: 21, path });
    }
    if (found !== null && !found.isFile()) {
      throw new WriteError(`Cannot replace ${path}: it is not a regular file`, { code: 'EINVAL', errno: 22, path });
    }
    return { path: await resolveTarget(path), mode: found === null ? undefined : found.mode & 0o777 };
  } catch (error) {
    throw toWriteError(error, path);
  }
}

/**
 * Creates the file of a new array under a temporary name in the directory of the target.
 * @throws {WriteError}
 */
export async function createFileTarget(
  path: string,
  { header, bytes, sidecar, openOptions }: NewFile,
  { overwrite, durability, signal, kept }: TargetOptions,
): Promise<WriteTarget> {
  const place = await findPlace(path, overwrite);
  let description: Sidecar | null =
    sidecar === null ? null : { path: place.path + sidecar.suffix, bytes: sidecar.bytes };
  if (description !== null) {
    // A process that was killed may have left an equal sidecar without its file, so only a different one is an error.
    if (!overwrite && (await lookAtSidecar(description)) === 'other') throw existsError(description.path);
    await removeStalePartials(description.path);
  }
  await removeStalePartials(place.path);
  const temporary = kept?.path ?? (await partialPath(place.path));
  const mode = place.mode === undefined ? {} : { mode: place.mode };
  const steps: readonly FileStep[] =
    kept?.exists === true
      ? // The data must not be exchanged after the log was compared with it: the file that replaced it would be changed.
        [{ kind: 'openSame', path: temporary, to: kept.identity ?? '' }]
      : [
          { kind: 'create', path: temporary, size: bytes, ...mode },
          { kind: 'write', bytes: header, size: 0 },
        ];
  const file = await openBySteps(steps, signal);
  const isDurable = durability !== 'none';
  const flush: readonly FileStep[] = isDurable ? [{ kind: 'sync' }] : [];
  const kind = overwrite ? 'replace' : 'rename';
  return {
    kind: 'new',
    dataPath: temporary,
    file,
    openOptions,
    prepare: async () => {},
    resize: async ({ descriptor: { shape }, header: changed }) => {
      if (changed !== null) await performSteps([{ kind: 'write', bytes: changed, size: 0 }], file);
      if (description === null) return;
      const { path: name, bytes: old } = description;
      const text = replaceJsonValue(new TextDecoder().decode(old), ['shape'], `[${shape.join(', ')}]`, name);
      description = { path: name, bytes: new TextEncoder().encode(text ?? '') };
    },
    // Does nothing, because a new array is removed after a failure.
    undoGrowth: async () => {},
    grow: async ({ newBytes }) => {
      await performSteps([{ kind: 'resize', size: newBytes ?? 0 }], file);
    },
    flush: async () => {
      await performSteps(flush, file);
    },
    publish: async () => {
      const complete = { temporary, path: place.path, kind, durability } as const;
      await performSteps(flush, file);
      await (description === null ? publishFile(complete) : publishWithSidecar(complete, description));
    },
    discard: async (ending) => {
      if (kept === null) await performSteps([{ kind: 'remove', path: temporary }], null, ending);
    },
  };
}

/**
 * Finds the final path of a new store. Follows symbolic links, so that the links stay and their targets are replaced.
 * @param markers an existing directory may be replaced if it contains one of these files.
 * @throws {WriteError} EEXIST if the target exists and may not be replaced, ENOTDIR if it may be replaced but is not a
 *   directory.
 */
async function findStorePlace(path: string, markers: readonly string[], overwrite: boolean): Promise<string> {
  try {
    const found = await look(path);
    if (found !== null && !overwrite) throw existsError(path);
    if (found !== null && !found.isDirectory()) {
      throw new WriteError(`Cannot replace the file ${path} by a directory`, { code: 'ENOTDIR', errno: 20, path });
    }
    const isStore = found === null || (await Promise.all(markers.map((name) => look(join(path, name))))).some(Boolean);
    if (!isStore) {
      const message = `Cannot replace ${path}: it is not a store of this format`;
      throw new WriteError(message, { code: 'EEXIST', errno: 17, path });
    }
    return await resolveTarget(path);
  } catch (error) {
    throw toWriteError(error, path);
  }
}

/**
 * Returns the directories that contain the metadata documents, relative to the store, outer ones first. '' is the
 * store.
 */
function directoriesOf(documents: Iterable<string>): readonly string[] {
  const all = new Set(['']);
  for (const path of documents) {
    const steps = path.split('/');
    for (let n = 1; n < steps.length; n++) all.add(steps.slice(0, n).join('/'));
  }
  return [...all];
}

/**
 * Creates the directory of a new array and its documents under a temporary name next to the target.
 * @throws {WriteError}
 */
export async function createStoreTarget(
  path: string,
  { documents, markers }: NewStore,
  { overwrite, durability, signal, kept }: TargetOptions,
): Promise<WriteTarget> {
  const place = await findStorePlace(path, markers, overwrite);
  await removeStalePartials(place);
  const temporary = kept?.path ?? (await partialPath(place));
  const remove = async (ending?: AbortSignal): Promise<void> => {
    await performSteps([{ kind: 'removeTree', path: temporary }], null, ending);
  };
  const directories = directoriesOf(documents.keys());
  const sync: readonly FileStep[] = durability === 'none' ? [] : [{ kind: 'sync' }];
  const steps: FileStep[] = directories.map((directory) => ({
    kind: 'makeDirectory',
    path: join(temporary, directory),
  }));
  for (const [name, bytes] of documents) {
    steps.push({ kind: 'create', path: join(temporary, name) }, { kind: 'write', bytes }, ...sync);
  }
  if (kept !== null && durability === 'full') {
    // After a power failure, written chunks can be found only if the names of all directories and documents survived.
    for (const directory of directories) steps.push({ kind: 'syncDirectory', path: join(temporary, directory) });
  }
  try {
    if (kept?.exists !== true) await performSteps(steps, null, signal);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    kind: 'new',
    dataPath: temporary,
    file: null,
    openOptions: {},
    prepare: async () => {},
    resize: async ({ documents: changed }) => {
      for (const document of changed) {
        binding().release(await replaceDocument(document, durability, 'none'));
      }
    },
    undoGrowth: async () => {},
    grow: async () => {},
    // Does nothing, because each write makes its chunks durable itself (if `durability` requests it).
    flush: async () => {},
    publish: async () => {
      const replaces = overwrite && (await look(place)) !== null;
      const isDurable = durability === 'full';
      const inner: FileStep[] = directories.map((name) => ({ kind: 'syncDirectory', path: join(temporary, name) }));
      await performSteps([
        ...(isDurable ? inner : []),
        { kind: replaces ? 'exchange' : 'rename', path: temporary, to: place },
        // The old store must not be removed before the exchange is durable.
        ...(isDurable || (replaces && durability === 'data')
          ? [{ kind: 'syncDirectory', path: dirname(place) } as const]
          : []),
      ]);
      if (replaces) await remove();
    },
    discard: async (ending) => {
      if (kept === null) await remove(ending);
    },
  };
}
