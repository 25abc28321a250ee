/**
 * Restores indexes of restart points from saved bytes.
 * @module
 */
import { pieceWord, pieceWords } from '../../core/generated/inflate.js';
import { type DeflateIndex, type DeflateStream, type Io, restoreIndex } from '../../io/io.js';

/** Restores an index from the bytes of a saved one. Returns null if it is damaged or does not fit the stream. */
export function* loadIndex(path: string, bytes: Uint8Array, stream: DeflateStream): Io<DeflateIndex | null> {
  const index = yield* restoreIndex(path, bytes, stream.offset + stream.length);
  if (index === null) return null;
  const { pieces: table } = index;
  const { runs, runBytes, pieceBytes } = stream.pieces;
  const perRun = Math.ceil(runBytes / pieceBytes);
  if (table.length !== runs * perRun * pieceWords) return null;
  for (let i = 0; i * pieceWords < table.length; i++) {
    const decodedBytes = Math.min(pieceBytes, runBytes - (i % perRun) * pieceBytes);
    const offset = table[i * pieceWords + pieceWord.offset] ?? 0;
    if (table[i * pieceWords + pieceWord.decodedBytes] !== decodedBytes || offset < stream.offset) return null;
  }
  return index;
}
