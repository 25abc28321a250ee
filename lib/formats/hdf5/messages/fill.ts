/**
 * The fill value messages: what an element reads as that was never written.
 * Source: HDF5 File Format Specification 3.0, sections IV.A.2.e and f.
 * @module
 */
import type { Hdf5Cursor } from '../cursor.js';

/** Fill value message of a dataset: defines the value of unwritten elements. */
export interface FillMessage {
  /** When the library writes the value into new storage. */
  readonly time: 'allocation' | 'never' | 'if-set';
  /** The value as one element in the file's datatype, or null for the default (zeros) and for undefined ones. */
  readonly value: Uint8Array | null;
}

const times = ['allocation', 'never', 'if-set'] as const;

function fillTime(cursor: Hdf5Cursor, code: number): FillMessage['time'] {
  const time = times[code];
  if (time === undefined) throw cursor.error(`expected a fill time of 0 to 2, found ${code}`);
  return time;
}

/** The fill value in a message body of type 5. */
export function parseFill(cursor: Hdf5Cursor): FillMessage {
  const version = cursor.version(1, 3);
  if (version === 3) {
    const flags = cursor.u8();
    const time = fillTime(cursor, (flags >> 2) & 3);
    return { time, value: (flags & 0x20) === 0 ? null : sized(cursor) };
  }
  cursor.skip(1);
  const time = fillTime(cursor, cursor.u8());
  const defined = cursor.u8() !== 0;
  return { time, value: defined ? sized(cursor) : null };
}

/** The fill value in a message body of type 4, of files written before version 1.6. */
export function parseOldFill(cursor: Hdf5Cursor): FillMessage {
  return { time: 'if-set', value: sized(cursor) };
}

function sized(cursor: Hdf5Cursor): Uint8Array | null {
  const size = cursor.u32();
  // A size of -1 stands for an undefined value.
  return size === 0 || size === 0xffffffff ? null : cursor.take(size);
}
