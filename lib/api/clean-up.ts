/**
 * Cleans up after a writer that was killed while it changed an array.
 * @module
 */
import { stat } from 'node:fs/promises';
import { isPosixParError } from '../core/errors.js';
import { performSteps } from '../exec/file-steps.js';
import { removeStalePartials } from '../files/partial.js';
import { removeStaleChunks } from '../files/stale-chunks.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { Io } from '../io/io.js';
import type { NativeHandle } from '../native/binding.js';
import { parseGrowth } from './write-marker.js';

/** Temporary files that a killed writer of an array may have left. */
export interface Leftovers {
  /** Directory of the chunks, and the path of any chunk file relative to it. Null if chunks are not files. */
  readonly chunks: { readonly directory: string; readonly example: string } | null;
  /** Documents that are replaced when the array grows. */
  readonly documents: readonly string[];
}

/** Finds out where a killed writer of an array may have left temporary files. Reads only the metadata of the array. */
export function* findLeftovers(array: ArrayDescriptor): Io<Leftovers> {
  const { shape } = array;
  const origin = shape.map(() => 0);
  const [layer] = array.fixedLayers ?? (yield* array.layers(origin, shape));
  const locations =
    layer === undefined ? null : (layer.index.shards?.template ?? (yield* layer.index.locate(origin.map(() => [0]))));
  const documents = yield* findDocuments(array);
  return {
    chunks:
      locations?.kind === 'template' ? { directory: locations.directory, example: locations.literals.join('0') } : null,
    documents,
  };
}

/** Returns the paths of the documents that contain the shape. */
function* findDocuments(array: ArrayDescriptor): Io<readonly string[]> {
  if (array.resize === undefined) return [];
  try {
    return (yield* array.resize(array.shape)).documents.map(({ path }) => path);
  } catch (error) {
    // An array that cannot grow has no document to replace. An example is a file with other bytes after the array.
    if (isPosixParError(error, 'UnsupportedError')) return [];
    throw error;
  }
}

/** Removes temporary files at the places that {@link findLeftovers} returned, while no other writer can be active. */
export async function removeLeftovers({ chunks, documents }: Leftovers): Promise<void> {
  for (const document of documents) await removeStalePartials(document);
  if (chunks !== null) await removeStaleChunks(chunks.directory, chunks.example);
}

/**
 * Cuts off the bytes that a killed append has added to a data file, if the array still has its old shape.
 * @param marker content of the marker of the append. @param file the open file at `path`.
 * @returns true if the size has changed, so that the array must be described again.
 */
export async function undoAppend(
  marker: string,
  { shape }: ArrayDescriptor,
  path: string,
  file: NativeHandle,
): Promise<boolean> {
  const growth = parseGrowth(marker);
  if (growth === null) return false;
  const { size } = await stat(path);
  const { oldBytes, newBytes } = growth;
  const isOld = growth.shape.length === shape.length && shape.every((length, d) => length === growth.shape[d]);
  if (!isOld || size <= oldBytes || size > newBytes) return false;
  await performSteps([{ kind: 'resize', size: oldBytes }], file);
  return true;
}
