/**
 * Locates the stored bytes of one chunk, and reads them without decoding.
 * @module
 */
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { type FileInfo, type Io, ready, statPath } from '../io/io.js';
import { onePlace, type TableLocations, type TemplateLocations } from '../plan/locations.js';
import { type OpenedArray, readSteps, runStepsAsync } from './reading.js';
import { allocateTargetOrWait, parseRequest } from './request.js';
import { openSettings } from './settings.js';

/** Location of the stored bytes of a chunk. */
export interface StoredChunk {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  /** Bit i is set if codec i of the chain was skipped. */
  readonly filterMask: number;
  /** State of the file; absent if it was not looked up to locate the chunk. */
  readonly info?: FileInfo;
}

/**
 * Locates a chunk of `layer`. Returns null if it does not exist, and `inline` if its bytes are in the metadata and not
 * in a file.
 * @param coordinates coordinates of the chunk, which must be inside the chunk grid.
 * @throws {FormatError} if the chunk index is damaged.
 */
export function* locateChunk(layer: Layer, coordinates: readonly number[]): Io<StoredChunk | 'inline' | null> {
  const found = layer.index.fixed ?? (yield* layer.index.locate(coordinates.map((coordinate) => [coordinate])));
  if (found.kind === 'absent') return null;
  return found.kind === 'table' ? fromTable(found) : yield* fromTemplate(found, coordinates);
}

function fromTable({ files, fileIndex, offsets, lengths, filterMasks }: TableLocations): StoredChunk | 'inline' | null {
  const [offset = -1, length = 0] = [offsets[0], lengths[0]];
  if (offset < 0) return null;
  const path = files[fileIndex?.[0] ?? 0];
  return path === undefined ? 'inline' : { path, offset, length, filterMask: filterMasks?.[0] ?? 0 };
}

function* fromTemplate(
  { directory, literals, fields, offset }: TemplateLocations,
  coordinates: readonly number[],
): Io<StoredChunk | null> {
  let name = literals[0] ?? '';
  fields.forEach(({ dimension, width }, i) => {
    name += String(coordinates[dimension] ?? 0).padStart(width, '0') + (literals[i + 1] ?? '');
  });
  const path = `${directory}/${name}`;
  const info = yield* statPath(path);
  if (info?.kind !== 'file') return null;
  return { path, offset, length: Math.max(0, info.size - offset), filterMask: 0, info };
}

/** Describes stored bytes as an uncompressed array of bytes. */
function bytesDescriptor(array: ArrayDescriptor, { path, offset, length }: StoredChunk): ArrayDescriptor {
  const locations = onePlace(path, offset, length);
  const layer: Layer = {
    start: [0],
    stop: [length],
    origin: [0],
    chunkShape: [length],
    gridShape: [length],
    layout: { dtype: 'uint8', byteOrder: 'little', axisOrder: [0], edge: 'full', codecs: [] },
    index: { locate: () => ready(() => locations), fixed: locations },
  };
  return {
    format: array.format,
    path: array.path,
    name: array.name,
    shape: [length],
    dtype: 'uint8',
    chunkShape: [length],
    fillValue: null,
    dimensionNames: null,
    attributes: {},
    scaling: null,
    guardedFiles: array.guardedFiles,
    layers: () => ready(() => [layer]),
    fixedLayers: [layer],
  };
}

/**
 * Reads stored bytes with the default engine and threads, and with the checks of ordinary reads.
 * @param array the open array that contains the chunk.
 * @throws {ReadError} if a system call fails, or with code ECHANGED if the file was changed. @throws {AbortError}
 */
export async function readStored(
  array: OpenedArray,
  chunk: StoredChunk,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const descriptor = bytesDescriptor(array.descriptor, chunk);
  const request = parseRequest(descriptor, openSettings().defaults, null, undefined);
  const target = await allocateTargetOrWait(request);
  const { isOwned } = target;
  try {
    const watch = { signal, onProgress: undefined, closing: undefined, isOwned };
    await runStepsAsync(readSteps({ ...array, descriptor }, request, target), array.access, watch);
    return target.data as Uint8Array<ArrayBuffer>;
  } finally {
    target.begun();
  }
}
