/**
 * Parses the mappings of a virtual dataset: which elements come from which dataset of which file.
 * Source: HDF5 File Format Specification 4.0, section III.F (global heap block for virtual datasets).
 * @module
 */
import { type Io, Pace } from '../../../io/io.js';
import type { Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { GlobalHeap, type GlobalHeapId } from '../heaps/global-heap.js';
import { parseSelection, type Selection } from './selection.js';

/** A mapping: a selection of the virtual dataset, and the selection of a source dataset that supplies its elements. */
export interface Mapping {
  /** Name of the source file; `.` is the file of the virtual dataset. May contain `%b` and `%%`. */
  readonly file: string;
  /** Path of the source dataset. May contain `%b` and `%%`. */
  readonly dataset: string;
  readonly source: Selection;
  readonly virtual: Selection;
}

const flag = { sharesFile: 1, sharesDataset: 2, isSameFile: 4 } as const;

/**
 * Reads the mappings at `id`.
 * @throws {FormatError} if they are damaged. @throws {UnsupportedError} if a selection is not supported.
 */
export function* readMappings(file: Hdf5File, id: GlobalHeapId): Io<readonly Mapping[]> {
  const heap = new GlobalHeap(file);
  yield* heap.load(new Set([id.collection]));
  const cursor = file.cursor(heap.object(id), id.collection, 'virtual mappings');
  const version = cursor.version(0, 1);
  const count = cursor.length();
  const pace = new Pace(file.path);
  const mappings: Mapping[] = [];
  for (let i = 0; i < count; i++) {
    if (pace.isDue()) yield* pace.pause();
    const flags = version === 0 ? 0 : cursor.u8();
    const isSameFile = (flags & flag.isSameFile) !== 0;
    const sourceFile = isSameFile ? '.' : name(cursor, mappings, (flags & flag.sharesFile) !== 0, 'file');
    const dataset = name(cursor, mappings, (flags & flag.sharesDataset) !== 0, 'dataset');
    const source = yield* parseSelection(cursor, pace);
    const virtual = yield* parseSelection(cursor, pace);
    mappings.push({ file: sourceFile, dataset, source, virtual });
  }
  cursor.checksum();
  return mappings;
}

/** Reads a name, or the number of an earlier mapping with the same name. */
function name(cursor: Hdf5Cursor, mappings: readonly Mapping[], isShared: boolean, which: 'file' | 'dataset'): string {
  if (!isShared) return cursor.text();
  const origin = cursor.length();
  const found = mappings[origin]?.[which];
  if (found === undefined) throw cursor.error(`expected a mapping before number ${mappings.length}, found ${origin}`);
  return found;
}

const specifier = /%[b%]/g;

/** True if the name contains `%b`, which is replaced by the number of a block. */
export function hasBlockNumber(template: string): boolean {
  return template.replaceAll('%%', '').includes('%b');
}

/** Returns the name of a source: replaces `%b` by the number of the block, and `%%` by `%`. */
export function sourceName(template: string, block: number): string {
  return template.replaceAll(specifier, (found) => (found === '%b' ? String(block) : '%'));
}
