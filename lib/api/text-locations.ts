/**
 * Finds the stored bytes of chunks of text, and how much memory their decoded bytes need.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import { decodedSizeOf, edgeBytes, needsTail } from '../codecs/decoded-size.js';
import { UnsupportedError } from '../core/errors.js';
import { type FileSlice, type Io, Pace, readSlices, type SliceRequest } from '../io/io.js';
import type { ChunkLocations, FileStamp, TableLocations, TemplateLocations } from '../plan/locations.js';

/** Maximum size of a chunk of text in bytes, stored and decoded. */
export const maxTextChunkBytes = 2 ** 30;

/** A stored chunk of text. */
export interface StoredText {
  /** Path of its file; null if its bytes are in the metadata. */
  readonly path: string | null;
  readonly offset: number;
  readonly length: number;
  readonly filterMask: number;
  /** State of the file when the chunk was located; null if the location does not depend on it. */
  readonly stamp: FileStamp | null;
  /** Maximum size of the decoded chunk. */
  readonly maxBytes: number;
  /** True if the chunk or its index states its size, false if `maxBytes` is a guess. */
  readonly statesSize: boolean;
  /** True if the decoded chunk must have `maxBytes` bytes, because its index says so. */
  readonly isExact: boolean;
}

/** A decoded chunk that does not state its size is first expected to be at most this many times its stored size. */
const guessedRatio = 32;
/** Minimum of this expected size. */
const guessedBytes = 65_536;

/** Returns the next larger guess of the size of a decoded chunk; null if there is none. */
export function nextGuess(maxBytes: number): number | null {
  return maxBytes >= maxTextChunkBytes ? null : Math.min(maxTextChunkBytes, maxBytes * guessedRatio);
}

/**
 * A chunk to locate: its coordinates in the grid, and its number in the box of chunks to which the argument `locations`
 * of {@link locateTexts} applies.
 */
export interface WantedChunk {
  readonly coordinates: readonly number[];
  readonly slot: number;
}

/**
 * Locates the stored bytes of chunks, in the same order; null for absent chunks. Unless the index states the decoded
 * sizes, reads the first bytes of all chunks, and the last ones if the codecs need them, in one request.
 * @throws {UnsupportedError} if a chunk is larger than {@link maxTextChunkBytes}.
 */
export function* locateTexts(
  locations: ChunkLocations,
  chain: CodecChain,
  wanted: readonly WantedChunk[],
  path: string,
): Io<readonly (StoredText | null)[]> {
  if (locations.kind === 'absent') return wanted.map(() => null);
  if (locations.kind === 'table' && locations.decodedBytes !== undefined)
    return wanted.map((chunk) => textOfSize(locations, chunk));
  const places = wanted.map((chunk) =>
    locations.kind === 'table' ? placeInTable(locations, chunk) : placeOfName(locations, chunk),
  );
  const hasTail = needsTail(chain);
  const slices: SliceRequest[] = [];
  for (const place of places) {
    if (place === null || place.path === null) continue;
    const { path: file, offset, length } = place;
    const edge = Math.min(edgeBytes, length ?? edgeBytes);
    slices.push({ path: file, offset, length: edge });
    if (hasTail) slices.push({ path: file, offset: length === null ? -edge : offset + length - edge, length: edge });
  }
  const found = yield* readSlices(slices);
  const pace = new Pace(path);
  const texts: (StoredText | null)[] = [];
  let next = 0;
  for (const place of places) {
    if (pace.isDue()) yield* pace.pause();
    if (place === null) {
      texts.push(null);
    } else if (place.path === null) {
      texts.push(inlineText(locations, place, chain));
    } else {
      const head = found[next++] ?? null;
      texts.push(head === null ? null : storedText(place, head, hasTail ? (found[next] ?? null) : head, chain));
      if (hasTail) next += 1;
    }
  }
  return texts;
}

interface Place {
  readonly path: string | null;
  readonly offset: number;
  /** Number of stored bytes; null if they extend to the end of the file. */
  readonly length: number | null;
  readonly filterMask: number;
  readonly stamp: FileStamp | null;
}

function placeInTable(table: TableLocations, { slot }: WantedChunk): Place | null {
  const offset = table.offsets[slot] ?? -1;
  if (offset < 0) return null;
  const file = table.fileIndex?.[slot] ?? 0;
  return {
    path: table.files[file] ?? null,
    offset,
    length: table.lengths[slot] ?? 0,
    filterMask: table.filterMasks?.[slot] ?? 0,
    stamp: table.stamps?.[file] ?? null,
  };
}

function textOfSize(table: TableLocations, chunk: WantedChunk): StoredText | null {
  const place = placeInTable(table, chunk);
  if (place === null) return null;
  const length = place.length ?? 0;
  const maxBytes = table.decodedBytes?.[chunk.slot] ?? 0;
  checkSizes(place, length, maxBytes);
  return { ...place, length, maxBytes, statesSize: true, isExact: true };
}

/** @throws {UnsupportedError} if a chunk is too large. */
function checkSizes({ path, offset }: Place, stored: number, decoded: number): void {
  for (const [what, bytes] of [
    ['stored', stored],
    ['decoded', decoded],
  ] as const) {
    if (bytes <= maxTextChunkBytes) continue;
    const hint = `The maximum is ${maxTextChunkBytes} bytes`;
    throw new UnsupportedError(`a chunk of text of ${bytes} ${what} bytes at byte ${offset}`, path ?? '', hint);
  }
}

function placeOfName({ directory, literals, fields, offset }: TemplateLocations, { coordinates }: WantedChunk): Place {
  let name = literals[0] ?? '';
  fields.forEach(({ dimension, width }, i) => {
    name += String(coordinates[dimension] ?? 0).padStart(width, '0') + (literals[i + 1] ?? '');
  });
  return { path: `${directory}/${name}`, offset, length: null, filterMask: 0, stamp: null };
}

function storedText(place: Place, head: FileSlice, tail: FileSlice | null, chain: CodecChain): StoredText {
  const { info } = head;
  const length = place.length ?? Math.max(0, info.size - place.offset);
  const stamp = place.length === null ? info : place.stamp;
  return sized({ ...place, length, stamp }, head.bytes, tail?.bytes ?? new Uint8Array(0), chain);
}

function inlineText(locations: ChunkLocations, place: Place, chain: CodecChain): StoredText {
  const bytes = locations.kind === 'table' ? locations.inlineBytes : undefined;
  const length = place.length ?? 0;
  const stored = (bytes ?? new Uint8Array(0)).subarray(place.offset, place.offset + length);
  return sized({ ...place, length }, stored.subarray(0, edgeBytes), stored.subarray(-edgeBytes), chain);
}

function sized(
  place: Place & { readonly length: number },
  head: Uint8Array,
  tail: Uint8Array,
  chain: CodecChain,
): StoredText {
  const { length, filterMask } = place;
  const stated = decodedSizeOf(chain, { head, tail, length, filterMask });
  checkSizes(place, length, stated ?? 0);
  const guess = Math.min(maxTextChunkBytes, Math.max(guessedBytes, guessedRatio * length));
  return { ...place, maxBytes: stated ?? guess, statesSize: stated !== null, isExact: false };
}
