/**
 * The words of a plan as it crosses to the native side, and what they may say, by name. Each object has a twin among the
 * enums of native/exec/plan_wire.h and native/exec/plan.h; a test compares names and values.
 * @module
 */
import { segmentWords } from '../plan/projection.js';

/** Native wire::Header. */
export const headerWord = {
  versionWord: 0,
  layers: 1,
  outType: 2,
  overflow: 3,
  scaled: 4,
  scale: 5,
  offset: 6,
  threads: 7,
  engine: 8,
  prefill: 9,
  elements: 10,
  fill0: 11,
  fill1: 12,
  fill2: 13,
  fill3: 14,
  fillType: 15,
  fresh: 16,
  decoding: 17,
  cache: 18,
  readahead: 19,
  aheadBytes: 20,
  queueDepth: 21,
} as const;

/** Native wire::Layer, which says what follows. */
export const layerWord = {
  rank: 0,
  storedType: 1,
  swap: 2,
  clipped: 3,
  chain: 4,
  location: 5,
  handle: 6,
  table: 7,
  fileIndex: 8,
  mask: 9,
  order: 10,
  groups: 11,
  spanLevel: 12,
  spanBlock: 13,
  string: 14,
  fields: 15,
  dataOffset: 16,
  layerSize: 17,
  oneOffset: 18,
  oneLength: 19,
  stamps: 20,
  pitch: 21,
  held: 22,
  layerFill: 23,
} as const;

/** Native wire::Dim: of each dimension of a layer. */
export const dimWord = { chunkShape: 0, gridShape: 1, axisOrder: 2, outStride: 3, segments: 4 } as const;

/** Native wire::Field: of each field of a name template. */
export const fieldWord = { dimension: 0, width: 1 } as const;

/** Native wire::Decoding: of the table of a decoding, before the values that are missing. */
export const decodingWord = {
  scale: 0,
  offset: 1,
  flags: 2,
  low: 3,
  high: 4,
  decodedLow: 5,
  decodedHigh: 6,
} as const;

/** Native wire::DecodeFlag: bits of {@link decodingWord.flags}. */
export const decodeFlag = { single: 1, nanIsMissing: 2, masked: 4, keepsValues: 8 } as const;

/** Native Locations::Kind. */
export const locationKind = { openFile: 0, paths: 1, names: 2, absent: 3 } as const;

/** Sizes of the parts of a plan in words, and the version. */
export const wireConstants = {
  version: 1,
  headerWords: Object.keys(headerWord).length,
  layerWords: Object.keys(layerWord).length,
  dimWords: Object.keys(dimWord).length,
  fieldWords: Object.keys(fieldWord).length,
  segmentWords,
} as const;

/** Words of {@link headerWord.fill0} and on. */
export const fillWordCount = 4;
