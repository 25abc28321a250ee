/**
 * Produces the bytes of the chunks of a {@link ZarrView}.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import { planFiles } from '../../api/planned-files.js';
import { chunkFileOf, chunkIn, locateChunk, readStored, type StoredChunk } from '../../api/stored-chunk.js';
import { dtypeInfo } from '../../core/dtype.js';
import { isPosixParError } from '../../core/errors.js';
import { fillBytes } from '../../core/fill.js';
import { product } from '../../core/numbers.js';
import { swapBytes } from '../../core/swap-bytes.js';
import type { Layer } from '../../formats/format.js';
import { stateText } from '../../io/io.js';
import { slice } from '../../plan/selection.js';
import { listedBody } from '../api/listed.js';
import type { Catalog } from '../catalog/catalog.js';
import { contentOf, elementsContent, heldBody, sendHeld } from '../held-body.js';
import { hashTag } from '../http/etag.js';
import { HttpError, notFound } from '../http/problem.js';
import type { Body, Reply } from '../http/reply.js';
import type { Admission } from '../limits.js';
import { readTexts } from '../listed-elements.js';
import { storeBytes } from './codecs.js';
import { encodeTexts } from './texts.js';
import type { ZarrView } from './view.js';

/** An array that is shown as a Zarr array. */
export interface ShownArray {
  readonly array: ArrayHandle;
  readonly view: ZarrView;
  /** Identifies the state of the array's file, or of the directory of its store. */
  readonly stamp: string;
}

/** The parts of the server that chunks need. */
export interface ChunkSource {
  readonly catalog: Catalog;
  readonly admission: Admission;
}

const type = 'application/octet-stream';

/**
 * Returns the reply with the chunk at `coordinates`.
 * @throws {HttpError} 404 if the chunk does not exist or is outside the grid.
 */
export async function chunkReply(
  source: ChunkSource,
  shown: ShownArray,
  coordinates: readonly number[],
  signal: AbortSignal,
): Promise<Reply> {
  const { gridShape } = shown.view;
  if (coordinates.length !== gridShape.length || coordinates.some((c, d) => c >= (gridShape[d] ?? 0))) {
    throw notFound('The chunk is outside the grid');
  }
  if (shown.view.elements === 'texts') return await textReply(source, shown, coordinates, signal);
  return shown.view.verbatim === null
    ? await decodedReply(source, shown, coordinates, signal)
    : await storedReply(source, shown, coordinates, signal);
}

/**
 * Replies with the stored bytes of a chunk. If they are in the metadata, or if only some of the codecs were applied,
 * the chunk is decoded and encoded again.
 */
async function storedReply(
  source: ChunkSource,
  shown: ShownArray,
  coordinates: readonly number[],
  signal: AbortSignal,
): Promise<Reply> {
  const { array, view, stamp } = shown;
  const { verbatim: layer } = view;
  if (layer === null) throw new TypeError('Expected a view of stored chunks');
  const chunk = await locate(source, layer, coordinates, signal);
  if (chunk === null) throw notFound('The chunk does not exist: its elements have the fill value');
  const all = 2 ** layer.layout.codecs.length - 1;
  if (chunk === 'inline' || (chunk.filterMask !== 0 && (chunk.filterMask & all) !== all)) {
    return reencodedReply(source, shown, coordinates, stamp);
  }
  const { path, offset, length, filterMask, info } = chunk;
  source.admission.checkSize(length);
  const own = path === array.path ? stamp : info !== undefined ? stateText(info) : await stampAt(source, path, signal);
  const tag = own === null ? null : `${stamp}-${own}-${offset}-${length}`;
  const read = (part: StoredChunk, abort: AbortSignal): Promise<Uint8Array<ArrayBuffer>> =>
    forgetting(source, array, readStored(openedParts(array), part, abort));
  if (filterMask === 0) {
    const body: Body = {
      length,
      hasRanges: true,
      compressible: 'no',
      open(span, abort) {
        const { start, stop } = span ?? { start: 0, stop: length };
        const { admission } = source;
        const send = (at: number, bytes: number): AsyncGenerator<Uint8Array> =>
          sendHeld(admission, bytes, abort, async () =>
            elementsContent(await read({ ...chunk, offset: offset + at, length: bytes }, abort)),
          );
        const most = admission.partBytes;
        return stop - start <= most ? send(start, stop - start) : inParts(start, stop, most, send);
      },
    };
    return { status: 200, headers: { 'content-type': type }, tag: tagOf(tag), body };
  }
  // The file stores this chunk without codecs, but the metadata of the array names some.
  const { size } = dtypeInfo(layer.layout.dtype);
  const body = heldBody(source.admission, { bytes: 2 * length }, async (abort) =>
    contentOf(await storeBytes(await read(chunk, abort), layer.layout.codecs, size)),
  );
  return { status: 200, headers: { 'content-type': type }, tag: tagOf(tag), body };
}

/** Yields what `send` yields for the parts of [start, stop), which have at most `most` bytes each. */
async function* inParts(
  start: number,
  stop: number,
  most: number,
  send: (at: number, bytes: number) => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < stop; at += most) yield* send(at, Math.min(most, stop - at));
}

/** Replies with a chunk that is decoded and encoded again with the codecs of the view. */
function reencodedReply(source: ChunkSource, shown: ShownArray, coordinates: readonly number[], stamp: string): Reply {
  const { layout } = shown.view.verbatim ?? {};
  if (layout === undefined || layout.axisOrder.some((axis, i) => axis !== i)) {
    // This must not be 404, which means that the chunk has the fill value.
    throw new HttpError(
      422,
      'UnsupportedError',
      'Some codecs were not applied to this chunk, and its axes are permuted',
    );
  }
  const { size, swapSize } = dtypeInfo(layout.dtype);
  const body = heldBody(source.admission, { bytes: 2 * shown.view.chunkBytes }, async (abort) => {
    const elements = await readDecoded(source, shown, coordinates, abort);
    if (layout.byteOrder === 'big') swapBytes(elements, swapSize);
    return contentOf(await storeBytes(elements, layout.codecs, size));
  });
  return { status: 200, headers: { 'content-type': type }, tag: tagOf(`${stamp}-${coordinates.join()}`), body };
}

/** Replies with the elements of a chunk. */
async function decodedReply(
  source: ChunkSource,
  shown: ShownArray,
  coordinates: readonly number[],
  signal: AbortSignal,
): Promise<Reply> {
  const { array, view } = shown;
  source.admission.checkSize(view.chunkBytes);
  const { state, isAbsent } = await source.catalog.run(
    planFiles(openedParts(array), regionOf(shown, coordinates)),
    signal,
  );
  if (isAbsent) throw notFound('The chunk does not exist: its elements have the fill value');
  const { chunkBytes } = view;
  const body: Body = {
    length: chunkBytes,
    hasRanges: true,
    compressible: 'data',
    open: (span, abort) =>
      sendHeld(source.admission, bytesToDecode(shown, coordinates), abort, async () => {
        const all = await readDecoded(source, shown, coordinates, abort);
        const { start, stop } = span ?? { start: 0, stop: chunkBytes };
        return { ...elementsContent(all), pieces: [all.subarray(start, stop)] };
      }),
  };
  return computedReply(shown, state, coordinates, body);
}

/** Replies with a chunk that is not stored in this form. @param state state of its files; null if it is not known. */
function computedReply(
  { view, stamp }: ShownArray,
  state: string | null,
  coordinates: readonly number[],
  body: Body,
): Reply {
  const tag = state === null ? null : `${stamp} ${state} ${view.text} ${coordinates.join()}`;
  return { status: 200, headers: { 'content-type': type }, tag: tagOf(tag), body };
}

/** Replies with a chunk of texts. */
async function textReply(
  source: ChunkSource,
  shown: ShownArray,
  coordinates: readonly number[],
  signal: AbortSignal,
): Promise<Reply> {
  const { array, view } = shown;
  const region = regionOf(shown, coordinates);
  const { state } = await source.catalog.run(planFiles(openedParts(array), region), signal);
  const selection = region.length === 0 ? null : region.map(({ start, stop }) => `${start}:${stop}`).join();
  const wanted = { array, kind: 'text', selection } as const;
  const body = listedBody(source, wanted, 'a chunk', 'data', async (maxBytes, abort) => {
    const found = await forgetting(source, array, readTexts(array, selection, maxBytes, abort));
    return contentOf(encodeTexts(found, found.shape, view.chunkShape));
  });
  return computedReply(shown, state, coordinates, body);
}

/** Returns the memory in bytes that {@link readDecoded} needs: twice the chunk if elements must be added to it. */
function bytesToDecode({ array, view }: ShownArray, coordinates: readonly number[]): number {
  const isInside = array.shape.every((size, d) => ((coordinates[d] ?? 0) + 1) * (view.chunkShape[d] ?? 1) <= size);
  return isInside ? view.chunkBytes : 2 * view.chunkBytes;
}

function regionOf({ array, view }: ShownArray, coordinates: readonly number[]): ReturnType<typeof slice>[] {
  return view.chunkShape.map((length, d) => {
    const size = array.shape[d] ?? 0;
    const start = (coordinates[d] ?? 0) * length;
    return slice(start, Math.min(size, start + length));
  });
}

/** Reads the elements of a chunk. Elements beyond the edge of the array have the fill value. */
async function readDecoded(
  source: ChunkSource,
  shown: ShownArray,
  coordinates: readonly number[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { array, view } = shown;
  const { data, shape } = await forgetting(source, array, array.read(regionOf(shown, coordinates), { signal }));
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (shape.every((size, d) => size === view.chunkShape[d])) return bytes;
  return pad(bytes, shape, view.chunkShape, fillOf(array));
}

function fillOf({ fillValue, dtype }: ArrayHandle): Uint8Array {
  return fillBytes(fillValue, dtype).subarray(0, dtypeInfo(dtype).size);
}

/** Copies elements of `shape` into a larger `target` shape. */
function pad(bytes: Uint8Array, shape: readonly number[], target: readonly number[], fill: Uint8Array): Uint8Array {
  const elements = product(target);
  const padded = new Uint8Array(elements * fill.length);
  Buffer.from(padded.buffer).fill(fill);
  const rank = shape.length;
  const run = (shape[rank - 1] ?? 1) * fill.length;
  const position = shape.map(() => 0);
  for (let from = 0; from < bytes.length; from += run) {
    let at = 0;
    for (let d = 0; d < rank; d++) at = at * (target[d] ?? 1) + (position[d] ?? 0);
    padded.set(bytes.subarray(from, from + run), at * fill.length);
    for (let d = rank - 2; d >= 0; d--) {
      position[d] = (position[d] ?? 0) + 1;
      if ((position[d] ?? 0) < (shape[d] ?? 0)) break;
      position[d] = 0;
    }
  }
  return padded;
}

/** Waits for a read. If it fails, for example because a file was changed, the next request opens the array again. */
async function forgetting<T>({ catalog }: ChunkSource, array: ArrayHandle, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (isPosixParError(error, 'ReadError', 'CodecError', 'ClosedError')) catalog.forget(array);
    throw error;
  }
}

/** Locates a chunk; the result is that of {@link locateChunk}. A chunk that is a file is located without a parser. */
async function locate(
  { catalog }: ChunkSource,
  layer: Layer,
  coordinates: readonly number[],
  signal: AbortSignal,
): Promise<StoredChunk | 'inline' | null> {
  const file = chunkFileOf(layer, coordinates);
  if (file === null) return await catalog.run(locateChunk(layer, coordinates), signal);
  return chunkIn(file, await catalog.stat(file.path, signal));
}

async function stampAt({ catalog }: ChunkSource, path: string, signal: AbortSignal): Promise<string | null> {
  const info = await catalog.stat(path, signal);
  return info === null ? null : stateText(info);
}

const tagOf = (text: string | null): string | null => (text === null ? null : hashTag(text));
