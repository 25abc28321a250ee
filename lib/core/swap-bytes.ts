/**
 * Changes the byte order of elements.
 * @module
 */

/** Reverses the bytes of each unit of 1, 2, 4 or 8 bytes. */
export function swapBytes(bytes: Uint8Array, unit: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (unit === 2) buffer.swap16();
  else if (unit === 4) buffer.swap32();
  else if (unit === 8) buffer.swap64();
}
