/**
 * Layout of a read plan as it is passed to the native side.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Version of this layout. */
export const wireVersion = 3;

/** Positions of the numbers in the header of a plan. */
export const headerWord = {
  /** Version of this layout. */
  versionWord: 0,
  /** Number of layers. */
  layers: 1,
  /** Element type of the result. */
  outType: 2,
  /** Number of an overflow mode. */
  overflow: 3,
  /** 1: each value is multiplied by `scale`, then `offset` is added. */
  scaled: 4,
  scale: 5,
  offset: 6,
  /** Maximum number of threads; 0: as many as the lane of the read has. */
  threads: 7,
  /** Number of an engine. */
  engine: 8,
  /** 1: the whole result is filled first, because the chunks do not cover it. */
  prefill: 9,
  /** Number of elements of the result. */
  elements: 10,
  /** The fill value as a stored element: four 32-bit words. */
  fill0: 11,
  fill1: 12,
  fill2: 13,
  fill3: 14,
  /** Element type of the fill value. */
  fillType: 15,
  /** 1: the result was allocated for this read and never touched. */
  fresh: 16,
  /** Index of the table with the parameters of the decoding; -1: no decoding. */
  decoding: 17,
  /** Number of a page-cache policy. */
  cache: 18,
  /** Number of a kind of read-ahead. */
  readahead: 19,
  /** Number of bytes to read ahead, for the kind `bytes`. */
  aheadBytes: 20,
  /** Maximum number of extents in flight; 0: the default. */
  queueDepth: 21,
  /** Number of the method that detects changes of files. */
  consistency: 22,
  /** Index, in the list of handles, of the directories below which paths must be; -1: any path. */
  roots: 23,
  /** Number of a priority. */
  priority: 24,
  /** Index of the handle of the cache of decoded chunks; -1: none. */
  chunkCache: 25,
} as const;

/** Number of entries of {@link headerWord}. */
export const headerWords = 26;

/**
 * Positions of the numbers of a layer. The numbers of each dimension, of each field of a name template, and of each
 * projection that is not in a table follow them. A number whose meaning begins with "table" is the index of a table.
 */
export const layerWord = {
  rank: 0,
  /** Element type of stored elements. */
  storedType: 1,
  /** 1: stored elements have the other byte order than this machine. */
  swap: 2,
  /** 1: chunks at the edge contain only the elements inside the array. */
  clipped: 3,
  /** Index of the handle of the codec chain; -1: chunks are not encoded. */
  chain: 4,
  /** Number of a kind of chunk locations. */
  location: 5,
  /** Index of the handle of the file or directory; for `paths`: number of paths. */
  handle: 6,
  /** Table of the offsets of chunks; the next table has their lengths; -1: there is only one chunk. */
  table: 7,
  /** Table: index of the file of each chunk; -1: there is only one file. */
  fileIndex: 8,
  /** Table: filter mask of each chunk; -1: no bit is set in any mask. */
  mask: 9,
  /** Table: indices of the chunks in reading order; -1: the order of the offsets. */
  order: 10,
  /** Table: position in `order` of the first chunk of each extent; -1: each chunk is an extent. */
  extents: 11,
  /**
   * Position in `axisOrder` of the dimension at which plain chunks are split into extents; -1: chunks are read whole.
   */
  extentLevel: 12,
  /** Number of selected elements of dimension `extentLevel` in an extent. */
  extentBlock: 13,
  /** Index of the first path, or of the first literal of the name template. */
  string: 14,
  /** Number of fields of the name template. */
  fields: 15,
  /** Number of bytes before a chunk in its file, for name templates. */
  dataOffset: 16,
  /** Number of all words of the layer. */
  layerSize: 17,
  /** Offset of the only chunk. */
  oneOffset: 18,
  /** Length of the only chunk. */
  oneLength: 19,
  /** Table: expected size, modification time and inode of each file; -1: files are not compared. */
  stamps: 20,
  /** Offset in bytes of the first element in a chunk. */
  elementOffset: 21,
  /** Number of bytes of a chunk after its last element. */
  tail: 22,
  /** Table: the paths in UTF-8, each followed by a NUL; -1: the paths are in the strings, from `string` on. */
  pathTable: 23,
  /** Table: bytes of the chunks that the metadata itself contains; -1: there are none. */
  inlineBytes: 24,
  /** Table: fill value of absent chunks as a stored element; -1: the fill value of the plan. */
  layerFill: 25,
  /** Number of projections, one per box. */
  projections: 26,
  /** Table of the projections; -1: the projections follow the numbers of the layer. */
  projectionTable: 27,
  /** Table: first use of each chunk, then the total number of uses; -1: there is one projection. */
  useStarts: 28,
  /** Table: two numbers per use (projection, index of the chunk in it); -1: there is one projection. */
  uses: 29,
} as const;

/** Number of entries of {@link layerWord}. */
export const layerWords = 30;

/** Positions of the numbers of a dimension of a layer. */
export const dimWord = {
  chunkShape: 0,
  gridShape: 1,
  /** The dimension at this position in the order from slowest to fastest in memory. */
  axisOrder: 2,
  /** Distance in bytes between neighbours of the dimension; 0 if they are contiguous. */
  pitch: 3,
} as const;

/** Number of entries of {@link dimWord}. */
export const dimWords = 4;

/**
 * Positions of the numbers of a projection. The numbers of each of its axes follow them, then the segments that are not
 * in a table (dimension by dimension).
 */
export const projectionWord = {
  /** Index of the first element of the box in the result. */
  outBase: 0,
} as const;

/** Number of entries of {@link projectionWord}. */
export const projectionWords = 1;

/** Positions of the numbers of an axis of a projection. */
export const axisWord = {
  /** Distance in the result between neighbours along the axis, in elements. */
  outStride: 0,
  /** Number of segments. */
  segments: 1,
  /** Table of the segments; -1: the segments follow the numbers of the axes. */
  segmentTable: 2,
  /**
   * Index of the table with the positions of the selected elements of all segments that are lists. The next table has
   * their indices in the result. -1: no segment is a list.
   */
  lists: 3,
} as const;

/** Number of entries of {@link axisWord}. */
export const axisWords = 4;

/** Positions of the numbers that describe a box of an array in one file. The numbers of its dimensions follow them. */
export const boxWord = {
  /** Number of dimensions. */
  dims: 0,
  /** Size of an element in bytes. */
  elementBytes: 1,
  /** Offset of the first element of the array in the file, in bytes. */
  dataOffset: 2,
  /** Number of bytes from there on that belong to the array. */
  dataBytes: 3,
} as const;

/** Number of entries of {@link boxWord}. */
export const boxWords = 4;

/** Positions of the numbers of a dimension of a box. */
export const boxDimWord = {
  /** Number of elements of the array. */
  length: 0,
  /** First selected element. */
  start: 1,
  /** Distance between selected elements, at least 1. */
  step: 2,
  /** Number of selected elements. */
  count: 3,
} as const;

/** Number of entries of {@link boxDimWord}. */
export const boxDimWords = 4;

/** Positions of the numbers of a field of a name template. */
export const fieldWord = {
  dimension: 0,
  /** Minimum number of digits. */
  width: 1,
} as const;

/** Number of entries of {@link fieldWord}. */
export const fieldWords = 2;

/** Positions of the numbers of a segment: the selected elements of one dimension in one chunk. */
export const segmentWord = {
  /** Chunk coordinate in this dimension. */
  chunk: 0,
  /** Position of the first selected element in the chunk; for a list: the smallest position. */
  from: 1,
  /** Distance between selected elements in the chunk; may be negative. */
  step: 2,
  /** Number of selected elements. */
  count: 3,
  /** Index of the first selected element in the result's dimension. */
  out: 4,
  /**
   * Start of the list of the segment in the table `lists`; -1: no list, element i is at `from + i * step` and goes to
   * `out + i`.
   */
  list: 5,
} as const;

/** Number of entries of {@link segmentWord}. */
export const segmentWords = 6;

/** Positions of the parameters of a decoding in their table. The values that mean "missing" follow them. */
export const decodingWord = {
  scale: 0,
  offset: 1,
  flags: 2,
  /** Smallest valid stored value. */
  low: 3,
  /** Largest valid stored value. */
  high: 4,
  /** Smallest valid decoded value. */
  decodedLow: 5,
  /** Largest valid decoded value. */
  decodedHigh: 6,
} as const;

/** Number of entries of {@link decodingWord}. */
export const decodingWords = 7;

/** Bits of `flags` of a decoding. */
export const decodeFlag = {
  /** Every step is rounded to float32. */
  single: 1,
  /** A stored NaN counts as missing. */
  nanIsMissing: 2,
  /** A mask is written. */
  masked: 4,
  /** The result has the stored values; only the mask is computed. */
  keepsValues: 8,
} as const;

/** Kinds of chunk locations. */
export const locationKind = {
  /** All chunks are in one open file. */
  openFile: 0,
  /** Chunks are in files that are given by path. */
  paths: 1,
  /** File names follow from a template. */
  names: 2,
  /** No chunk exists. */
  absent: 3,
} as const;
