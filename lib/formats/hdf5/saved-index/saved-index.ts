/**
 * Reads chunk locations from a saved index next to the file, which saves reading the file's own index. An index that is
 * outdated, damaged or belongs to another file is ignored with a warning.
 * @module
 */
import { checkpoint } from '../../../core/checkpoint.js';
import { isPosixParError } from '../../../core/errors.js';
import { type Io, readRanges, statPath } from '../../../io/io.js';
import type { ChunkBox, TableLocations } from '../../../plan/locations.js';
import { crc32c } from '../../crc32c.js';
import type { FileState } from '../../indexed.js';
import { isUnchanged, readStart, type SavedStart, warnUnused } from '../../saved-header.js';
import { chunkNumbers } from '../indexes/chunk-numbers.js';
import { blockBytes, chunksPerBlock, isSealed, magic, parseHeader, type SavedHeader } from './layout.js';
import { decodeRecord, type Places } from './records.js';

/** The file that a saved index describes. */
export interface IndexedSource {
  readonly path: string;
  readonly size: number;
  readonly superblock: {
    /** Offset of address 0 in the file. */
    readonly base: number;
  };
}

/**
 * Maximum number of superblock bytes that the checksum covers. Only superblocks of version 1 may be longer (100 bytes).
 */
const superblockBytes = 96;
/**
 * Maximum number of chunks in a box. For larger boxes, `locate` returns null, so that the caller uses the file's own
 * index, which throws an error about the number of chunks.
 */
const mostChunks = 2 ** 26;
/** Maximum number of blocks per request (8 MiB). */
const batchBlocks = 2048;
/** Number of blocks to check and decode between two checkpoints. */
const blocksPerCheckpoint = 64;

/** Returns the current state of `file`, or null if it no longer exists. */
export function* fileState(file: IndexedSource): Io<FileState | null> {
  const info = yield* statPath(file.path);
  if (info === null) return null;
  const offset = file.superblock.base;
  const [bytes] = yield* readRanges(file.path, [{ offset, length: Math.min(superblockBytes, info.size - offset) }]);
  return { size: info.size, mtimeMs: info.mtimeMs, identity: crc32c(bytes ?? new Uint8Array(0)) };
}

/** An open saved index. */
export class SavedIndex {
  readonly path: string;
  readonly #file: IndexedSource;
  readonly #header: SavedHeader;
  readonly #blocksAt: number;
  readonly #headerSum: number;
  #damaged = false;

  private constructor(path: string, file: IndexedSource, header: SavedHeader, blocksAt: number, sum: number) {
    this.path = path;
    this.#file = file;
    this.#header = header;
    this.#blocksAt = blocksAt;
    this.#headerSum = sum;
  }

  /**
   * Opens the saved index at `path`. Returns null if there is none. Warns and returns null if it cannot be read, is
   * damaged, or does not match the current state of `file`.
   */
  static *find(file: IndexedSource, path: string): Io<SavedIndex | null> {
    let start: SavedStart | null;
    let size: number;
    try {
      const info = yield* statPath(path);
      if (info === null) return null;
      size = info.size;
      start = yield* readStart(path, magic);
    } catch (error) {
      if (!isPosixParError(error, 'ReadError')) throw error;
      warnUnused(path, error.message);
      return null;
    }
    const header = start === null ? null : parseHeader(start.value, size - start.bytesBefore);
    if (start === null || header === null) {
      warnUnused(path, 'it is damaged or of another version');
      return null;
    }
    const now = yield* fileState(file);
    if (!isUnchanged(now, header.file)) {
      warnUnused(path, 'the file was modified since it was saved');
      return null;
    }
    return new SavedIndex(path, file, header, start.bytesBefore, start.checksum);
  }

  /**
   * Locates the chunks of `box`.
   * @param address address of the dataset's object header. @param grid number of chunks per dimension.
   * @returns null if this index cannot answer: it has no entry for the dataset with this grid, the box has too many
   * chunks, or the index is damaged.
   */
  *locate(address: number, grid: readonly number[], box: ChunkBox): Io<TableLocations | null> {
    const saved = this.#header.arrays[String(address)];
    if (this.#damaged || saved === undefined) return null;
    if (saved.grid.length !== grid.length || saved.grid.some((extent, d) => extent !== grid[d])) return null;
    if (box.reduce((count, list) => count * list.length, 1) > mostChunks) return null;
    const wanted = yield* chunkNumbers(box, grid);
    const places: Places = {
      offsets: new Float64Array(wanted.length),
      lengths: new Float64Array(wanted.length),
      filterMasks: new Uint32Array(wanted.length),
    };
    const { offsets, lengths } = places;
    for (let i = 0; i < wanted.length; ) {
      const blocks = nextBlocks(wanted, i);
      const ranges = blocks.map((block) => ({
        offset: this.#blocksAt + saved.offset + block * blockBytes,
        length: blockBytes,
      }));
      const read = yield* readRanges(this.path, ranges);
      for (const [b, block] of blocks.entries()) {
        if (b % blocksPerCheckpoint === blocksPerCheckpoint - 1) yield checkpoint;
        const bytes = read[b];
        const begin = saved.offset + block * blockBytes;
        if (bytes === undefined || !isSealed(bytes, this.#headerSum, begin)) return this.#giveUp();
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const end = (block + 1) * chunksPerBlock;
        for (; i < wanted.length && (wanted[i] ?? 0) < end; i++) {
          decodeRecord(view, (wanted[i] ?? 0) - block * chunksPerBlock, places, i);
          if (!this.#isPlace(offsets[i] ?? 0, lengths[i] ?? 0)) return this.#giveUp();
        }
      }
    }
    const filterMasks = places.filterMasks.some((mask) => mask !== 0) ? places.filterMasks : null;
    return { kind: 'table', files: [this.#file.path], fileIndex: null, offsets, lengths, filterMasks };
  }

  #isPlace(offset: number, length: number): boolean {
    return offset === -1 || (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= this.#file.size);
  }

  #giveUp(): null {
    this.#damaged = true;
    warnUnused(this.path, 'it is damaged');
    return null;
  }
}

/** Returns the blocks that contain the chunk numbers from index `from` on, at most {@link batchBlocks}. */
function nextBlocks(numbers: Float64Array, from: number): number[] {
  const blocks: number[] = [];
  for (let i = from; i < numbers.length; i++) {
    const block = Math.floor((numbers[i] ?? 0) / chunksPerBlock);
    if (blocks.at(-1) === block) continue;
    if (blocks.length === batchBlocks) break;
    blocks.push(block);
  }
  return blocks;
}
