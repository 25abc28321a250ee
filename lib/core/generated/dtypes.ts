/**
 * Element types and their codes.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** All element types, in the order of their codes. */
export const dtypeTable = [
  { name: 'bool', size: 1, kind: 'b', code: 0, swapSize: 1 },
  { name: 'int8', size: 1, kind: 'i', code: 1, swapSize: 1 },
  { name: 'uint8', size: 1, kind: 'u', code: 2, swapSize: 1 },
  { name: 'int16', size: 2, kind: 'i', code: 3, swapSize: 2 },
  { name: 'uint16', size: 2, kind: 'u', code: 4, swapSize: 2 },
  { name: 'int32', size: 4, kind: 'i', code: 5, swapSize: 4 },
  { name: 'uint32', size: 4, kind: 'u', code: 6, swapSize: 4 },
  { name: 'int64', size: 8, kind: 'i', code: 7, swapSize: 8 },
  { name: 'uint64', size: 8, kind: 'u', code: 8, swapSize: 8 },
  { name: 'float16', size: 2, kind: 'f', code: 9, swapSize: 2 },
  { name: 'float32', size: 4, kind: 'f', code: 10, swapSize: 4 },
  { name: 'float64', size: 8, kind: 'f', code: 11, swapSize: 8 },
  { name: 'complex64', size: 8, kind: 'c', code: 12, swapSize: 4 },
  { name: 'complex128', size: 16, kind: 'c', code: 13, swapSize: 8 },
] as const;
