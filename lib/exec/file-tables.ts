/**
 * Encodes the paths and stamps (size, time and inode) of a layer's files as typed arrays. If paths were strings, the
 * native call would copy all of them in one go, which blocks the event loop if a plan names very many files.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import type { ChunkLocations, FileStamp } from '../plan/locations.js';

/** A layer with at least this many files passes their paths as a table. */
const packedFrom = 1024;

/** Number of paths or stamps between two checkpoints, at which other work may run. */
const perCheckpoint = 4096;

/** Typed arrays about the files of a layer, passed in addition to the words of the plan. */
export interface FileTables {
  /** The paths in UTF-8, each followed by a NUL, padded to a multiple of four bytes. Null if passed as strings. */
  readonly paths: Uint32Array | null;
  /** Size, modification time and inode (-1 if unknown) of each file. Null if chunk locations do not depend on them. */
  readonly stamps: Float64Array | null;
}

/** Result for a layer that needs no tables. */
export const noFileTables: FileTables = { paths: null, stamps: null };

/** True if the paths of a layer must be passed as a table, which {@link encodeFiles} makes in time slices. */
export function hasManyFiles(locations: ChunkLocations): boolean {
  return locations.kind === 'table' && locations.files.length >= packedFrom;
}

/** Encodes the files of `locations`. */
export function* encodeFiles(locations: ChunkLocations): Sliced<FileTables> {
  if (locations.kind !== 'table') return noFileTables;
  const { files, stamps } = locations;
  return {
    paths: hasManyFiles(locations) ? yield* packPaths(files) : null,
    stamps: stamps === undefined ? null : yield* stampWords(stamps),
  };
}

function* packPaths(files: readonly string[]): Sliced<Uint32Array> {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let first = 0; first < files.length; first += perCheckpoint) {
    const part = encoder.encode(`${files.slice(first, first + perCheckpoint).join('\0')}\0`);
    parts.push(part);
    bytes += part.length;
    yield checkpoint;
  }
  const words = new Uint32Array(Math.ceil(bytes / Uint32Array.BYTES_PER_ELEMENT));
  const packed = new Uint8Array(words.buffer);
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
    yield checkpoint;
  }
  return words;
}

function* stampWords(stamps: readonly FileStamp[]): Sliced<Float64Array> {
  const words = new Float64Array(3 * stamps.length);
  let at = 0;
  for (const { size, mtimeMs, ino } of stamps) {
    words[at++] = size;
    words[at++] = mtimeMs;
    words[at++] = ino ?? -1;
    if (at % (3 * perCheckpoint) === 0) yield checkpoint;
  }
  return words;
}
