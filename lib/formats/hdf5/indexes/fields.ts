/**
 * Reads fields of index entries without a cursor, for speed: the index of a million chunks has millions of fields.
 * @module
 */
import { undefinedAddress } from '../cursor.js';

/** Reads an unsigned number of `width` bytes (1 to 8) at `at`. May be inexact above 2^53. */
export function readUint(view: DataView, at: number, width: number): number {
  if (width === 8) return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  if (width === 4) return view.getUint32(at, true);
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + view.getUint8(at + i);
  return value;
}

/** Reads an address of `width` bytes at `at`. Returns {@link undefinedAddress} if all its bits are set. */
export function readAddress(view: DataView, at: number, width: number): number {
  if (width === 8) {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    return low === 0xffffffff && high === 0xffffffff ? undefinedAddress : low + high * 2 ** 32;
  }
  const value = readUint(view, at, width);
  return value === 256 ** width - 1 ? undefinedAddress : value;
}
