/**
 * The interface of a format. Formats parse; they never decode data and never submit reads.
 * @module
 */
import type { PathPolicy } from '../core/external-files.js';
import type { Io } from '../io/io.js';
import type { ArrayDescriptor } from './descriptor.js';
import type { GroupDescriptor } from './group.js';
import type { IndexedFile } from './indexed.js';

export type { ChunkGrid, MemoryLayout } from '../plan/layout.js';
export type {
  AbsentLocations,
  ChunkBox,
  ChunkLocations,
  TableLocations,
  TemplateLocations,
} from '../plan/locations.js';
export type { ArrayDescriptor, ChunkIndex, ChunkLayout, DomainBounds, Layer, Scaling } from './descriptor.js';

/** What a format's recogniser gets to look at. */
export interface Probe {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** The first bytes of a file (up to 4 KiB; empty for a directory). */
  readonly head: Uint8Array;
  readonly size: number;
  /** Decides about the names that the file gives of other files. */
  readonly policy: PathPolicy;
}

/** What the caller may say about an array that is to be opened. */
export interface OpenRequest {
  /** Which array of a file or store that holds several. */
  readonly array: string | null;
  /** Options of a format by their own names (raw's dtype, shape, ...); validated by the format. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A format: recognises its files and describes their arrays. One line in the registry. */
export interface Format {
  readonly name: string;
  /** Whether the bytes (or, where the format has no magic, the name) say that this is a file of the format. */
  recognize(probe: Probe): Io<boolean>;
  /**
   * The description of one array.
   * @throws {FormatError} when the file is damaged. @throws {UnsupportedError} when it holds what is not read.
   * @throws {ChoiceError} when it has no such array, or several and none is named, or options do not fit it.
   */
  open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor>;
  /**
   * The group `request.array` (null or '' is the root); absent in formats whose files hold one array.
   * @throws {FormatError} when the file is damaged. @throws {ChoiceError} when it holds no such group.
   */
  openGroup?(probe: Probe, request: OpenRequest): Io<GroupDescriptor>;
  /**
   * What a caller may open as this format although it does not recognise it: anything, or files that look like the named
   * formats. An error in opening such a file is about the file, not about the choice of the format. Absent: nothing.
   */
  readonly opensUnrecognized?: 'anything' | readonly string[];
  /** The datasets of a file whose indexes are worth saving; absent in formats without such indexes. */
  indexed?(probe: Probe): Io<IndexedFile>;
}
