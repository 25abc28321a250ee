/**
 * Encodes and parses a saved index: a file next to the HDF5 file with the locations of the chunks of its datasets. See
 * docs/formats/saved-index.md.
 *
 * The file starts with the magic `PPARIDX1` and a {@link SavedHeader} (see saved-header.ts). Blocks of
 * {@link chunksPerBlock} records follow. Each block ends with a checksum.
 * @module
 */
import { isRecord } from '../../../core/validate.js';
import { crc32c } from '../../crc32c.js';
import type { FileState } from '../../indexed.js';
import { encodeStart, isCount } from '../../saved-header.js';
import { encodeAbsent, recordBytes } from './records.js';

export const magic = 'PPARIDX1';
export const chunksPerBlock = 256;
export const blockBytes = chunksPerBlock * recordBytes + 4;

/** One dataset in a saved index. */
export interface SavedArray {
  readonly name: string;
  /** Number of chunks per dimension. */
  readonly grid: readonly number[];
  /** Offset of the array's blocks from the end of the header, in bytes. */
  readonly offset: number;
}

export interface SavedHeader {
  readonly version: 1;
  readonly file: FileState;
  /** Saved arrays, keyed by the address of the dataset's object header. */
  readonly arrays: Readonly<Record<string, SavedArray>>;
}

/** Returns the number of chunks of a grid. */
export function chunksOf(grid: readonly number[]): number {
  return grid.reduce((count, extent) => count * extent, 1);
}

/** Returns the size of the blocks of a grid in bytes. */
export function bytesOf(grid: readonly number[]): number {
  return Math.ceil(chunksOf(grid) / chunksPerBlock) * blockBytes;
}

/**
 * Returns the checksum of a block that begins `at` bytes after the header. The checksum also covers `at` and the
 * checksum of the header (`header`). So if another program replaces the index after its header was read, blocks of the
 * new index fail the check.
 */
function sealOf(block: Uint8Array, header: number, at: number): number {
  return (crc32c(block.subarray(0, blockBytes - 4)) ^ header ^ at ^ Math.floor(at / 2 ** 32)) >>> 0;
}

/**
 * Builds a block from records and their checksum ({@link sealOf}). Fills up the block with records of absent chunks.
 */
export function sealBlock(records: Uint8Array, header: number, begin: number): Uint8Array {
  const block = new Uint8Array(blockBytes);
  block.set(records);
  encodeAbsent(block.subarray(0, blockBytes - 4), records.length / recordBytes);
  const view = new DataView(block.buffer);
  view.setUint32(blockBytes - 4, sealOf(block, header, begin), true);
  return block;
}

/** True if `block` is the block of this index that begins `begin` bytes after the header. */
export function isSealed(block: Uint8Array, header: number, begin: number): boolean {
  if (block.length !== blockBytes) return false;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  return view.getUint32(blockBytes - 4, true) === sealOf(block, header, begin);
}

/** Returns all bytes before the blocks. */
export function encodeHeader({ version, file, arrays }: SavedHeader): Uint8Array {
  // An HDF5 file is identified by the checksum of its superblock.
  const { size, mtimeMs, identity: superblock } = file;
  return encodeStart(magic, { version, file: { size, mtimeMs, superblock }, arrays });
}

/**
 * Checks the header. Returns null if it is invalid, or if its blocks do not fit into the `bytesAfter` bytes after it.
 */
export function parseHeader(value: Readonly<Record<string, unknown>>, bytesAfter: number): SavedHeader | null {
  if (!isRecord(value['file']) || !isRecord(value['arrays'])) return null;
  const { size, mtimeMs, superblock } = value['file'];
  if (!isCount(size) || typeof mtimeMs !== 'number' || !isCount(superblock)) return null;
  const arrays: Record<string, SavedArray> = Object.create(null);
  for (const [key, array] of Object.entries(value['arrays'])) {
    if (!isRecord(array)) return null;
    const { name, grid, offset } = array;
    if (typeof name !== 'string' || !isCount(offset) || !Array.isArray(grid) || !grid.every(isCount)) return null;
    if (!(offset + bytesOf(grid) <= bytesAfter)) return null;
    arrays[key] = { name, grid, offset };
  }
  return { version: 1, file: { size, mtimeMs, identity: superblock }, arrays };
}
