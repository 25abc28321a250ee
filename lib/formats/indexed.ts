/**
 * Describes files whose indexes can be saved: chunk indexes that are slow to search, and restart points of deflate
 * streams.
 * @module
 */
import type { Io } from '../io/io.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';

/** Returns the default path of the saved index of a file. */
export function savedIndexPath(path: string): string {
  return `${path}.ppidx`;
}

/** State of a file, which shows whether the file changed after its index was saved. */
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

/** A file whose chunk locations can be saved. */
export interface IndexedChunks {
  readonly kind: 'chunks';
  readonly path: string;
  readonly state: FileState;
  readonly datasets: readonly IndexedDataset[];
}

/** A deflate stream whose restart points can be saved. */
export interface IndexedStream {
  readonly name: string;
  /** Key of the stream in the saved index. */
  readonly key: string;
  /**
   * Creates the index, which decodes the stream. Returns the numbers that identify the stream, the number of pieces,
   * and the index as bytes. Null if the array is empty.
   */
  serialize(): Io<SerializedStream | null>;
}

/** The index of a stream as bytes. */
export interface SerializedStream {
  readonly stream: readonly (number | string)[];
  readonly pieces: number;
  readonly bytes: Uint8Array;
}

/** A file that contains arrays as deflate streams, whose restart points can be saved. */
export interface IndexedStreams {
  readonly kind: 'streams';
  readonly path: string;
  readonly state: FileState;
  readonly streams: readonly IndexedStream[];
}

/** A file whose indexes can be saved. */
export type IndexedFile = IndexedChunks | IndexedStreams;
