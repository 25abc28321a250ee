/**
 * Opens existing arrays for writing.
 * @module
 */
import type { DType } from '../core/dtype.js';
import { UnsupportedError, WriteError } from '../core/errors.js';
import type { Durability } from '../core/generated/write.js';
import { type FileStep, openBySteps, performSteps } from '../exec/file-steps.js';
import { Resources } from '../exec/resources.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { formatNamed } from '../formats/registry.js';
import { runAsync } from '../io/driver.js';
import type { Io } from '../io/io.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { binding, type NativeHandle } from '../native/binding.js';
import type { WriteEngineName } from '../plan/write-engine.js';
import type { ArrayHandle } from './array-handle.js';
import { findLeftovers, removeLeftovers, undoAppend } from './clean-up.js';
import { replaceDocument } from './replace-document.js';
import { WritableArrayHandle } from './writable-array.js';
import { checkWriteBackFormat, WriteBack, writeBackMode } from './write-back.js';
import { WriteEngineSelector } from './write-engine.js';
import { formatGrowth, WriteMarker } from './write-marker.js';
import { shardShapeOf } from './write-plan.js';
import type { WriteTarget } from './write-target.js';

/** Parameters of opening an array for writing. */
export interface WritableOpening {
  /** Returns the descriptor of the array. */
  readonly describe: () => Io<ArrayDescriptor>;
  readonly defaults: ReadDefaults;
  readonly lock: FileLock;
  readonly durability: Durability;
  readonly writeEngine: WriteEngineName;
  readonly writeBackBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly openReader: (shape: readonly number[]) => Promise<ArrayHandle>;
}

/** `exclusive`: other writers are refused. `none`: no lock. */
export type FileLock = 'exclusive' | 'none';

/** Opens an existing array for writing. @throws as `openArray`, and {WriteError}. */
export async function openWritable(opening: WritableOpening): Promise<WritableArrayHandle<DType>> {
  const { describe, defaults, lock, durability, writeEngine, writeBackBytes, signal, openReader } = opening;
  const open = (): Promise<ArrayDescriptor> => runAsync(describe(), nativeAsyncBackend, signal);
  const found = await open();
  const kind = formatNamed(found.format).targetKind;
  if (kind === undefined || found.notWritable !== undefined) {
    throw new UnsupportedError(found.notWritable ?? `writing into files of the format ${found.format}`, found.path);
  }
  checkWriteBackFormat(writeBackBytes, kind, found.format);
  const locked = await openLocked(found, lock, signal);
  const resources = new Resources(null, 'owns the roots');
  let target: WriteTarget | undefined;
  try {
    const path = fileOf(found);
    const isFile = kind === 'file';
    // Without the lock, another writer may be active, so nothing can be cleaned up.
    const marker = lock === 'exclusive' ? new WriteMarker(path) : null;
    // Another writer may have changed the array before it was locked.
    const descriptor = await cleanUp(await open(), isFile ? locked : null, marker, open);
    const shardShape = await runAsync(shardShapeOf(descriptor), nativeAsyncBackend, signal);
    if (isFile) resources.keepFile(path, locked);
    const owner = isFile ? 'kept by the resources' : 'kept here';
    target = existingTarget({ dataPath: descriptor.path, path, owner, file: locked, lock, durability, marker });
    const unit = isFile ? descriptor.shape.map(() => 1) : (shardShape ?? descriptor.chunkShape);
    const mode = writeBackMode(writeBackBytes, unit, descriptor.dtype);
    const engines = new WriteEngineSelector(writeEngine, durability, mode);
    if (isFile) await engines.examine(fileOf(descriptor), descriptor);
    return new WritableArrayHandle({
      target,
      engines,
      descriptor,
      resources,
      defaults,
      writeDurability: durability,
      // Without a fill value, readers do not know the value of absent chunks, so every chunk must be stored.
      omitsFill: !isFile && descriptor.fillValue !== null,
      path: descriptor.path,
      unit,
      writeBack: mode === 'used' ? new WriteBack(writeBackBytes) : null,
      shardShape,
      openReader,
    });
  } catch (error) {
    resources.release();
    if (target === undefined) binding().release(locked);
    throw error;
  }
}

/**
 * Cleans up if a writer was killed while it changed the array.
 * @param file the data file; null if the array has chunk files.
 * @returns the descriptor of the array; a new one if bytes were cut off its data file.
 */
async function cleanUp(
  array: ArrayDescriptor,
  file: NativeHandle | null,
  marker: WriteMarker | null,
  describe: () => Promise<ArrayDescriptor>,
): Promise<ArrayDescriptor> {
  const left = marker === null ? null : await marker.find();
  if (marker === null || left === null) return array;
  const isCut = file !== null && (await undoAppend(left, array, fileOf(array), file));
  const current = isCut ? await describe() : array;
  await removeLeftovers(await runAsync(findLeftovers(current), nativeAsyncBackend));
  await marker.remove();
  return current;
}

/** Returns the file that writers lock: the file of the data, or the document with the metadata of a store. */
function fileOf({ guardedFiles, path }: ArrayDescriptor): string {
  return guardedFiles[0] ?? path;
}

/** Opens the file of an array for writing, and locks it unless `lock` is `none`. */
async function openLocked(
  descriptor: ArrayDescriptor,
  lock: FileLock,
  signal: AbortSignal | undefined,
): Promise<NativeHandle> {
  const path = fileOf(descriptor);
  const steps = lock === 'none' ? [] : [{ kind: 'lock' } as const];
  try {
    return await openBySteps([{ kind: 'open', path }, ...steps], signal);
  } catch (error) {
    if (!(error instanceof WriteError) || lock === 'none') throw error;
    if (error.code === 'EAGAIN') {
      throw new WriteError(
        `${descriptor.path} is open for writing in another handle or program. Close it first; or set ` +
          "`options.lock` to 'none' in all writers, if they change different chunks",
        { code: 'EAGAIN', errno: error.errno, path },
        { cause: error },
      );
    }
    if (!error.message.startsWith('lock ')) throw error;
    const message = `${error.message}. If no other program writes the array, set \`options.lock\` to 'none'`;
    throw new WriteError(message, { code: error.code, errno: error.errno, path }, { cause: error });
  }
}

/** Arguments of {@link existingTarget}. */
interface ExistingArray {
  /** Path of the array. */
  readonly dataPath: string;
  /** File that is open, and locked unless `lock` is `none`. */
  readonly path: string;
  readonly owner: 'kept by the resources' | 'kept here';
  readonly file: NativeHandle;
  readonly lock: FileLock;
  readonly durability: Durability;
  /** Null if `lock` is `none`. */
  readonly marker: WriteMarker | null;
}

/** Returns the write target of an array that already has its final name. */
function existingTarget({ dataPath, path, owner, file, lock, durability, marker }: ExistingArray): WriteTarget {
  let locked = file;
  const isFile = owner === 'kept by the resources';
  const sync: readonly FileStep[] = durability === 'none' ? [] : [{ kind: 'sync' }];
  const release = async (): Promise<void> => {
    if (!isFile) await marker?.remove();
    // Unlocks explicitly: if a child process has inherited the descriptor, closing it here would not release the lock.
    if (lock !== 'none') await performSteps([{ kind: 'unlock' }], locked);
    if (!isFile) binding().release(locked);
  };
  return {
    kind: 'existing',
    dataPath,
    file: isFile ? file : null,
    openOptions: {},
    prepare: async (growth) => {
      // A write into a file leaves no temporary files. An append may leave bytes at the end of the file.
      if (!isFile) await marker?.create();
      else if (growth !== null) await marker?.create(formatGrowth(growth), sync.length === 0 ? 'no sync' : 'sync');
    },
    resize: async ({ header, documents }) => {
      if (header !== null) await performSteps([{ kind: 'write', bytes: header, size: 0 }, ...sync], locked);
      for (const document of documents) {
        const isLocked = document.path === path;
        const opened = await replaceDocument(document, durability, isLocked ? lock : 'none');
        // The lock of the new file replaces the lock of the old file, which no longer has a name.
        binding().release(isLocked ? locked : opened);
        if (isLocked) locked = opened;
      }
      if (isFile) await marker?.remove();
    },
    undoGrowth: async ({ oldBytes }) => {
      if (oldBytes === null) return;
      await performSteps([{ kind: 'resize', size: oldBytes }], locked);
      await marker?.remove();
    },
    grow: async ({ newBytes }) => {
      if (newBytes !== null) await performSteps([{ kind: 'resize', size: newBytes }, ...sync], locked);
    },
    // Does nothing, because each write makes its data durable itself (if `durability` requests it).
    flush: async () => {},
    publish: release,
    // `ending` is given if a write hangs. That write may still replace a chunk, so this does not release the lock and
    // does not remove the marker. The next writer finds the marker and cleans up.
    discard: async (ending) => {
      if (ending === undefined) await release();
    },
  };
}
