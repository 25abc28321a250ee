/**
 * Reads texts of variable length that are stored in chunks. The size of a decoded chunk is not known in advance, so a
 * read first reads those bytes of each chunk that state its decoded size. Then native threads decode many chunks into
 * one block of memory, and JavaScript copies the selected texts from it.
 * @module
 */
import { type ErrorLocation, FormatError, isPosixParError } from '../core/errors.js';
import { checkChunkCount } from '../core/limits.js';
import type { Utf8Text } from '../core/utf8-text.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import type { ArrayDescriptor, ChunkText } from '../formats/descriptor.js';
import type { Layer } from '../formats/format.js';
import { runAsync } from '../io/driver.js';
import { untilClosed } from '../io/native-backend.js';
import { runInSlices } from '../io/time-slices.js';
import { type ChunkIndices, decodedShape, groupByChunk } from '../plan/chunk-indices.js';
import { highestIndex, lowestIndex } from '../plan/hyperslab.js';
import type { ChunkLocations } from '../plan/locations.js';
import { mayRetry } from './reading.js';
import { type ChunkTextRead, decodeTexts, type WantedText } from './text-batch.js';
import { TextCollector } from './text-collector.js';
import { locateTexts, type WantedChunk } from './text-locations.js';

/** Maximum number of chunks that are located by one request. */
const batchChunks = 1024;
/** Maximum number of bytes of decoded chunks that are in memory at the same time, unless one chunk is larger. */
const batchBytes = 64 * 2 ** 20;
/** Maximum number of attempts to read a batch of chunks if their files are replaced in the meantime. */
const maxAttempts = 50;

/** Chunks of one layer that a read needs. */
interface LayerChunks {
  readonly layer: Layer;
  /** Groups of the selected indices, per dimension. */
  readonly groups: readonly (readonly ChunkIndices[])[];
  readonly count: number;
}

/** Locations of the chunks of a layer, and of the chunks with the starts of their texts. */
interface Located {
  readonly texts: ChunkLocations;
  /** Null if the chunks of texts contain the starts. */
  readonly starts: ChunkLocations | null;
}

/**
 * Reads the texts of a selection. If a file has vanished because other programs may remove files of the array, parses
 * the metadata again and repeats the read once.
 * @throws {FormatError} if a chunk is damaged. @throws {UnsupportedError} if a chunk is too large.
 * @throws {CodecError} {ReadError} {AbortError} {MemoryLimitError} {ValuesLimitError}
 */
export async function readChunkText(read: ChunkTextRead): Promise<{ text: Utf8Text; stats: ReadStats }> {
  const { array, signal } = read;
  try {
    return await readOnce(read);
  } catch (error) {
    if (array.descriptor.filesMayVanish !== true || !mayRetry(array.descriptor, error, 1)) throw error;
    array.descriptor = await runAsync(array.reopen(), backendOf(read), signal);
    return await readOnce(read);
  }
}

async function readOnce(read: ChunkTextRead): Promise<{ text: Utf8Text; stats: ReadStats }> {
  for (let attempt = 1; ; attempt++) {
    const { array, slab, signal } = read;
    const { descriptor } = array;
    const { chunkText } = descriptor;
    if (chunkText === undefined) throw new Error('Expected an array of text');
    const collector = new TextCollector(
      slab.map(({ count }) => count),
      chunkText.fill,
      read.maxBytes,
    );
    const stats: ReadStats[] = [];
    let isMoved = false;
    for (const chunks of await listChunks(read, descriptor)) {
      const locations = await locate(read, chunks);
      const found = await readLayer(read, chunkText, chunks, locations, collector, stats);
      if (found > 0 || attempt > 1 || chunks.count === 0 || descriptor.relocate === undefined) continue;
      isMoved = await runAsync(descriptor.relocate(locations.texts), backendOf(read), signal);
    }
    if (isMoved) continue;
    return { text: await runInSlices(collector.finish(), signal), stats: sumStats(stats) };
  }
}

function backendOf({ array, closing }: ChunkTextRead): ReturnType<typeof untilClosed> {
  return untilClosed(array.access.asyncBackend, closing);
}

/** Returns the chunks that the selection needs, per layer. */
async function listChunks(read: ChunkTextRead, descriptor: ArrayDescriptor): Promise<LayerChunks[]> {
  const { slab, signal } = read;
  if (slab.some(({ count }) => count === 0)) return [];
  const start = slab.map(lowestIndex);
  const stop = slab.map((axis) => highestIndex(axis) + 1);
  const layers = descriptor.fixedLayers ?? (await runAsync(descriptor.layers(start, stop), backendOf(read), signal));
  const chunks: LayerChunks[] = [];
  for (const layer of layers) {
    const groups: ChunkIndices[][] = [];
    for (const [d, axis] of slab.entries()) groups.push(await runInSlices(groupByChunk(axis, layer, d), signal));
    const count = groups.reduce((product, list) => product * list.length, 1);
    checkChunkCount(count, descriptor.path);
    chunks.push({ layer, groups, count });
  }
  return chunks;
}

async function locate(read: ChunkTextRead, { layer, groups, count }: LayerChunks): Promise<Located> {
  if (count === 0) return { texts: { kind: 'absent' }, starts: null };
  const box = groups.map((list) => list.map(({ chunk }) => chunk));
  const find = async ({ index }: Pick<Layer, 'index'>): Promise<ChunkLocations> =>
    index.fixed ?? (await runAsync(index.locate(box), backendOf(read), read.signal));
  return { texts: await find(layer), starts: layer.starts === undefined ? null : await find(layer.starts) };
}

/** Reads the chunks of a layer in batches. Returns the number of chunks that exist. */
async function readLayer(
  read: ChunkTextRead,
  chunkText: ChunkText,
  chunks: LayerChunks,
  located: Located,
  collector: TextCollector,
  stats: ReadStats[],
): Promise<number> {
  const { descriptor } = read.array;
  let locations = located;
  let found = 0;
  let attempts = 0;
  for (let first = 0; first < chunks.count; ) {
    const wanted: WantedChunk[] = [];
    for (let slot = first; slot < Math.min(chunks.count, first + batchChunks); slot++)
      wanted.push({ coordinates: coordinatesOf(chunks, slot), slot });
    try {
      const batch = await locateBatch(read, chunks, locations, wanted);
      const { layer } = chunks;
      const parts = await decodeTexts(read, layer, batch.texts);
      const startParts =
        layer.starts === undefined ? [] : await decodeTexts(read, { ...layer, ...layer.starts }, batch.starts);
      const startsOf = new Map<number, Uint8Array>();
      for (const { stats: own, texts } of startParts) {
        stats.push(own);
        for (const { chunk, bytes } of texts) startsOf.set(chunk.slot, bytes);
      }
      for (const { stats: own, texts } of parts) {
        stats.push(own);
        for (const { chunk, bytes } of texts) {
          const { count, strides } = decodedShape(layer, chunk.coordinates);
          const where = { path: chunk.stored.path ?? descriptor.path, offset: chunk.stored.offset };
          checkSize(chunk, bytes, where);
          const starts = startsOf.get(chunk.slot) ?? noBytes;
          const spans = await runInSlices(chunkText.parse(bytes, count, where, starts), read.signal);
          const groups = groupsOf(chunks, chunk.slot);
          await runInSlices(collector.add(bytes, spans, { groups, strides }), read.signal);
        }
      }
      for (const { release } of [...parts, ...startParts]) release();
      found += batch.texts.length;
      first += batch.count;
      attempts = 0;
    } catch (error) {
      attempts += 1;
      if (!isReplaced(error, descriptor) || attempts >= maxAttempts) throw error;
      descriptor.forget?.(error.path);
      locations = await locate(read, chunks);
    }
  }
  return found;
}

/**
 * Returns the first chunks of `wanted`, as many as are decoded together, and the chunks with the starts of their texts.
 * `count` is their number, including absent chunks.
 */
async function locateBatch(
  read: ChunkTextRead,
  { layer }: LayerChunks,
  locations: Located,
  wanted: readonly WantedChunk[],
): Promise<{ texts: readonly WantedText[]; starts: readonly WantedText[]; count: number }> {
  const { path } = read.array.descriptor;
  const find = (places: ChunkLocations, { layout }: Pick<Layer, 'layout'>) =>
    runAsync(locateTexts(places, layout.codecs, wanted, path), backendOf(read), read.signal);
  const stored = await find(locations.texts, layer);
  const startsStored =
    locations.starts === null || layer.starts === undefined ? [] : await find(locations.starts, layer.starts);
  const texts: WantedText[] = [];
  const starts: WantedText[] = [];
  let bytes = 0;
  for (const [i, chunk] of wanted.entries()) {
    const one = stored[i] ?? null;
    if (one === null) continue;
    const start = startsStored[i] ?? null;
    bytes += one.maxBytes + (start?.maxBytes ?? 0);
    if (texts.length > 0 && bytes > Math.min(batchBytes, read.maxBytes)) return { texts, starts, count: i };
    texts.push({ ...chunk, stored: one, inlineBytes: inlineBytesOf(locations.texts) });
    if (start !== null) starts.push({ ...chunk, stored: start, inlineBytes: inlineBytesOf(locations.starts) });
  }
  return { texts, starts, count: wanted.length };
}

function inlineBytesOf(locations: ChunkLocations | null): Uint8Array | undefined {
  return locations?.kind === 'table' ? locations.inlineBytes : undefined;
}

const noBytes = new Uint8Array(0);

/** @throws {FormatError} if a decoded chunk does not have the size that its index states. */
function checkSize({ stored }: WantedText, { length }: Uint8Array, where: ErrorLocation): void {
  if (!stored.isExact || length === stored.maxBytes) return;
  throw new FormatError(`Expected a chunk of ${stored.maxBytes} bytes of text, found ${length}`, where);
}

/** True if a read failed because a file was replaced or removed after its chunks were located. */
function isReplaced(error: unknown, array: ArrayDescriptor): error is Error & { readonly path: string } {
  const { guardedFiles, filesMayVanish } = array;
  if (!isPosixParError(error, 'ReadError') || filesMayVanish === true) return false;
  return (error.code === 'ECHANGED' || error.code === 'ENOENT') && !guardedFiles.includes(error.path);
}

/** Returns the groups of the chunk with number `slot` in the box of the chunks. */
function groupsOf({ groups }: LayerChunks, slot: number): ChunkIndices[] {
  const own: ChunkIndices[] = [];
  let rest = slot;
  for (let d = groups.length - 1; d >= 0; d--) {
    const list = groups[d] ?? [];
    const group = list[rest % list.length];
    if (group !== undefined) own.unshift(group);
    rest = Math.floor(rest / list.length);
  }
  return own;
}

function coordinatesOf(chunks: LayerChunks, slot: number): number[] {
  return groupsOf(chunks, slot).map(({ chunk }) => chunk);
}
