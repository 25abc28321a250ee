/**
 * Describes files whose chunk indexes can be saved, in formats whose indexes are slow to search.
 * @module
 */
import type { Io } from '../io/io.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';

/** State of a file when its index was saved. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  /** Checksum of the bytes that identify the file to its format. */
  readonly identity: number;
}

/** A dataset with a chunk index that can be saved next to the file. */
export interface IndexedDataset {
  readonly name: string;
  /** Key of the dataset in the saved index. */
  readonly key: string;
  /** Number of chunks in each dimension. */
  readonly grid: readonly number[];
  locate(box: ChunkBox): Io<ChunkLocations>;
}

/** A file whose indexes can be saved. */
export interface IndexedFile {
  readonly path: string;
  readonly state: FileState;
  readonly datasets: readonly IndexedDataset[];
}
