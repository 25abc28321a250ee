/**
 * Restores indexes of restart points from saved ones.
 * @module
 */
import { pieceWord, pieceWords } from '../../core/generated/inflate.js';
import { type DeflateIndex, type DeflateStream, type Io, readUpTo, restoreIndex } from '../../io/io.js';
import { countPieces } from './pieces.js';
import { SavedWindows } from './saved-windows.js';

/** Bytes of a saved index before the records of its pieces, of a record, and of the checksum after the records. */
const headerBytes = 16;
const recordBytes = 208;
const checksumBytes = 4;

/** A restored index. */
export interface LoadedIndex {
  readonly index: DeflateIndex;
  /** The windows that may be added to the index. */
  readonly windows: SavedWindows;
}

/**
 * Restores an index, without its windows, from a saved one.
 * @param path file of the saved index. @param offset offset of the index. @param length number of bytes of the index.
 * @returns null if the index is damaged or does not fit the stream.
 */
export function* loadIndex(
  path: string,
  offset: number,
  length: number,
  stream: DeflateStream,
): Io<LoadedIndex | null> {
  const count = countPieces(stream.pieces);
  const tableBytes = headerBytes + recordBytes * count + checksumBytes;
  if (tableBytes > length) return null;
  const index = yield* restoreIndex(path, yield* readUpTo(path, offset, tableBytes), stream.offset + stream.length);
  if (index === null) return null;
  const { pieces: table } = index;
  const { runBytes, pieceBytes } = stream.pieces;
  const perRun = Math.ceil(runBytes / pieceBytes);
  if (table.length !== count * pieceWords) return null;
  for (let i = 0; i < count; i++) {
    const decodedBytes = Math.min(pieceBytes, runBytes - (i % perRun) * pieceBytes);
    const offset = table[i * pieceWords + pieceWord.offset] ?? 0;
    if (table[i * pieceWords + pieceWord.decodedBytes] !== decodedBytes || offset < stream.offset) return null;
  }
  const windows = new SavedWindows(path, offset + tableBytes, index);
  return tableBytes + windows.bytes === length ? { index, windows } : null;
}
