/**
 * Results of reads of records.
 * @module
 */
import type { DType, TypedArray } from '../core/dtype.js';
import type { ReadStats } from '../exec/stats.js';
import type { SequenceValues } from './sequence-result.js';

/** Values of a field of numbers. */
export interface NumberField {
  /** Type of the values. */
  readonly dtype: DType;
  /** Shape of the selection, then the dimensions of the field. */
  readonly shape: readonly number[];
  /** Values in C order. Complex numbers have two entries. */
  readonly data: TypedArray;
}

/** Values of a field of text. */
export interface TextField {
  /** Distinguishes texts from numbers. */
  readonly dtype: 'text';
  /** Shape of the selection, then the dimensions of the field. */
  readonly shape: readonly number[];
  /** Texts in C order, without padding. */
  readonly data: readonly string[];
}

/** Values of a field of sequences of numbers. */
export interface SequenceField {
  /** Distinguishes sequences from numbers. */
  readonly dtype: 'sequence';
  /** Shape of the selection, then the dimensions of the field. */
  readonly shape: readonly number[];
  /** Sequences in C order. */
  readonly data: SequenceValues;
}

/** Result of a read of records. */
export interface RecordResult {
  /** Values by the name of the field, in the order of the option `fields`, or else of the record. */
  readonly fields: ReadonlyMap<string, NumberField | TextField | SequenceField>;
  /** Shape of the selection. A dimension that was selected by an integer is dropped. */
  readonly shape: readonly number[];
  /** Statistics of the reads of all fields together. */
  readonly stats: ReadStats;
}
