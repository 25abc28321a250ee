/**
 * Resolves references to objects and regions to text: the path of the object, and the selection of the region.
 * Source: HDF5 File Format Specification 3.0, sections IV.A.2.d (reference datatypes) and III.E (global heaps).
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import type { Utf8Text } from '../../core/utf8-text.js';
import { checkValuesBytes } from '../../core/values-limit.js';
import { type Io, Pace } from '../../io/io.js';
import { undefinedAddress } from './cursor.js';
import type { Hdf5File } from './file.js';
import { groupElements, repeatedBytes } from './heap-elements.js';
import { GlobalHeap, type GlobalHeapId } from './heaps/global-heap.js';
import { findPaths } from './object-paths.js';
import { readAddress, readUnsigned } from './references.js';
import { type DimensionSelection, type Points, parsePoints, parseSelection } from './virtual/selection.js';

/** Maximum number of indices that the text of a region lists. */
const maxListed = 4096;

/** Kind of a reference: to an object, or to a region of a dataset. */
export type ReferenceKind = 'object' | 'region';

/** A reference: address of its object, and selection of its region; '' for the complete object. */
export interface Referent {
  readonly address: number;
  readonly region: string;
}

/** Returns the size of a reference. A reference to a region contains the location of an object in a global heap. */
export function sizeOfReference(file: Hdf5File, kind: ReferenceKind): number {
  const { offsetSize } = file.superblock;
  return kind === 'object' ? offsetSize : offsetSize + 4;
}

/**
 * Returns the text of each reference in `bytes`: the path of the object with a leading slash, and `[selection]` for a
 * region, such as `/data[0:10, 3:4]`, or `/data[(0, 3), (9, 4)]` for a list of points. The text is empty if the
 * reference is null, or if no hard link leads to its object.
 * @throws {FormatError} if a reference, a heap or a group is damaged, or if the texts are much larger than the file.
 * @throws {UnsupportedError} if a region is neither a product of indices per dimension nor a list of points, or if the
 *   file has too many links. @throws {ValuesLimitError} if the texts have more than `maxBytes` bytes.
 */
export function* resolveReferences(
  file: Hdf5File,
  kind: ReferenceKind,
  bytes: Uint8Array,
  maxBytes = Infinity,
): Io<Utf8Text> {
  const pace = new Pace(file.path);
  const check = (total: number): void => {
    checkValuesBytes('values', total, maxBytes);
    const most = file.size + repeatedBytes;
    if (total > most) throw new FormatError(`HDF5 references: expected paths of at most ${most} bytes`, file);
  };
  const targets = kind === 'object' ? yield* objects(file, bytes, pace) : yield* regions(file, bytes, pace, check);
  const wanted = new Set<number>();
  for (const target of targets) {
    if (pace.isDue()) yield* pace.pause();
    if (target !== null) wanted.add(target.address);
  }
  const paths = wanted.size === 0 ? new Map<number, string>() : yield* findPaths(file, wanted);
  const encoder = new TextEncoder();
  const encoded = new Map<string, Uint8Array>();
  const texts: Uint8Array[] = [];
  const offsets = new Float64Array(targets.length + 1);
  let total = 0;
  for (const [i, target] of targets.entries()) {
    if (pace.isDue()) yield* pace.pause();
    const path = target === null ? undefined : paths.get(target.address);
    const text = target === null || path === undefined ? '' : path + target.region;
    const known = encoded.get(text) ?? encoder.encode(text);
    encoded.set(text, known);
    texts.push(known);
    total += known.length;
    check(total);
    offsets[i + 1] = total;
  }
  const result = new Uint8Array(total);
  for (const [i, text] of texts.entries()) {
    if (pace.isDue()) yield* pace.pause();
    result.set(text, offsets[i] ?? 0);
  }
  return { offsets, bytes: result };
}

function isNull(address: number): boolean {
  return address === 0 || address === undefinedAddress;
}

function* objects(file: Hdf5File, bytes: Uint8Array, pace: Pace): Io<readonly (Referent | null)[]> {
  const size = sizeOfReference(file, 'object');
  const targets: (Referent | null)[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (pace.isDue()) yield* pace.pause();
    const address = readAddress(bytes, at, size);
    targets.push(isNull(address) ? null : { address, region: '' });
  }
  return targets;
}

/** @param check called with the length of the texts of all regions so far. */
function* regions(
  file: Hdf5File,
  bytes: Uint8Array,
  pace: Pace,
  check: (total: number) => void,
): Io<readonly (Referent | null)[]> {
  const size = sizeOfReference(file, 'region');
  const count = bytes.length / size;
  const targets: (Referent | null)[] = [];
  let total = 0;
  for (let first = 0; first < count; first += groupElements) {
    const ids: (GlobalHeapId | null)[] = [];
    const collections = new Set<number>();
    for (let i = first; i < Math.min(count, first + groupElements); i++) {
      if (pace.isDue()) yield* pace.pause();
      const id = regionAt(file, bytes, i * size);
      if (id !== null) collections.add(id.collection);
      ids.push(id);
    }
    const heap = new GlobalHeap(file);
    yield* heap.load(collections);
    for (const id of ids) {
      if (pace.isDue()) yield* pace.pause();
      const target = id === null ? null : yield* regionOf(file, heap, id, pace);
      total += target?.region.length ?? 0;
      check(total);
      targets.push(target);
    }
  }
  return targets;
}

/** Returns the location of the region to which the reference at offset `at` refers; null if the reference is null. */
export function regionAt(file: Hdf5File, bytes: Uint8Array, at: number): GlobalHeapId | null {
  const { offsetSize } = file.superblock;
  const collection = readAddress(bytes, at, offsetSize);
  return isNull(collection) ? null : { collection, index: readUnsigned(bytes, at + offsetSize, 4) };
}

/**
 * Returns the object and the selection of a region. The collection of `id` must be loaded.
 * @throws as {@link resolveReferences}.
 */
export function* regionOf(file: Hdf5File, heap: GlobalHeap, id: GlobalHeapId, pace: Pace): Io<Referent> {
  const cursor = file.cursor(heap.object(id), id.collection, 'region reference');
  const address = cursor.address();
  const points = yield* parsePoints(cursor, pace);
  if (points !== null) return { address, region: yield* textOfPoints(points, pace) };
  const selection = yield* parseSelection(cursor, pace, 'an HDF5 region reference');
  if (selection.kind === 'all') return { address, region: '' };
  const entries = selection.dimensions.map((dimension) => textOfIndices(dimension, file.path));
  return { address, region: `[${entries.join(', ')}]` };
}

/** Returns the coordinates of points, such as `[(0, 1), (2, 3)]`. */
function* textOfPoints({ rank, coordinates }: Points, pace: Pace): Io<string> {
  const points: string[] = [];
  for (let at = 0; at < coordinates.length; at += rank) {
    if (pace.isDue(rank)) yield* pace.pause();
    points.push(`(${coordinates.subarray(at, at + rank).join(', ')})`);
  }
  return `[${points.join(', ')}]`;
}

/** Returns the text form of the selected indices of a dimension, as `parseSelection` of the package reads it. */
function textOfIndices(selection: DimensionSelection, path: string): string {
  const [only] = selection;
  if (only === undefined) return '0:0';
  const { start, stride, count, block } = only;
  if (!Number.isFinite(count) || !Number.isFinite(block)) {
    throw new UnsupportedError('an HDF5 region reference that is unlimited', path);
  }
  if (selection.length === 1 && count === 1) return `${start}:${start + block}`;
  if (selection.length === 1 && block === 1) return `${start}:${start + (count - 1) * stride + 1}:${stride}`;
  const listed: number[] = [];
  for (const { start: from, stride: step, count: blocks, block: width } of selection) {
    if (listed.length + blocks * width > maxListed) {
      throw new UnsupportedError(`an HDF5 region reference with more than ${maxListed} intervals`, path);
    }
    for (let b = 0; b < blocks; b++) for (let k = 0; k < width; k++) listed.push(from + b * step + k);
  }
  return `[${listed.join(', ')}]`;
}
