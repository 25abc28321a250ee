/**
 * Defines the interface of a format. Formats parse metadata. They request bytes and the decoding of streams from a
 * driver (io/io.ts), and never submit reads themselves.
 * @module
 */
import type { PathPolicy } from '../core/external-files.js';
import type { Io } from '../io/io.js';
import type { ArrayDescriptor } from './descriptor.js';
import type { GroupDescriptor } from './group.js';
import type { IndexedFile } from './indexed.js';
import type { NewArray, NewLayout } from './new-array.js';

export type { ChunkGrid, MemoryLayout } from '../plan/layout.js';
export type {
  AbsentLocations,
  ChunkBox,
  ChunkLocations,
  TableLocations,
  TemplateLocations,
} from '../plan/locations.js';
export type {
  ArrayDescriptor,
  ChunkIndex,
  ChunkLayout,
  DocumentFile,
  DomainBounds,
  Layer,
  ResizedArray,
  Scaling,
} from './descriptor.js';

/** First information about a path, by which formats recognise it. */
export interface Probe {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** First bytes of a file (up to 4 KiB); empty for a directory. */
  readonly head: Uint8Array;
  readonly size: number;
  /** Resolves file names that this file contains, and decides whether the named files may be opened. */
  readonly policy: PathPolicy;
}

/** The caller's request to open an array or group. */
export interface OpenRequest {
  /** Name of the array, in files and stores with several arrays; null if the caller gives none. */
  readonly array: string | null;
  /** Options of the format (such as dtype and shape of raw), which the format validates. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Recognises the files of a format, and parses their metadata into descriptors. registry.ts lists all formats. */
export interface Format {
  readonly name: string;
  /** True if the path has this format, judged by its first bytes, its name or the files in it or next to it. */
  recognize(probe: Probe): Io<boolean>;
  /**
   * Returns the descriptor of one array.
   * @throws {FormatError} if the file is damaged. @throws {UnsupportedError} if it uses an unsupported feature.
   * @throws {ChoiceError} if there is no such array, if there are several and the request names none, or if options do
   *   not fit.
   */
  open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor>;
  /**
   * Returns the descriptor of the group `request.array` (null or '' is the root). Absent in formats whose files have
   * one array.
   * @throws {FormatError} if the file is damaged. @throws {ChoiceError} if there is no such group.
   */
  openGroup?(probe: Probe, request: OpenRequest): Io<GroupDescriptor>;
  /**
   * Files that a caller may open as this format although it does not recognise them: any file, or files of the listed
   * formats. If such a file cannot be parsed, the error is about the file and not about the choice of format. Absent if
   * there are none.
   */
  readonly opensUnrecognized?: 'anything' | readonly string[];
  /**
   * Returns the datasets or deflate streams whose indexes can be saved. Absent in formats that have no indexes to save.
   */
  indexed?(probe: Probe): Io<IndexedFile>;
  /**
   * Returns the files to create for a new array. Absent in formats that cannot be written.
   * @throws {TypeError} naming an option that is invalid.
   */
  create?(array: NewArray): NewLayout;
  /** Kind of the targets that `create` describes. Absent in formats that cannot be written. */
  readonly targetKind?: NewLayout['kind'];
  /** Extension of file names by which `createArray` chooses the format, such as `.npy`. */
  readonly extension?: string;
}
