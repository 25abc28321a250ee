/**
 * The filter pipeline message: which filters chunks went through.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.l.
 * @module
 */
import { decodeText, type Hdf5Cursor } from '../cursor.js';

/** One filter as the file names it. */
export interface FilterInfo {
  readonly id: number;
  /** The name in the file, or ''. */
  readonly name: string;
  /** True if the writer may skip this filter when it fails; the chunk's filter mask records skipped filters. */
  readonly isOptional: boolean;
  /** The client data: the filter's parameters. */
  readonly values: readonly number[];
}

const maxFilters = 32;
/** Ids below this one are the library's own, without a name in version 2. */
const firstNamed = 256;

const optionalFlag = 1;

/** The filters in a message body, in the order in which they were applied when writing. */
export function parsePipeline(cursor: Hdf5Cursor): readonly FilterInfo[] {
  const version = cursor.version(1, 2);
  const count = cursor.u8();
  if (count > maxFilters) throw cursor.error(`expected at most ${maxFilters} filters, found ${count}`, 1);
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => filter(cursor, version));
}

function filter(cursor: Hdf5Cursor, version: number): FilterInfo {
  const id = cursor.u16();
  const nameLength = version === 1 || id >= firstNamed ? cursor.u16() : 0;
  const isOptional = (cursor.u16() & optionalFlag) !== 0;
  const valueCount = cursor.u16();
  const nameBytes = cursor.take(nameLength);
  const nul = nameBytes.indexOf(0);
  const name = decodeText(nul < 0 ? nameBytes : nameBytes.subarray(0, nul));
  if (4 * valueCount > cursor.remaining) throw cursor.error(`expected ${valueCount} parameters of filter ${id}`);
  const values = Array.from({ length: valueCount }, () => cursor.u32());
  if (version === 1 && valueCount % 2 === 1 && cursor.remaining >= 4) cursor.skip(4);
  return { id, name, isOptional, values };
}
