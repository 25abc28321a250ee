/**
 * Results of reads of sequences.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type DataFor, type DType, dtypeInfo, viewOver } from '../core/dtype.js';
import type { ReadStats } from '../exec/stats.js';
import type { SequenceBytes, Sequences } from '../formats/descriptor.js';

/**
 * Sequences of any length, one after the other. Sequence `i` is `values.subarray(offsets[i], offsets[i + 1])`. An item
 * of a sequence is a number, or an array of numbers of the shape `itemShape`.
 */
export interface SequenceValues<D extends DType = DType> {
  /** Type of the numbers. */
  readonly dtype: D;
  /** Shape of an item; empty if an item is one number. */
  readonly itemShape: readonly number[];
  /** Start of each sequence in `values`, and the end of the last one: one more entry than there are sequences. */
  readonly offsets: Float64Array;
  /** Numbers of all sequences; the numbers of an item are in C order. Complex numbers have two entries. */
  readonly values: DataFor<D>;
}

/** Result of a read of sequences. */
export interface SequenceResult<D extends DType = DType> extends SequenceValues<D> {
  /** Shape of the selection. A dimension that was selected by an integer is dropped. */
  readonly shape: readonly number[];
  /** Statistics of the read of the stored elements. */
  readonly stats: ReadStats;
}

/** Returns the numbers of `bytes` as a typed array. Changes and keeps the memory of the argument. */
export function* toValues<D extends DType>(
  { offsets, bytes }: SequenceBytes,
  { dtype: name, itemShape }: Pick<Sequences, 'dtype' | 'itemShape'>,
): Sliced<SequenceValues<D>> {
  const dtype = name as D;
  const info = dtypeInfo(dtype);
  const values = viewOver(info, bytes.buffer, bytes.length / info.size) as DataFor<D>;
  const { BYTES_PER_ELEMENT: entryBytes } = values;
  for (let i = 0; i < offsets.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    offsets[i] = (offsets[i] ?? 0) / entryBytes;
  }
  return { dtype, itemShape, offsets, values };
}
