/**
 * Reads a small box of an uncompressed array, if the data is in memory. Such a read needs no plan: making, encoding and
 * decoding one takes several times as long as copying a row.
 * @module
 */
import { boxDimWord, boxDimWords, boxWord, boxWords } from '../core/generated/wire.js';
import { binding, type NativeHandle } from '../native/binding.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { sharedCounters } from './submit.js';

/** Largest box in bytes that is read this way. It is the same for all reads on the JavaScript thread. */
export const maxBoxBytes = 128 * 2 ** 10;

/** An uncompressed array in C order and native byte order: one range of bytes of one file. */
export interface PlainArray {
  readonly path: string;
  readonly shape: readonly number[];
  readonly elementBytes: number;
  /** Range of the file that contains the elements, in bytes. */
  readonly dataOffset: number;
  readonly dataBytes: number;
}

const words = new Float64Array(boxWords + 16 * boxDimWords);

/**
 * Reads the elements that `slab` selects into `target`.
 * @param file the open file of the array.
 * @param target memory for exactly the selected elements.
 * @returns the counters of the read, in the order of `statWords`; they are valid until the next read. Null if a plan is
 *   needed: a dimension has a list or a negative step, nothing is selected, the data is not in memory, or the file may
 *   have changed. Parts of `target` may be overwritten then.
 */
export function readBox(
  file: NativeHandle,
  { shape, elementBytes, dataOffset, dataBytes }: PlainArray,
  slab: Hyperslab,
  target: ArrayBufferView,
): ArrayLike<number> | null {
  const rank = slab.length;
  if (boxWords + rank * boxDimWords > words.length) return null;
  words[boxWord.dims] = rank;
  words[boxWord.elementBytes] = elementBytes;
  words[boxWord.dataOffset] = dataOffset;
  words[boxWord.dataBytes] = dataBytes;
  let at: number = boxWords;
  for (let d = 0; d < rank; d++) {
    const axis = slab[d];
    if (axis === undefined || axis.kind === 'list' || axis.step < 1) return null;
    words[at + boxDimWord.length] = shape[d] ?? 0;
    words[at + boxDimWord.start] = axis.start;
    words[at + boxDimWord.step] = axis.step;
    words[at + boxDimWord.count] = axis.count;
    at += boxDimWords;
  }
  const counters = sharedCounters();
  return binding().read_box(file, words, target, counters) ? counters : null;
}
