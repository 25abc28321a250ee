/**
 * Files whose chunk indexes can be saved, for formats whose indexes must be walked.
 * @module
 */
import type { Io } from '../io/io.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';

/** What a file was when its index was saved. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  /** Checksum of the bytes that identify the file to its format. */
  readonly identity: number;
}

/** A dataset whose chunks are found by walking an index that may be saved next to the file. */
export interface IndexedDataset {
  readonly name: string;
  /** By what the saved index names it. */
  readonly key: string;
  /** Extents of the chunk grid. */
  readonly grid: readonly number[];
  locate(box: ChunkBox): Io<ChunkLocations>;
}

/** A file whose indexes can be saved. */
export interface IndexedFile {
  readonly path: string;
  readonly state: FileState;
  readonly datasets: readonly IndexedDataset[];
}
