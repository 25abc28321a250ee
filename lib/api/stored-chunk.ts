/**
 * Locates the stored bytes of one chunk, and reads them without decoding.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { type FileInfo, type Io, ready, statPath } from '../io/io.js';
import { lookUpCached, maxCachedBytes } from '../io/native-lookup.js';
import { isUnchanged, onePlace, type TableLocations, type TemplateLocations } from '../plan/locations.js';
import { type OpenedArray, readSteps, runStepsAsync } from './reading.js';
import { allocateTargetOrWait, parseRequest } from './request.js';
import { allocateResultOrWait } from './result-memory.js';
import { resultPool } from './result-pool.js';
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
  if (found.kind === 'table') return fromTable(found);
  const file = fileOf(found, coordinates);
  return chunkIn(file, yield* statPath(file.path));
}

function fromTable({ files, fileIndex, offsets, lengths, filterMasks }: TableLocations): StoredChunk | 'inline' | null {
  const [offset = -1, length = 0] = [offsets[0], lengths[0]];
  if (offset < 0) return null;
  const path = files[fileIndex?.[0] ?? 0];
  return path === undefined ? 'inline' : { path, offset, length, filterMask: filterMasks?.[0] ?? 0 };
}

/** A file that is one chunk, behind a header of `offset` bytes. */
export interface ChunkFile {
  readonly path: string;
  readonly offset: number;
}

function fileOf({ directory, literals, fields, offset }: TemplateLocations, coordinates: readonly number[]): ChunkFile {
  let name = literals[0] ?? '';
  fields.forEach(({ dimension, width }, i) => {
    name += String(coordinates[dimension] ?? 0).padStart(width, '0') + (literals[i + 1] ?? '');
  });
  return { path: `${directory}/${name}`, offset };
}

/** Returns the file of a chunk if the names of all chunks follow from their coordinates; otherwise null. */
export function chunkFileOf({ index: { fixed } }: Layer, coordinates: readonly number[]): ChunkFile | null {
  return fixed?.kind === 'template' ? fileOf(fixed, coordinates) : null;
}

/** Returns the chunk in a file with the state `info`; null if it is no file. */
export function chunkIn({ path, offset }: ChunkFile, info: FileInfo | null): StoredChunk | null {
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

const bytesType = dtypeInfo('uint8');

/**
 * Reads stored bytes on this thread, if they are in the page cache and the file is in the state of `chunk.info`.
 * Otherwise returns null.
 */
async function readNow(
  { access }: OpenedArray,
  { path, offset, length, info }: StoredChunk,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (length === 0 || length > maxCachedBytes) return null;
  const { data, begun } = await allocateResultOrWait({ out: bytesType, elements: length, isMasked: false });
  const bytes = data as Uint8Array<ArrayBuffer>;
  let isRead = false;
  try {
    const lookup = { kind: 'slice', subject: [path], offsets: [offset], memory: [bytes] } as const;
    const answer = (await lookUpCached(lookup, access.roots))?.items[0] ?? null;
    isRead = answer?.bytes === length && (info === undefined || isUnchanged(info, answer.info));
    return isRead ? bytes : null;
  } finally {
    begun();
    if (!isRead) resultPool.give(bytes.buffer);
  }
}

/**
 * Reads stored bytes with the checks of ordinary reads: on this thread if they are in the page cache, otherwise with
 * the default engine and threads.
 * @param array the open array that contains the chunk.
 * @throws {ReadError} if a system call fails, or with code ECHANGED if the file was changed. @throws {AbortError}
 */
export async function readStored(
  array: OpenedArray,
  chunk: StoredChunk,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const cached = await readNow(array, chunk);
  if (cached !== null) return cached;
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
