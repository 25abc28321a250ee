/**
 * Locates the data of datasets in external files. The dataset's bytes are split into parts; a part boundary may be
 * between any two elements. This module chooses a regular chunk grid in which no chunk crosses a part boundary.
 * @module
 */
import { checkpoint, fillInSlices, type Sliced, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import { FormatError, UnsupportedError } from '../../../core/errors.js';
import type { PathPolicy } from '../../../core/external-files.js';
import { greatestCommonDivisor } from '../../../core/numbers.js';
import { type Io, statPath } from '../../../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLocations } from '../../format.js';
import type { Hdf5File } from '../file.js';
import type { ExternalPart } from '../messages/external-files.js';

/** Chunk grid and index of a dataset in external files. */
export interface ExternalStorage {
  readonly chunkShape: readonly number[];
  readonly index: ChunkIndex;
  readonly files: readonly string[];
}

const maxChunks = 2 ** 24;

/**
 * Opens the external files of a dataset. File names are relative to the directory of the HDF5 file. (The HDF5 library
 * uses the current directory of the process instead.)
 * @param shape elements per dimension, including the dimensions inside an element.
 * @param elementBytes bytes per element of `shape`.
 * @throws {FormatError} if the parts are shorter than the dataset, or a file does not exist or is shorter than its
 * parts.
 * @throws {ExternalFileError} if a file is not permitted.
 * @throws {UnsupportedError} if a part boundary is inside an element, or if the grid would have too many chunks.
 */
export function* openExternal(
  { path, policy }: Pick<Hdf5File, 'path' | 'policy'>,
  parts: readonly ExternalPart[],
  shape: readonly number[],
  elementBytes: number,
): Io<ExternalStorage> {
  const total = shape.reduce((count, extent) => count * extent, elementBytes);
  const pieces = cut(path, policy, parts, total);
  const files = [...new Set(pieces.map(({ file }) => file))];
  yield* checkSizes(files, pieces);
  const chunkShape = uncutShape(shape, pieces, elementBytes, path);
  return { chunkShape, files, index: externalIndex(files, pieces, shape, chunkShape, elementBytes) };
}

/** Range of a file, and its position in the dataset's bytes. */
interface Piece {
  readonly file: string;
  readonly offset: number;
  readonly start: number;
  readonly size: number;
}

function cut(path: string, policy: PathPolicy, parts: readonly ExternalPart[], total: number): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const { name, offset, size } of parts) {
    const used = Math.min(size, total - start);
    if (used > 0) pieces.push({ file: policy.resolve(name, path), offset, start, size: used });
    start += used;
  }
  if (!(start >= total))
    throw new FormatError(`HDF5 external files: expected ${total} bytes, found ${start}`, { path });
  return pieces;
}

function* checkSizes(files: readonly string[], pieces: readonly Piece[]): Io<void> {
  const ends = new Map<string, number>();
  for (const { file, offset, size } of pieces) ends.set(file, Math.max(ends.get(file) ?? 0, offset + size));
  for (const file of files) {
    const info = yield* statPath(file);
    if (info?.kind !== 'file') {
      const found = info === null ? 'none' : info.kind === 'directory' ? 'a directory' : 'something else';
      throw new FormatError(`HDF5: expected an external file, found ${found}`, { path: file });
    }
    const end = ends.get(file) ?? 0;
    if (end > info.size)
      throw new FormatError(`HDF5 external file: expected ${end} bytes, found ${info.size}`, { path: file });
  }
}

/**
 * Returns a chunk shape for which no chunk crosses a part boundary. Chunks are as long as possible in the fastest
 * dimensions.
 */
function uncutShape(shape: readonly number[], pieces: readonly Piece[], elementBytes: number, path: string): number[] {
  const chunk = shape.map((extent) => Math.max(1, extent));
  if (pieces.length < 2) return chunk;
  let run = 0;
  for (const { start } of pieces) run = greatestCommonDivisor(run, start);
  if (run % elementBytes !== 0) throw new UnsupportedError('an HDF5 external file that ends inside an element', path);
  let left = run / elementBytes;
  for (let d = shape.length - 1; d >= 0; d--) {
    const extent = shape[d] ?? 1;
    const step = left % extent === 0 ? extent : greatestCommonDivisor(left, extent);
    chunk[d] = step;
    // A chunk may extend over a slower dimension only if it spans all faster dimensions completely.
    left = step === extent ? left / extent : 1;
  }
  const chunks = shape.reduce((count, extent, d) => (count * extent) / (chunk[d] ?? 1), 1);
  if (chunks > maxChunks) throw new UnsupportedError(`HDF5 external files cut into ${chunks} runs`, path);
  return chunk;
}

function externalIndex(
  files: readonly string[],
  pieces: readonly Piece[],
  shape: readonly number[],
  chunkShape: readonly number[],
  elementBytes: number,
): ChunkIndex {
  const chunkBytes = chunkShape.reduce((count, extent) => count * extent, elementBytes);
  const numbers = new Map(files.map((file, i) => [file, i]));
  const fileOf = pieces.map(({ file }) => numbers.get(file) ?? 0);
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const starts = yield* byteStarts(box, shape, chunkShape, elementBytes);
      const fileIndex = new Uint32Array(starts.length);
      const offsets = new Float64Array(starts.length);
      for (let slot = 0; slot < starts.length; slot++) {
        if (slot % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
        const start = starts[slot] ?? 0;
        const piece = pieceAt(pieces, start);
        fileIndex[slot] = fileOf[piece] ?? 0;
        offsets[slot] = (pieces[piece]?.offset ?? 0) + start - (pieces[piece]?.start ?? 0);
      }
      const lengths = yield* fillInSlices(new Float64Array(starts.length), chunkBytes);
      return { kind: 'table', files, fileIndex, offsets, lengths, filterMasks: null };
    },
  };
}

/** Returns the index of the last piece that begins at or before byte `start`. `pieces` are sorted by `start`. */
function pieceAt(pieces: readonly Piece[], start: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns the offset of each chunk of the box in the dataset's bytes. */
function* byteStarts(
  box: ChunkBox,
  shape: readonly number[],
  chunkShape: readonly number[],
  elementBytes: number,
): Sliced<Float64Array> {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = elementBytes;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride * (chunkShape[d] ?? 1);
    stride *= shape[d] ?? 1;
  }
  let starts = new Float64Array(1);
  for (const [d, list] of box.entries()) {
    const wider = new Float64Array(starts.length * list.length);
    let at = 0;
    for (const start of starts) {
      for (const coordinate of list) {
        wider[at++] = start + coordinate * (strides[d] ?? 0);
        if (at % stepsPerCheckpoint === 0) yield checkpoint;
      }
    }
    starts = wider;
  }
  return starts;
}
