/**
 * Opens the source datasets of a virtual dataset, and checks that their elements have the same type.
 * @module
 */
import { FormatError, isPosixParError, UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import type { ChunkIndex, ChunkLocations } from '../../format.js';
import type { DatasetElements, DatasetFacts, Nesting, ReadElements } from '../dataset-elements.js';
import { referenceNames } from '../element-type.js';
import type { Hdf5File } from '../file.js';
import { isDataset } from '../object-header.js';
import { type Located, resolvePath, rootGroup } from '../resolve.js';
import { ResolveCache } from '../resolve-cache.js';

/** Name of a source. */
export interface SourceName {
  /** Name of the file; `.` is the file of the virtual dataset. */
  readonly file: string;
  readonly dataset: string;
}

/** An open source. */
export interface Source {
  readonly file: Hdf5File;
  readonly elements: DatasetElements;
}

/** Maximum nesting depth of virtual datasets: a source may be a virtual dataset itself. */
const maxDepth = 8;
/** Maximum number of sources that are opened for one read, including those of nested virtual datasets. */
const maxLookups = 2 ** 22;
/** Maximum number of open sources that are kept. */
const maxKnown = 16_384;

/** The sources of one virtual dataset. */
export class Sources {
  readonly #file: Hdf5File;
  readonly #facts: DatasetFacts;
  readonly #nesting: Nesting;
  readonly #readElements: ReadElements;
  readonly #pace: Pace;
  readonly #known = new Map<string, Source | null>();

  /**
   * @param nesting the virtual datasets through which this one is read. The last one in its chain is this dataset.
   * @throws {UnsupportedError} if the chain is too long. @throws {FormatError} if a dataset is in it twice.
   */
  constructor(file: Hdf5File, facts: DatasetFacts, nesting: Nesting, readElements: ReadElements) {
    const { chain } = nesting;
    if (new Set(chain).size < chain.length) {
      throw new FormatError('HDF5: expected a virtual dataset that does not contain itself', { path: file.path });
    }
    if (chain.length > maxDepth) {
      throw new UnsupportedError(`HDF5 virtual datasets that are nested more than ${maxDepth} times`, file.path);
    }
    this.#file = file;
    this.#pace = new Pace(file.path);
    this.#facts = facts;
    this.#nesting = nesting;
    this.#readElements = readElements;
  }

  /**
   * Opens sources. Entries are null if the file or the dataset does not exist.
   * @throws {FormatError} if a source is damaged. @throws {UnsupportedError} if its elements have another type.
   * @throws {ExternalFileError} if its file is not permitted.
   */
  *open(names: readonly SourceName[]): Io<readonly (Source | null)[]> {
    const { lookups } = this.#nesting;
    lookups.count += names.length;
    if (lookups.count > maxLookups) {
      throw new UnsupportedError(`a read of more than ${maxLookups} sources of HDF5 virtual datasets`, this.#file.path);
    }
    const pace = this.#pace;
    const paths: (string | null)[] = [];
    for (const { file } of names) {
      if (pace.isDue()) yield* pace.pause();
      paths.push(this.#pathOf(file));
    }
    const files = yield* this.#openFiles(names, paths);
    const sources: (Source | null)[] = [];
    const cache = new ResolveCache();
    for (const [i, { dataset }] of names.entries()) {
      if (pace.isDue()) yield* pace.pause();
      const path = paths[i] ?? null;
      const file = path === null ? this.#file : files.get(path);
      sources.push(file === undefined ? null : yield* this.#source(file, dataset, cache));
    }
    return sources;
  }

  /**
   * Opens the files at `paths`. If the name of a source is an absolute path that does not exist, looks for the file in
   * the folder of the virtual dataset, and changes its entry of `paths`.
   */
  *#openFiles(names: readonly SourceName[], paths: (string | null)[]): Io<ReadonlyMap<string, Hdf5File>> {
    const { others } = this.#file;
    const files = yield* others.open(paths.filter((path) => path !== null));
    const nearby: string[] = [];
    for (const [i, { file }] of names.entries()) {
      const path = paths[i] ?? null;
      if (path === null || files.has(path) || !file.startsWith('/')) continue;
      const other = this.#pathOf(file.slice(file.lastIndexOf('/') + 1));
      paths[i] = other;
      if (other !== null) nearby.push(other);
    }
    if (nearby.length === 0) return files;
    return new Map([...files, ...(yield* others.open(nearby))]);
  }

  /** Returns the path of a source file; null for the file of the virtual dataset. */
  #pathOf(name: string): string | null {
    if (name === '.') return null;
    const path = this.#file.policy.resolve(name, this.#file.path);
    return path === this.#file.path ? null : path;
  }

  *#source(file: Hdf5File, dataset: string, cache: ResolveCache): Io<Source | null> {
    const key = `${file.path}\0${dataset}`;
    const known = this.#known.get(key);
    if (known != null && known.file === file) return known;
    const source = yield* this.#find(file, dataset, cache);
    this.#known.delete(key);
    if (this.#known.size < maxKnown) this.#known.set(key, source);
    return source;
  }

  *#find(file: Hdf5File, dataset: string, cache: ResolveCache): Io<Source | null> {
    let located: Located;
    try {
      located = yield* resolvePath(yield* rootGroup(file, cache), dataset, 'what is missing', cache);
    } catch (error) {
      if (isPosixParError(error, 'ChoiceError')) return null;
      throw error;
    }
    if (!isDataset(located.header)) return null;
    const elements = yield* this.#readElements(located.file, located.header, this.#nesting);
    this.#checkType(elements, located.file.path, dataset);
    return { file: located.file, elements };
  }

  #checkType(elements: DatasetElements, path: string, dataset: string): void {
    const { type } = elements;
    const { dtype, innerShape, record, heapText, sequence } = this.#facts.type;
    const isSequence = type.sequence !== undefined || sequence !== undefined;
    const refers = type.heapText ?? heapText ?? (isSequence ? 'sequence' : undefined);
    if (refers !== undefined) {
      throw new UnsupportedError(`${referenceNames[refers]} of HDF5 virtual datasets`, path);
    }
    const isSame =
      type.dtype === dtype &&
      type.innerShape.join() === innerShape.join() &&
      JSON.stringify(type.record) === JSON.stringify(record);
    // Fields in absent chunks of a source also get the fill value of the virtual dataset, so the source must have the
    // same fill value.
    if (isSame && record !== undefined && !hasEqualFill(elements, this.#facts)) {
      throw new UnsupportedError('an HDF5 virtual dataset of compounds with several fill values', path);
    }
    if (isSame) return;
    const what = `an HDF5 virtual dataset of ${dtype} whose source '${dataset}' has another type (${type.dtype})`;
    throw new UnsupportedError(what, path, 'Read the source');
  }
}

function hasEqualFill(a: DatasetFacts, b: DatasetFacts): boolean {
  const fillOf = ({ fillMessage, datatype }: DatasetFacts): Uint8Array => {
    const value = fillMessage === null || fillMessage.time === 'never' ? null : fillMessage.value;
    return value?.length === datatype.size ? value : new Uint8Array(datatype.size);
  };
  const [left, right] = [fillOf(a), fillOf(b)];
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

/** Adds the state of a file to the locations in it, so that a read notices if the file was replaced. */
export function stampIndex(index: ChunkIndex, { path, stamp }: Pick<Hdf5File, 'path' | 'stamp'>): ChunkIndex {
  if (stamp === null) return index;
  return {
    *locate(box): Io<ChunkLocations> {
      const locations = yield* index.locate(box);
      const isInFile = locations.kind === 'table' && locations.files.length === 1 && locations.files[0] === path;
      return isInFile && locations.stamps === undefined ? { ...locations, stamps: [stamp] } : locations;
    },
  };
}
