/**
 * Parses the filter pipeline message, which lists the filters of a dataset's chunks.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.l.
 * @module
 */
import type { FilterInfo } from '../../hdf5-facts.js';
import { decodeText, type Hdf5Cursor } from '../cursor.js';

const maxFilters = 32;
/** Filters with lower ids belong to the HDF5 library and have no name in version 2 of the message. */
const firstNamed = 256;

const optionalFlag = 1;

/** Parses the filters in a message body, in the order in which the writer applied them. */
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
