/**
 * Layout of a read plan as it is passed to the native side.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Version of this layout. */
export const wireVersion = 2;

/** Positions of the numbers in the header of a plan. */
export const headerWord = {
  /** wireVersion. */
  versionWord: 0,
  /** Number of layers. */
  layers: 1,
  /** Element type of the result. */
  outType: 2,
  /** An overflow mode. */
  overflow: 3,
  /** 1: each value is multiplied by `scale`, then `offset` is added. */
  scaled: 4,
  scale: 5,
  offset: 6,
  /** Maximum number of threads; 0: as many as the compute lane has. */
  threads: 7,
  /** An engine. */
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
  /** A page-cache policy. */
  cache: 18,
  /** A kind of read-ahead. */
  readahead: 19,
  /** Number of bytes to read ahead, for the kind `bytes`. */
  aheadBytes: 20,
  /** Maximum number of extents in flight; 0: the default. */
  queueDepth: 21,
  /** Method of detecting that files change. */
  consistency: 22,
  /** Handle of the directories that paths must be below; -1: any path. */
  roots: 23,
  /** Priority among the reads of the process. */
  priority: 24,
} as const;

/** Number of {@link headerWord}. */
export const headerWords = 25;

/**
 * Positions of the numbers of a layer. The numbers of each dimension, of each field of a name template, and of each
 * projection that is not in a table follow them.
 */
export const layerWord = {
  rank: 0,
  /** Element type of stored elements. */
  storedType: 1,
  /** 1: the bytes of an element are swapped. */
  swap: 2,
  /** 1: chunks at the edge contain only the elements inside the array. */
  clipped: 3,
  /** Handle of the codec chain; -1: chunks are not encoded. */
  chain: 4,
  /** A LocationKind. */
  location: 5,
  /** Handle of the file or directory; for `paths`: number of paths. */
  handle: 6,
  /** Table of offsets, followed by the table of lengths; -1 if there is only one chunk. */
  table: 7,
  /** Table: file of each chunk; -1: no table. */
  fileIndex: 8,
  /** Table: filter mask of each chunk; -1: no table. */
  mask: 9,
  /** Table: chunks in reading order; -1: no table. */
  order: 10,
  /** Table: position in `order` of the first chunk of each extent; -1: no table. */
  extents: 11,
  /** Dimension at which plain chunks are split into extents; -1: chunks are read whole. */
  extentLevel: 12,
  /** Number of rows of an extent. */
  extentBlock: 13,
  /** Index of the first path or literal. */
  string: 14,
  /** Number of fields of the name template. */
  fields: 15,
  /** Number of bytes before a chunk in its file, for name templates. */
  dataOffset: 16,
  /** Count of all numbers of the layer. */
  layerSize: 17,
  /** Offset of the only chunk. */
  oneOffset: 18,
  /** Length of the only chunk. */
  oneLength: 19,
  /** Table of three numbers per file (expected size, modification time, inode); -1: no table. */
  stamps: 20,
  /** Bytes from one row of the slowest dimension to the next; 0 if rows are not padded. */
  pitch: 21,
  /** Table: bytes of the chunks that the metadata itself contains; -1: no table. */
  inlineBytes: 22,
  /** Table: fill value of absent chunks as a stored element; -1: the fill value of the plan. */
  layerFill: 23,
  /** Number of projections, one per box. */
  projections: 24,
  /** Table of the projections; -1: the projections follow the numbers of the layer. */
  projectionTable: 25,
  /** Table: first use of each chunk, then the total number of uses; -1: there is one projection. */
  useStarts: 26,
  /** Table: two numbers per use (projection, index of the chunk in it); -1: there is one projection. */
  uses: 27,
} as const;

/** Number of {@link layerWord}. */
export const layerWords = 28;

/** Positions of the numbers of a dimension of a layer. */
export const dimWord = {
  chunkShape: 0,
  gridShape: 1,
  /** Dimensions from slowest to fastest in memory. */
  axisOrder: 2,
} as const;

/** Number of {@link dimWord}. */
export const dimWords = 3;

/**
 * Positions of the numbers of a projection. The numbers of each of its axes follow them, then the segments that are not
 * in a table (dimension by dimension).
 */
export const projectionWord = {
  /** Index in the result of the first element of the box. */
  outBase: 0,
} as const;

/** Number of {@link projectionWord}. */
export const projectionWords = 1;

/** Positions of the numbers of an axis of a projection. */
export const axisWord = {
  /** Stride in elements of the result. */
  outStride: 0,
  /** Number of segments. */
  segments: 1,
  /** Table of the segments; -1: the segments follow the numbers of the axes. */
  segmentTable: 2,
  /** Table of the positions of all lists; the next table has their indices in the result; -1: no lists. */
  lists: 3,
} as const;

/** Number of {@link axisWord}. */
export const axisWords = 4;

/** Positions of the numbers of a field of a name template. */
export const fieldWord = {
  dimension: 0,
  /** Minimum number of digits. */
  width: 1,
} as const;

/** Number of {@link fieldWord}. */
export const fieldWords = 2;

/** Positions of the numbers of a segment: the selected elements of one dimension in one chunk. */
export const segmentWord = {
  /** Chunk coordinate in this dimension. */
  chunk: 0,
  /** Position of the first selected element in the chunk; for a list: the smallest position. */
  from: 1,
  /** Distance of selected elements in the chunk; may be negative. */
  step: 2,
  /** Number of selected elements. */
  count: 3,
  /** Index of the first selected element in the result's dimension. */
  out: 4,
  /** Index of a list of positions; -1: element i is at `from + i * step` and goes to `out + i`. */
  list: 5,
} as const;

/** Number of {@link segmentWord}. */
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

/** Number of {@link decodingWord}. */
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
