/**
 * Joins values of variable length that a file keeps in global heaps of HDF5. Native threads read the heaps.
 * @module
 */
import { heapWordCount, heapWords } from '../core/generated/lookup.js';
import { type HeapLayout, type HeapPart, type HeapValuesRequest, type Io, Pace } from './io.js';

/** Maximum number of elements of a part. Threads join the parts of one request at the same time. */
const partElements = 65_536;
/** A part with this many bytes gets no further elements. */
const partBytes = 8 * 2 ** 20;
/** Number of elements that are counted together. */
const blockElements = 256;

/** Values, one after the other. */
export interface HeapValues {
  /** Start of each value in `bytes`, and the end of the last one: one more entry than there are values. */
  readonly offsets: Float64Array;
  readonly bytes: Uint8Array;
}

/** Size of a reference in bytes: the length of the value, the address of a collection, the index of an object. */
function referenceBytes({ addressBytes }: HeapLayout): number {
  return 8 + addressBytes;
}

/**
 * Returns the values to which `references` refer. Null if a reference or a heap is damaged, if the values need more
 * than `most` bytes, or if addresses or lengths have an unusual size.
 */
export function* joinHeapValues(
  path: string,
  layout: HeapLayout,
  references: Uint8Array,
  most: number,
): Io<HeapValues | null> {
  if (![2, 4, 8].includes(layout.addressBytes) || ![2, 4, 8].includes(layout.lengthBytes)) return null;
  const pace = new Pace(path);
  const { parts, count, total } = yield* divide(layout, references, most, pace);
  if (total > most) return null;
  const offsets = new Float64Array(count + 1);
  const bytes = new Uint8Array(total);
  const request: HeapValuesRequest = { kind: 'heapValues', path, layout, references, offsets, bytes, parts };
  const lengths = (yield request) as readonly number[] | null;
  if (lengths === null) return null;
  let end = 0;
  for (const [i, { first, count: values, start }] of parts.entries()) {
    const length = lengths[i] ?? 0;
    if (end < start) {
      // Values of earlier parts were shorter than their references say.
      bytes.copyWithin(end, start, start + length);
      for (let k = first + 1; k <= first + values; k++) {
        if (pace.isDue()) yield* pace.pause();
        offsets[k] = (offsets[k] ?? 0) - (start - end);
      }
    }
    end += length;
  }
  return { offsets, bytes: end < total ? bytes.slice(0, end) : bytes };
}

/** Divides the references into parts. Stops if the values need more than `most` bytes. */
function* divide(
  layout: HeapLayout,
  references: Uint8Array,
  most: number,
  pace: Pace,
): Io<{ parts: HeapPart[]; count: number; total: number }> {
  const size = referenceBytes(layout);
  const count = references.length / size;
  const view = new DataView(references.buffer, references.byteOffset, references.byteLength);
  const parts: HeapPart[] = [];
  let total = 0;
  let first = 0;
  let start = 0;
  for (let i = 0; i < count && total <= most; ) {
    const stop = Math.min(count, i + blockElements);
    if (pace.isDue(blockElements)) yield* pace.pause();
    for (; i < stop; i++) total += view.getUint32(i * size, true) * layout.itemBytes;
    if (i < count && i - first < partElements && total - start < partBytes) continue;
    parts.push({ first, count: i - first, start, bytes: total - start });
    first = i;
    start = total;
  }
  return { parts, count, total };
}

/** Memory of one part for the addon: the description of the heaps, the references, the ends and the bytes. */
export type HeapMemory = readonly [Float64Array, Uint8Array, Float64Array, Uint8Array];

/** Returns the memory of each part of a request. */
export function memoryOfParts({ layout, references, offsets, bytes, parts }: HeapValuesRequest): HeapMemory[] {
  const words = new Float64Array(heapWordCount);
  words[heapWords.base] = layout.base;
  words[heapWords.fileSize] = layout.fileSize;
  words[heapWords.addressBytes] = layout.addressBytes;
  words[heapWords.lengthBytes] = layout.lengthBytes;
  words[heapWords.itemBytes] = layout.itemBytes;
  words[heapWords.isText] = layout.isText ? 1 : 0;
  const size = referenceBytes(layout);
  return parts.map(({ first, count, start, bytes: length }) => [
    words,
    references.subarray(first * size, (first + count) * size),
    offsets.subarray(first + 1, first + count + 1),
    bytes.subarray(start, start + length),
  ]);
}
