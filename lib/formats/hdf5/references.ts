/**
 * Reads the fields of references in elements and attributes: addresses, lengths and indices of heap objects.
 * @module
 */
import { undefinedAddress } from './cursor.js';

/** Returns a little-endian unsigned integer of `width` bytes. Inexact above 2^53. */
export function readUnsigned(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Returns an address of `width` bytes. An address of 2^53 or more becomes the undefined address. */
export function readAddress(bytes: Uint8Array, at: number, width: number): number {
  const value = readUnsigned(bytes, at, width);
  return value > Number.MAX_SAFE_INTEGER ? undefinedAddress : value;
}
