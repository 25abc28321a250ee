/**
 * Parses the external file list of a contiguous dataset. The external files contain raw bytes of the dataset, without
 * HDF5 structures. Source: HDF5 File Format Specification 3.0, section IV.A.2.h.
 * @module
 */
import type { Io } from '../../../io/io.js';
import type { Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { LocalHeap } from '../heaps/local-heap.js';

/** Part of the dataset's bytes. The parts follow each other in the dataset. */
export interface ExternalPart {
  /** File name as written in the HDF5 file. */
  readonly name: string;
  /** Offset of the part in the external file. */
  readonly offset: number;
  /** Size of the part in bytes; Infinity if it contains the rest of the dataset. */
  readonly size: number;
}

/** Parses the parts in a message body. */
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
