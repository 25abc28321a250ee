/**
 * Reads the windows of a saved index of restart points when a read needs them. The windows are nearly all bytes of the
 * index, and most reads need few of them.
 * @module
 */
import { pieceWord, pieceWords } from '../../core/generated/inflate.js';
import { type DeflateIndex, type Io, readSlices } from '../../io/io.js';

/** Maximum number of bytes that are read and added at once, so that the JavaScript thread is not busy for long. */
const batchBytes = 4 * 1024 * 1024;

/** Pieces from `first` to `end` (exclusive). */
interface PieceRange {
  readonly first: number;
  readonly end: number;
}

/** The windows of one restored index. */
export class SavedWindows {
  readonly #path: string;
  readonly #offset: number;
  readonly #index: DeflateIndex;
  /** Start of the window of each piece, and the end of the last one, relative to the first window. */
  readonly #starts: Float64Array;
  /** 1 for pieces whose windows were added. */
  readonly #added: Uint8Array;

  /** @param path the saved index. @param offset offset of the first window. @param index the restored index. */
  constructor(path: string, offset: number, index: DeflateIndex) {
    this.#path = path;
    this.#offset = offset;
    this.#index = index;
    const count = index.pieces.length / pieceWords;
    this.#starts = new Float64Array(count + 1);
    this.#added = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const bytes = index.pieces[i * pieceWords + pieceWord.windowBytes] ?? 0;
      this.#starts[i + 1] = (this.#starts[i] ?? 0) + bytes;
      if (bytes === 0) this.#added[i] = 1;
    }
  }

  /** Total size of all windows in bytes. */
  get bytes(): number {
    return this.#starts.at(-1) ?? 0;
  }

  /**
   * Adds the windows of `pieces` to the index, unless they were added before. Returns false if one of them is damaged
   * or missing.
   */
  *add(pieces: Uint32Array): Io<boolean> {
    const missing = this.#missing(pieces);
    for (let from = 0; from < missing.length; ) {
      let to = from + 1;
      let bytes = this.#size(missing[from]);
      while (to < missing.length && bytes + this.#size(missing[to]) <= batchBytes) bytes += this.#size(missing[to++]);
      if (!(yield* this.#addRanges(missing.slice(from, to)))) return false;
      from = to;
    }
    return true;
  }

  /** Adds the windows of all pieces. Returns false if one of them is damaged or missing. */
  addAll(): Io<boolean> {
    return this.add(Uint32Array.from(this.#added, (_, i) => i));
  }

  *#addRanges(ranges: readonly PieceRange[]): Io<boolean> {
    const slices = yield* readSlices(
      ranges.map((range) => ({
        path: this.#path,
        offset: this.#offset + (this.#starts[range.first] ?? 0),
        length: this.#size(range),
      })),
    );
    for (const [i, { first, end }] of ranges.entries()) {
      const bytes = slices[i]?.bytes;
      if (bytes?.length !== this.#size({ first, end }) || !this.#index.addWindows(first, bytes)) return false;
      this.#added.fill(1, first, end);
    }
    return true;
  }

  #size(range: PieceRange | undefined): number {
    return range === undefined ? 0 : (this.#starts[range.end] ?? 0) - (this.#starts[range.first] ?? 0);
  }

  /** Returns the pieces without windows, as ranges of neighbours of at most {@link batchBytes}. */
  #missing(pieces: Uint32Array): PieceRange[] {
    const ranges: { first: number; end: number }[] = [];
    for (const piece of Uint32Array.from(pieces).sort()) {
      if (this.#added[piece] !== 0) continue;
      const last = ranges.at(-1);
      if (last?.end === piece + 1) continue; // A duplicate.
      const isNext = last?.end === piece && this.#size({ first: last.first, end: piece + 1 }) <= batchBytes;
      if (last !== undefined && isNext) last.end = piece + 1;
      else ranges.push({ first: piece, end: piece + 1 });
    }
    return ranges;
  }
}
