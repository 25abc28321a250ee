/**
 * The external file list: a contiguous dataset whose bytes lie in other files, without any structure.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.h.
 * @module
 */
import type { Io } from '../../../io/io.js';
import type { Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { LocalHeap } from '../heaps/local-heap.js';

/** A part of the dataset's bytes; the parts follow each other. */
export interface ExternalPart {
  /** The name as the file has it. */
  readonly name: string;
  /** Offset of the part in the external file. */
  readonly offset: number;
  /** Bytes of the part; Infinity for one that takes all the rest. */
  readonly size: number;
}

/** The parts in a message body. */
export function* parseExternalFiles(file: Hdf5File, cursor: Hdf5Cursor): Io<readonly ExternalPart[]> {
  cursor.version(1);
  cursor.skip(3);
  cursor.skip(2);
  const count = cursor.u16();
  const heap = yield* LocalHeap.open(file, cursor.address());
  return Array.from({ length: count }, () => {
    const name = heap.text(cursor.length());
    if (name === '') throw cursor.error('expected a name of an external file');
    return { name, offset: cursor.length(), size: cursor.extent() };
  });
}
