/**
 * Parses the attribute message: a name, a datatype, a dataspace and the bytes of the value.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.m.
 * @module
 */
import type { Io } from '../../../io/io.js';
import type { Datatype } from '../../hdf5-facts.js';
import { decodeText, type Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { messageTypes } from '../object-header.js';
import { type Dataspace, parseDataspace } from './dataspace.js';
import { parseDatatype } from './datatype.js';
import { sharedBody } from './shared.js';

/** An attribute whose value is not decoded yet. */
export interface RawAttribute {
  readonly name: string;
  readonly type: Datatype;
  readonly space: Dataspace;
  readonly data: Uint8Array;
}

/** Parses only the name in a message body. It is often readable even if the rest of the message is damaged. */
export function attributeName(cursor: Hdf5Cursor): string {
  const version = cursor.version(1, 3);
  cursor.skip(1);
  const nameLength = cursor.u16();
  cursor.skip(version === 3 ? 5 : 4);
  return name(cursor.take(nameLength));
}

function name(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/** Parses the attribute in a message body. */
export function* parseAttribute(file: Hdf5File, cursor: Hdf5Cursor): Io<RawAttribute> {
  const version = cursor.version(1, 3);
  const flags = cursor.u8();
  const nameLength = cursor.u16();
  const typeLength = cursor.u16();
  const spaceLength = cursor.u16();
  if (version === 3) cursor.skip(1);
  const part = (length: number): Hdf5Cursor => {
    const offset = cursor.offset;
    const bytes = cursor.take(length);
    if (version === 1) cursor.skip((8 - (length % 8)) % 8);
    return file.cursor(bytes, offset, cursor.what);
  };
  const text = name(part(nameLength).bytes);
  const typePart = part(typeLength);
  const spacePart = part(spaceLength);
  const data = cursor.bytes.subarray(cursor.position);
  const shared = version === 1 ? 0 : flags;
  const typeBody = (shared & 1) === 0 ? typePart : yield* sharedBody(file, typePart, messageTypes.datatype);
  const spaceBody = (shared & 2) === 0 ? spacePart : yield* sharedBody(file, spacePart, messageTypes.dataspace);
  return { name: text, type: parseDatatype(typeBody), space: parseDataspace(spaceBody), data };
}
