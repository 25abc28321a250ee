/**
 * Decodes stored chunks of text on native threads, many in one read.
 * @module
 */
import { isPosixParError } from '../core/errors.js';
import { checkValuesBytes } from '../core/values-limit.js';
import type { ReadStats } from '../exec/stats.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor, ChunkLayout, Layer } from '../formats/descriptor.js';
import { ready } from '../io/io.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import type { FileStamp, TableLocations } from '../plan/locations.js';
import type { StorageOptions } from './options.js';
import { type OpenedArray, readSteps, runStepsAsync } from './reading.js';
import { allocateTargetOrWait, parseRequest } from './request.js';
import { releaseMemory } from './result-memory.js';
import { nextGuess, type StoredText, type WantedChunk } from './text-locations.js';

/** A read of texts. */
export interface ChunkTextRead {
  readonly array: OpenedArray;
  readonly slab: Hyperslab;
  readonly defaults: ReadDefaults;
  readonly options: StorageOptions;
  readonly signal: AbortSignal | undefined;
  /** Aborted when the array is closed. */
  readonly closing: AbortSignal;
  /** Maximum number of bytes of the texts of the selection, and of a decoded chunk. */
  readonly maxBytes: number;
}

/** A chunk of text to decode. */
export interface WantedText extends WantedChunk {
  readonly stored: StoredText;
  /** Bytes of a chunk that is in the metadata; undefined for other chunks. */
  readonly inlineBytes: Uint8Array | undefined;
}

/** Decoded chunks. */
export interface DecodedTexts {
  readonly texts: readonly { readonly chunk: WantedText; readonly bytes: Uint8Array }[];
  readonly stats: ReadStats;
  /** Releases the memory of the decoded chunks. */
  readonly release: () => void;
}

/** Size of the number before the bytes of a chunk that the codec `counted` decodes. */
const countBytes = 8;
/** The memory for a decoded chunk is rounded up: to a power of two up to this size, else to a multiple of this size. */
const roundedBytes = 2 ** 20;

/**
 * Decodes chunks. If the decoded size of some of them is not known, a CodecError may mean that a chunk needs more
 * memory. After such an error, decodes the chunks one by one, and those of unknown size with more and more memory.
 * @throws {CodecError} if a chunk is damaged. @throws {ValuesLimitError} if a chunk needs too much memory.
 * @throws as {@link readSteps}.
 */
export async function decodeTexts(
  read: ChunkTextRead,
  layer: Layer,
  wanted: readonly WantedText[],
): Promise<readonly DecodedTexts[]> {
  if (wanted.length === 0) return [];
  try {
    return [await decodeOnce(read, layer, wanted)];
  } catch (error) {
    const isGuess = wanted.some(({ stored }) => !stored.statesSize);
    if (!isGuess || !isPosixParError(error, 'CodecError')) throw error;
    if (wanted.length === 1) return [await decodeLarger(read, layer, wanted, error)];
  }
  const parts: DecodedTexts[] = [];
  for (const chunk of wanted) parts.push(...(await decodeTexts(read, layer, [chunk])));
  return parts;
}

/** Decodes a chunk of unknown size with more and more memory. Throws `first` if it never fits. */
async function decodeLarger(
  read: ChunkTextRead,
  layer: Layer,
  wanted: readonly WantedText[],
  first: unknown,
): Promise<DecodedTexts> {
  let chunks = wanted;
  for (;;) {
    const [chunk] = chunks;
    const maxBytes = chunk === undefined ? null : nextGuess(chunk.stored.maxBytes);
    if (chunk === undefined || maxBytes === null) throw first;
    chunks = [{ ...chunk, stored: { ...chunk.stored, maxBytes } }];
    try {
      return await decodeOnce(read, layer, chunks);
    } catch (error) {
      if (!isPosixParError(error, 'CodecError')) throw error;
    }
  }
}

function memoryOf({ maxBytes }: StoredText): number {
  const bytes = maxBytes + countBytes;
  if (bytes > roundedBytes) return Math.ceil(bytes / roundedBytes) * roundedBytes;
  return 2 ** Math.max(6, Math.ceil(Math.log2(bytes)));
}

async function decodeOnce(read: ChunkTextRead, layer: Layer, wanted: readonly WantedText[]): Promise<DecodedTexts> {
  for (const { stored } of wanted) checkValuesBytes('chunk', stored.maxBytes, read.maxBytes);
  const { array, defaults, options, signal, closing } = read;
  const bySize = new Map<number, WantedText[]>();
  for (const chunk of wanted) {
    const size = memoryOf(chunk.stored);
    const list = bySize.get(size);
    if (list === undefined) bySize.set(size, [chunk]);
    else list.push(chunk);
  }
  const layers: Layer[] = [];
  const places: { readonly chunk: WantedText; readonly at: number; readonly size: number }[] = [];
  let total = 0;
  for (const [size, chunks] of bySize) {
    layers.push(decodedLayer(layer.layout, chunks, size, total));
    for (const chunk of chunks) {
      places.push({ chunk, at: total, size });
      total += size;
    }
  }
  const descriptor = decodedDescriptor(array.descriptor, layers, total);
  const opened: OpenedArray = { ...array, descriptor };
  const request = parseRequest(descriptor, defaults, null, options);
  const target = await allocateTargetOrWait(request);
  const { isOwned } = target;
  try {
    const watch = { signal, onProgress: undefined, closing, isOwned };
    const { stats } = await runStepsAsync(readSteps(opened, request, target), array.access, watch);
    const data = target.data as Uint8Array;
    const texts = places.map(({ chunk, at, size }) => ({ chunk, bytes: payloadOf(data.subarray(at, at + size)) }));
    return { texts, stats, release: () => releaseMemory(target.data, null) };
  } finally {
    target.begun();
  }
}

/** Returns the payload of a chunk that the codec `counted` decoded. */
function payloadOf(decoded: Uint8Array): Uint8Array {
  const view = new DataView(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  return decoded.subarray(countBytes, countBytes + Number(view.getBigUint64(0, true)));
}

/** Describes chunks of the same size in memory as a row of bytes that begins at `start`. */
function decodedLayer(layout: ChunkLayout, chunks: readonly WantedText[], size: number, start: number): Layer {
  const locations = tableOf(chunks);
  const stop = start + chunks.length * size;
  return {
    start: [start],
    stop: [stop],
    origin: [start],
    chunkShape: [size],
    gridShape: [stop - start],
    layout: {
      dtype: 'uint8',
      byteOrder: 'little',
      axisOrder: [0],
      edge: 'full',
      codecs: [{ codec: 'counted', params: [] }, ...layout.codecs],
    },
    index: { locate: () => ready(() => locations), fixed: locations },
  };
}

function tableOf(chunks: readonly WantedText[]): TableLocations {
  const files = new Map<string, number>();
  const stamps: FileStamp[] = [];
  for (const { stored } of chunks) {
    if (stored.path === null || files.has(stored.path)) continue;
    files.set(stored.path, files.size);
    if (stored.stamp !== null) stamps.push(stored.stamp);
  }
  const inlineBytes = chunks[0]?.inlineBytes;
  const isInline = chunks.some(({ stored }) => stored.path === null) && inlineBytes !== undefined;
  return {
    kind: 'table',
    files: [...files.keys()],
    fileIndex:
      files.size === 1 && !isInline
        ? null
        : Uint32Array.from(chunks, ({ stored }) => files.get(stored.path ?? '') ?? files.size),
    offsets: Float64Array.from(chunks, ({ stored }) => stored.offset),
    lengths: Float64Array.from(chunks, ({ stored }) => stored.length),
    // The codec `counted` comes first in the chain, so the other codecs move by one bit.
    filterMasks: chunks.some(({ stored }) => stored.filterMask !== 0)
      ? Uint32Array.from(chunks, ({ stored }) => stored.filterMask << 1)
      : null,
    ...(isInline ? { inlineBytes } : {}),
    ...(stamps.length === files.size ? { stamps } : {}),
  };
}

/** Describes decoded chunks as an array of bytes. */
function decodedDescriptor(array: ArrayDescriptor, layers: readonly Layer[], total: number): ArrayDescriptor {
  const { format, path, name, guardedFiles } = array;
  // A repeated read would look for the same chunks in a replaced file. The caller locates them again.
  const files = layers.flatMap(({ index }) => (index.fixed?.kind === 'table' ? index.fixed.files : []));
  return {
    format,
    path,
    name,
    shape: [total],
    dtype: 'uint8',
    chunkShape: [total],
    fillValue: null,
    dimensionNames: null,
    attributes: {},
    scaling: null,
    guardedFiles: [...guardedFiles, ...files],
    layers: () => ready(() => layers),
    fixedLayers: layers,
  };
}
