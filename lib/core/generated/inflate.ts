/**
 * The first pass over a deflate stream.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Formats of the bytes around deflate data. `raw`: deflate data without header, as in a zip archive; `gzip`: one or
 * more gzip members.
 */
export const deflateFramings = ['raw', 'gzip'] as const;

/** A format of the bytes around deflate data. */
export type DeflateFramingName = (typeof deflateFramings)[number];

/** Positions of the numbers that describe a deflate stream and its pieces. */
export const inflateWords = {
  /** Number of a framing. */
  framing: 0,
  /** File offset of the stream. */
  offset: 1,
  /** Number of bytes of the stream. */
  length: 2,
  /** Number of decoded bytes before the first piece. */
  skip: 3,
  /** Number of runs of decoded bytes that are cut into pieces. */
  runs: 4,
  /** Size of a run. */
  runBytes: 5,
  /** Size of a piece; the last piece of a run may be shorter. */
  pieceBytes: 6,
  /** Decoded size of the stream; -1 if it is unknown. */
  decodedBytes: 7,
  /** CRC-32 of the decoded stream; -1 if it is unknown. */
  crc32: 8,
} as const;

/** Number of entries of {@link inflateWords}. */
export const inflateWordCount = 9;

/** Positions of the numbers that describe one piece of a deflate stream. */
export const pieceWord = {
  /** File offset at which decoding begins. */
  offset: 0,
  /** Number of stored bytes that decoding reads. */
  storedBytes: 1,
  /** Size of the piece. */
  decodedBytes: 2,
  /** Size of the data before the piece that decoding needs. */
  windowBytes: 3,
} as const;

/** Number of entries of {@link pieceWord}. */
export const pieceWords = 4;
