/**
 * Parses the fill value messages, which contain the value that unwritten elements have.
 * Source: HDF5 File Format Specification 3.0, sections IV.A.2.e and f.
 * @module
 */
import type { Hdf5Cursor } from '../cursor.js';

/** Fill value message of a dataset. */
export interface FillMessage {
  /** Time at which the HDF5 library writes the fill value into new storage. */
  readonly time: 'allocation' | 'never' | 'if-set';
  /** Bytes of one element in the file's datatype; null if the value is undefined or the default (zeros). */
  readonly value: Uint8Array | null;
}

const times = ['allocation', 'never', 'if-set'] as const;

function fillTime(cursor: Hdf5Cursor, code: number): FillMessage['time'] {
  const time = times[code];
  if (time === undefined) throw cursor.error(`expected a fill time of 0 to 2, found ${code}`);
  return time;
}

/** Parses the fill value in a message body of type 5. */
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

/** Parses the fill value in a message body of type 4, the only fill value message of libraries before version 1.6. */
export function parseOldFill(cursor: Hdf5Cursor): FillMessage {
  return { time: 'if-set', value: sized(cursor) };
}

function sized(cursor: Hdf5Cursor): Uint8Array | null {
  const size = cursor.u32();
  // A size of -1 means an undefined value.
  return size === 0 || size === 0xffffffff ? null : cursor.take(size);
}
