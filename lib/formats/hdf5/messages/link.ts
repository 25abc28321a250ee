/**
 * Parses link messages, which are the entries of a group in newer files.
 * Source: HDF5 File Format Specification 3.0, sections IV.A.2.c and g.
 * @module
 */
import { decodeText, type Hdf5Cursor, undefinedAddress } from '../cursor.js';

/** Target of a link. */
export type LinkTarget =
  | { readonly kind: 'hard'; readonly address: number }
  | { readonly kind: 'soft'; readonly path: string }
  | { readonly kind: 'external'; readonly file: string; readonly path: string }
  | { readonly kind: 'user-defined'; readonly type: number };

/** One entry of a group. */
export interface Link {
  readonly name: string;
  readonly target: LinkTarget;
}

/** Addresses of the fractal heap and the name index that contain a group's links. */
export interface DenseLinks {
  readonly heap: number;
  readonly nameIndex: number;
}

const externalType = 64;

/** Parses the link in a message body or in an object of a group's fractal heap. */
export function parseLink(cursor: Hdf5Cursor): Link {
  cursor.version(1);
  const flags = cursor.u8();
  const type = (flags & 8) === 0 ? 0 : cursor.u8();
  if ((flags & 4) !== 0) cursor.skip(8);
  if ((flags & 0x10) !== 0) cursor.skip(1);
  const nameLength = cursor.uint(1 << (flags & 3));
  if (nameLength === 0) throw cursor.error('expected a name of a link');
  const name = decodeText(cursor.take(nameLength));
  return { name, target: target(cursor, type) };
}

function target(cursor: Hdf5Cursor, type: number): LinkTarget {
  if (type === 0) return { kind: 'hard', address: cursor.address() };
  const value = cursor.take(cursor.u16());
  if (type === 1) return { kind: 'soft', path: decodeText(untilNul(value)) };
  if (type !== externalType) return { kind: 'user-defined', type };
  const file = untilNul(value.subarray(1));
  const path = untilNul(value.subarray(2 + file.length));
  return { kind: 'external', file: decodeText(file), path: decodeText(path) };
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
}

/**
 * Returns the dense storage that a link info message points to; null if the group keeps its links as messages of its
 * object header.
 */
export function parseLinkInfo(cursor: Hdf5Cursor): DenseLinks | null {
  cursor.version(0);
  const flags = cursor.u8();
  if ((flags & 1) !== 0) cursor.skip(8);
  const heap = cursor.address();
  const nameIndex = cursor.address();
  return heap === undefinedAddress || nameIndex === undefinedAddress ? null : { heap, nameIndex };
}
