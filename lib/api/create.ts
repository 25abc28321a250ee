/**
 * Creates arrays.
 * @module
 */
import type { DType } from '../core/dtype.js';
import { Resources } from '../exec/resources.js';
import { removeStalePartials } from '../files/partial.js';
import { openDescriptor, writableFormat } from '../formats/registry.js';
import { runAsync } from '../io/driver.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { absolutePath, checkedPath } from '../io/paths.js';
import { binding } from '../native/binding.js';
import { withCaller } from './caller-stack.js';
import { findLeftovers, removeLeftovers } from './clean-up.js';
import { openArray } from './open.js';
import { lookAtSidecar } from './publish-file.js';
import { replaceDocument } from './replace-document.js';
import { openSettings } from './settings.js';
import { WritableArrayHandle } from './writable-array.js';
import { checkWriteBackFormat, WriteBack, writeBackMode } from './write-back.js';
import { WriteEngineSelector } from './write-engine.js';
import { type CreateOptions, createSettings } from './write-options.js';
import { shardShapeOf } from './write-plan.js';
import { createFileTarget, createStoreTarget, type KeptData } from './write-target.js';

/**
 * Creates an array and returns a handle for writing it. The array has a temporary name until the handle is closed, so
 * that other programs see it complete or not at all. Elements that are never written have the fill value, or 0.
 * @param path path of the new file or directory. A relative path is resolved now.
 * @param options see {@link CreateOptions}; `shape` and `dtype` are required.
 * @throws {WriteError} if a system call fails; with code `EEXIST` if the path exists and `overwrite` is not set.
 * @throws {TypeError} if the path or an option is invalid. @throws {AbortError}
 * @example
 * await using out = await createArray('run.npy', { shape: [100, 64, 64], dtype: 'float32' });
 * await out.write([slice(0, 10)], new Float32Array(10 * 64 * 64));
 */
export function createArray<D extends DType>(
  path: string | URL,
  options: CreateOptions & { readonly dtype: D },
): Promise<WritableArrayHandle<D>> {
  return withCaller(createKept(path, options, null)) as Promise<WritableArrayHandle<D>>;
}

/**
 * Creates an array, or continues to write one. Throws as {@link createArray}.
 * @param kept temporary data that stays if the handle is discarded. If it exists already, it is completed. Null: the
 *   array is new, and a discarded handle removes its data.
 */
export async function createKept(
  path: string | URL,
  options: CreateOptions,
  kept: KeptData | null,
): Promise<WritableArrayHandle> {
  const settings = createSettings(options);
  const place = absolutePath(checkedPath(path));
  const format = writableFormat(options.format, place);
  const { shape, dtype, formatOptions, overwrite, durability, threads, writeEngine, writeBackBytes } = settings;
  const layout = format.create({ shape, dtype, options: formatOptions });
  checkWriteBackFormat(writeBackBytes, layout.kind, format.name);
  const targetOptions = { overwrite, durability, signal: options.signal, kept };
  const target =
    layout.kind === 'file'
      ? await createFileTarget(place, layout, targetOptions)
      : await createStoreTarget(place, layout, targetOptions);
  const array = layout.kind === 'store' && layout.array !== '' ? layout.array : null;
  const resources = new Resources(null, 'owns the roots');
  try {
    if (target.file !== null) resources.keepFile(target.dataPath, target.file);
    const request = { format: format.name, array, options: target.openOptions };
    const descriptor = await runAsync(openDescriptor(target.dataPath, request), nativeAsyncBackend, options.signal);
    if (kept?.exists === true && layout.kind === 'store') {
      await removeLeftovers(await runAsync(findLeftovers(descriptor), nativeAsyncBackend, options.signal));
    }
    const shardShape = await runAsync(shardShapeOf(descriptor), nativeAsyncBackend, options.signal);
    const unit = layout.kind === 'file' ? shape.map(() => 1) : (shardShape ?? descriptor.chunkShape);
    const mode = writeBackMode(writeBackBytes, unit, dtype);
    const engines = new WriteEngineSelector(writeEngine, durability, mode);
    if (layout.kind === 'file') await engines.examine(target.dataPath, descriptor);
    return new WritableArrayHandle({
      target,
      engines,
      descriptor,
      resources,
      defaults: { ...openSettings().defaults, threads },
      // A write into a new file does not synchronize it; `flush()` and `close()` do. Chunks of a new store are
      // synchronized by each write.
      writeDurability: layout.kind === 'file' ? 'none' : durability,
      finalDurability: durability,
      omitsFill: layout.kind === 'store',
      path: place,
      unit,
      writeBack: mode === 'used' ? new WriteBack(writeBackBytes) : null,
      shardShape,
      openReader: (current) =>
        openArray(target.dataPath, {
          format: format.name,
          ...(array === null ? {} : { array }),
          ...target.openOptions,
          ...('shape' in target.openOptions ? { shape: current } : {}),
        }),
    });
  } catch (error) {
    resources.release();
    await target.discard();
    throw error;
  }
}

/**
 * Writes the sidecar (a metadata file next to the data file) of an array that has its final name. The sidecar is
 * missing if an earlier process was killed after it had renamed the data file and before it renamed the sidecar.
 * @returns the path of the sidecar if there was none; else null.
 */
export async function completeSidecar(path: string, options: CreateOptions): Promise<string | null> {
  const { shape, dtype, formatOptions, durability } = createSettings(options);
  const layout = writableFormat(options.format, path).create({ shape, dtype, options: formatOptions });
  if (layout.kind !== 'file' || layout.sidecar === null) return null;
  const sidecar = { path: path + layout.sidecar.suffix, bytes: layout.sidecar.bytes };
  await removeStalePartials(sidecar.path);
  const found = await lookAtSidecar(sidecar);
  if (found === 'equal') return null;
  binding().release(await replaceDocument(sidecar, durability, 'none'));
  return found === 'absent' ? sidecar.path : null;
}
