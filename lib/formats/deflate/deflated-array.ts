/**
 * Describes arrays that are contiguous in a deflate stream: `.nii.gz` files and compressed members of `.npz` files. The
 * first read decodes the stream once and records a restart point per piece (docs/adr/0008-restart-points.md), unless a
 * saved index contains the restart points. From then on, pieces are chunks that are decoded on their own.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { FormatError, isPosixParError, UnsupportedError } from '../../core/errors.js';
import { type DeflateFramingName, pieceWord, pieceWords } from '../../core/generated/inflate.js';
import {
  type DeflateFirstPass,
  type DeflateIndex,
  type DeflateStream,
  type Io,
  inflateStream,
  ready,
  startFirstPass,
} from '../../io/io.js';
import type { TableLocations } from '../../plan/locations.js';
import type { ArrayDescriptor, ChunkBox, Layer } from '../format.js';
import { describeWholeFile, type WholeFileArray } from '../whole-file.js';
import { wholeLayer } from '../whole-layer.js';
import { countPieces, cutIntoPieces, groupNumbers, groupPieces, type PieceGroups } from './pieces.js';
import type { SavedStreams } from './saved-streams.js';
import type { SavedWindows } from './saved-windows.js';

/** Maximum ratio of decoded to stored bytes in deflate. */
const maxRatio = 1032;

/** An index of restart points. If it was saved, some of its windows may be missing, and `windows` can add them. */
interface KnownIndex {
  readonly index: DeflateIndex;
  readonly windows: SavedWindows | null;
}

/** Location of a stream in its file. */
export interface StreamPlace {
  readonly framing: DeflateFramingName;
  readonly offset: number;
  readonly length: number;
  readonly decodedBytes: number | null;
  readonly crc32: number | null;
}

/** An array in a stream. `offset` and `end` of the array are positions in the decoded stream. */
export interface DeflatedArray extends Omit<WholeFileArray, 'dataFileSize'> {
  readonly stream: StreamPlace;
  /** Key of the stream in a saved index. */
  readonly key: string;
  /** Saved indexes of the file; null if none may be used. */
  readonly saved: SavedStreams | null;
}

/** Description of an array in a deflate stream whose restart points can be saved. */
export interface DeflatedDescriptor extends ArrayDescriptor {
  /**
   * Returns the stream and its complete index of restart points. Creates the index if there is none. Null for an empty
   * array.
   */
  index(): Io<{ readonly stream: DeflateStream; readonly index: DeflateIndex } | null>;
}

/**
 * Returns the descriptor of an array in a deflate stream. Does not decode the stream.
 * @throws {FormatError} if the stream is too small to contain the array. @throws {UnsupportedError} if the array is too
 * large.
 */
export function describeDeflated(array: DeflatedArray): DeflatedDescriptor {
  const { stream: place, shape, dtype, byteOrder, axisOrder } = array;
  const path = array.dataPath ?? array.path;
  const most = Math.min(place.decodedBytes ?? Number.MAX_SAFE_INTEGER, place.length * maxRatio + maxRatio);
  // The layers from describeWholeFile() are for uncompressed data, so they are dropped.
  const { fixedLayers, ...whole } = describeWholeFile({ ...array, dataFileSize: most });
  if (fixedLayers?.length === 0) return { ...whole, fixedLayers, index: () => ready(() => null) };
  const { size } = dtypeInfo(dtype);
  const cut = cutIntoPieces(shape, axisOrder, size);
  const { chunkShape, grid, pieces } = cut;
  if (pieces.pieceBytes >= 2 ** 31) throw new UnsupportedError('a compressed array of 2^43 bytes or more', path);
  const stream: DeflateStream = { ...place, pieces: { skip: array.offset, ...pieces } };
  let known: KnownIndex | null = null;
  let firstPass: DeflateFirstPass | null = null;
  let single: readonly Layer[] = [];

  function* index(): Io<{ readonly stream: DeflateStream; readonly index: DeflateIndex }> {
    return { stream, index: yield* indexOf('all') };
  }

  /** Returns the index of restart points with the windows of `pieces`. Creates it if there is none. */
  function* indexOf(pieces: Uint32Array | 'all'): Io<DeflateIndex> {
    known ??= yield* findIndex();
    if (known?.windows != null && !(yield* array.saved?.addWindows(known.windows, pieces) ?? ready(() => false))) {
      known = null;
    }
    if (known === null) {
      known = { index: yield* scan(path, stream), windows: null };
      single = [];
    }
    return known.index;
  }

  /** Returns the index that the last first pass in a read has made, or a saved one; null if there is none. */
  function* findIndex(): Io<KnownIndex | null> {
    const made = firstPass?.index() ?? null;
    firstPass = null;
    if (made !== null) return { index: made, windows: null };
    return yield* array.saved?.find(array.key, stream) ?? ready(() => null);
  }

  /** Returns the layer for a read of the whole array that is also the first pass; null if there is an index. */
  function* firstLayer(start: readonly number[], stop: readonly number[]): Io<Layer | null> {
    known ??= yield* findIndex();
    if (known !== null) return null;
    firstPass = yield* startFirstPass(path, stream);
    const groups = groupPieces(cut, shape, axisOrder, size, start, stop) ?? { chunkShape, factors: shape.map(() => 1) };
    return layerOf({ handle: firstPass.handle, pieces: estimatePieces(stream) }, groups);
  }

  /** Returns the layer with estimated locations; null if there is an index. */
  function* estimatedLayer(groups: PieceGroups): Io<Layer | null> {
    known ??= yield* findIndex();
    if (known !== null) return null;
    return { ...layerOf({ pieces: estimatePieces(stream) }, groups), isEstimate: true };
  }

  function layerOf(found: Pick<DeflateIndex, 'pieces'> & Partial<DeflateIndex>, groups: PieceGroups): Layer {
    const index = found.handle === undefined ? {} : { index: found.handle };
    const codecs = [{ codec: 'deflatePiece', params: [], ...index }] as const;
    const order = { grid, factors: groups.factors, axisOrder };
    const locate = (box: ChunkBox): Io<TableLocations> =>
      ready(() => locatePieces(path, found.pieces, groupNumbers(box, order)));
    return wholeLayer(shape, groups.chunkShape, { dtype, byteOrder, axisOrder, edge: 'clipped', codecs }, { locate });
  }

  return {
    ...whole,
    chunkShape,
    index,
    stream: {
      codec: 'deflate',
      storedBytes: place.length,
      hasSavedIndex: () => array.saved?.has(array.key, stream) ?? ready(() => false),
    },
    mayDecodeInRead: true,
    *layers(start, stop, use = 'some'): Io<readonly Layer[]> {
      const isWhole = shape.every((length, d) => start[d] === 0 && stop[d] === length);
      const first = use === 'allNow' && isWhole ? yield* firstLayer(start, stop) : null;
      if (first !== null) return [first];
      const groups =
        use === 'some' || use === 'explainSome' ? null : groupPieces(cut, shape, axisOrder, size, start, stop);
      if (use === 'explainSome' || use === 'explainAll') {
        const estimated = yield* estimatedLayer(groups ?? { chunkShape, factors: shape.map(() => 1) });
        if (estimated !== null) return [estimated];
      }
      const factors = groups?.factors ?? shape.map(() => 1);
      const box = boxOfChunks(groups?.chunkShape ?? chunkShape, start, stop);
      const found = yield* indexOf(groupNumbers(box, { grid, factors, axisOrder }).first);
      if (groups !== null) return [layerOf(found, groups)];
      if (single.length === 0) single = [layerOf(found, { chunkShape, factors: shape.map(() => 1) })];
      return single;
    },
  };
}

/** Returns the coordinates of the chunks that the box [start, stop) touches. */
function boxOfChunks(chunkShape: readonly number[], start: readonly number[], stop: readonly number[]): ChunkBox {
  return chunkShape.map((length, d) => {
    const first = Math.floor((start[d] ?? 0) / length);
    const end = Math.ceil((stop[d] ?? 0) / length);
    return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  });
}

/**
 * Estimates the locations of pieces before the first pass. The read of a chunk fetches these bytes from the storage.
 * The first pass then reads the bytes that it decodes from the page cache.
 */
function estimatePieces({ offset, length, pieces }: DeflateStream): Float64Array {
  const count = countPieces(pieces);
  const table = new Float64Array(count * pieceWords);
  const stored = Math.min(length, pieces.runs * pieces.runBytes); // Other data may follow the array.
  const startOf = (piece: number): number => offset + Math.floor((stored / count) * piece);
  for (let piece = 0; piece < count; piece++) {
    table[piece * pieceWords + pieceWord.offset] = startOf(piece);
    table[piece * pieceWords + pieceWord.storedBytes] = startOf(piece + 1) - startOf(piece);
  }
  return table;
}

/** Returns the locations of groups of pieces; `first` and `last` are numbers of pieces. */
function locatePieces(
  path: string,
  table: Float64Array,
  { first, last }: { first: Uint32Array; last: Uint32Array },
): TableLocations {
  const numberAt = (piece: number, word: number): number => table[piece * pieceWords + word] ?? -1;
  const offsets = Float64Array.from(first, (piece) => numberAt(piece, pieceWord.offset));
  const lengths = Float64Array.from(last, (piece, i) => {
    const end = numberAt(piece, pieceWord.offset) + numberAt(piece, pieceWord.storedBytes);
    // Negative lengths can only come from a damaged index; decoding then fails.
    return Math.max(0, end - (offsets[i] ?? 0));
  });
  return { kind: 'table', files: [path], fileIndex: null, offsets, lengths, filterMasks: first };
}

/** Decodes the stream once and returns its index. Throws a FormatError if the stream is damaged. */
function* scan(path: string, stream: DeflateStream): Io<DeflateIndex> {
  try {
    return yield* inflateStream(path, stream);
  } catch (error) {
    if (!isPosixParError(error, 'CodecError')) throw error;
    const [what] = error.message.split(` (${path}`, 1); // Removes the location, which the new error adds again.
    throw new FormatError(
      `Cannot decode the deflate stream: ${what}`,
      { path, offset: error.offset ?? stream.offset },
      { cause: error },
    );
  }
}
