/**
 * Reads the superblock, which contains the widths of addresses and lengths and the address of the root group.
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { type Io, readRanges } from '../../io/io.js';
import type { Probe } from '../format.js';
import { Hdf5Cursor, undefinedAddress } from './cursor.js';
import type { Superblock } from './file.js';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const firstUserBlock = 512;
/** Number of bytes to read. This is more than any superblock has. */
const longest = 160;
/** Name of the feature in errors about files with a driver info message or block. */
export const ofSeveralFiles = 'HDF5 family or multi file driver';
const defaultK = { groupLeaf: 4, groupInternal: 16, chunk: 32 };

function isSignature(bytes: Uint8Array, at: number): boolean {
  return signature.every((byte, i) => bytes[at + i] === byte);
}

/**
 * Returns the file offset of the superblock: 0, or the size of a user block of 512, 1024, 2048, ... bytes. Returns null
 * if the file is not HDF5. Source: HDF5 File Format Specification 3.0, section II.A.
 */
export function* findSuperblock(probe: Probe): Io<number | null> {
  if (probe.kind !== 'file') return null;
  const far: { offset: number; length: number }[] = [];
  for (let at = 0; at + signature.length <= probe.size; at = at === 0 ? firstUserBlock : at * 2) {
    if (at + signature.length > probe.head.length) far.push({ offset: at, length: signature.length });
    else if (isSignature(probe.head, at)) return at;
  }
  const found = yield* readRanges(probe.path, far);
  const first = found.findIndex((bytes) => isSignature(bytes, 0));
  return far[first]?.offset ?? null;
}

function* superblockBytes(probe: Probe, base: number): Io<Uint8Array> {
  if (base + longest <= probe.head.length) return probe.head.subarray(base, base + longest);
  const [bytes] = yield* readRanges(probe.path, [{ offset: base, length: Math.min(longest, probe.size - base) }]);
  return bytes ?? new Uint8Array(0);
}

/**
 * Reads the superblock at `base`. If there is a superblock extension, the caller must call {@link checkEnd} after
 * reading it, because the extension tells whether the stored end is the end of this file.
 * @throws {FormatError} if the superblock is damaged or the file is truncated.
 * @throws {UnsupportedError} if a program has the file open for writing, or the file is part of a family.
 */
export function* readSuperblock(probe: Probe, base: number): Io<Superblock> {
  const bytes = yield* superblockBytes(probe, base);
  const preview = new Hdf5Cursor(bytes, probe.path, base, 'superblock', { offsetSize: 8, lengthSize: 8 });
  preview.skip(signature.length);
  const version = preview.version(0, 3);
  if (version < 2) preview.skip(4);
  const offsetSize = width(preview);
  const lengthSize = width(preview);
  const cursor = new Hdf5Cursor(bytes, probe.path, base, 'superblock', { offsetSize, lengthSize });
  cursor.position = preview.position;
  return version < 2 ? oldSuperblock(cursor, version, base, probe) : newSuperblock(cursor, version, base, probe);
}

function width(cursor: Hdf5Cursor): number {
  const value = cursor.u8();
  if (value === 2 || value === 4 || value === 8) return value;
  if (value === 16 || value === 32)
    throw new UnsupportedError(`HDF5 addresses or lengths of ${value} bytes`, cursor.path);
  throw cursor.error(`expected an address or length size of 2, 4 or 8 bytes, found ${value}`, cursor.position - 1);
}

function oldSuperblock(cursor: Hdf5Cursor, version: number, base: number, probe: Probe): Superblock {
  cursor.skip(1);
  const groupLeafK = positive(cursor);
  const groupInternalK = positive(cursor);
  cursor.skip(4);
  const chunkK = version === 1 ? positive(cursor) : defaultK.chunk;
  if (version === 1) cursor.skip(2);
  cursor.address(); // Skips the base address. Like the HDF5 library, uses the offset at which the superblock was found.
  cursor.address(); // Free space.
  const end = cursor.address();
  // Must come before the check of the end: with several files, the stored end is the end of all files together.
  if (cursor.address() !== undefinedAddress) throw new UnsupportedError(ofSeveralFiles, probe.path);
  checkEnd(end, base, probe);
  cursor.length(); // The root's link name.
  const root = cursor.address();
  const { offsetSize, lengthSize } = cursor.sizes;
  const extension = undefinedAddress;
  return { version, base, offsetSize, lengthSize, groupLeafK, groupInternalK, chunkK, root, extension, end };
}

function newSuperblock(cursor: Hdf5Cursor, version: number, base: number, probe: Probe): Superblock {
  const flags = cursor.u8();
  cursor.address(); // Skips the base address, as in oldSuperblock().
  const extension = cursor.address();
  const end = cursor.address();
  const root = cursor.address();
  cursor.checksum();
  if (version >= 3 && (flags & 5) !== 0) {
    const how = (flags & 4) === 0 ? 'writing' : 'single-writer/multiple-reader (SWMR) writing';
    throw new UnsupportedError(
      `an HDF5 file that is open for ${how}`,
      probe.path,
      'Close it in the program that writes it; if that crashed, h5clear -s removes the mark',
    );
  }
  if (extension === undefinedAddress) checkEnd(end, base, probe);
  const { offsetSize, lengthSize } = cursor.sizes;
  const { groupLeaf: groupLeafK, groupInternal: groupInternalK, chunk: chunkK } = defaultK;
  return { version, base, offsetSize, lengthSize, groupLeafK, groupInternalK, chunkK, root, extension, end };
}

function positive(cursor: Hdf5Cursor): number {
  const value = cursor.u16();
  if (value === 0) throw cursor.error('expected a B-tree rank above 0, found 0', cursor.position - 2);
  return value;
}

/**
 * Compares the stored end of the file with its size.
 * @throws {FormatError} if the file is shorter.
 */
export function checkEnd(end: number, base: number, probe: Probe): void {
  if (end === undefinedAddress || end <= probe.size) return;
  throw new FormatError(`HDF5 superblock: truncated file: expected ${end} bytes, found ${probe.size}`, {
    path: probe.path,
    offset: base,
  });
}
