/**
 * Finds the dimensions of a NetCDF-4 file. A dimension is stored as an HDF5 dimension scale, and the link to the scale
 * has the dimension's name. The length of an unlimited dimension is the greatest length of its scale and of the
 * variables along it.
 * @module
 */
import { isError } from '../../core/brands.js';
import { isPosixParError } from '../../core/errors.js';
import type { Io } from '../../io/io.js';
import type { GroupDimension } from '../group.js';
import { type Attributes, readAttributes } from '../hdf5/attributes.js';
import { attachedScales, isReference, namelessScale } from '../hdf5/dimension-names.js';
import { datasetSpace } from '../hdf5/elements.js';
import type { Hdf5File } from '../hdf5/file.js';
import { findLink, listLinks } from '../hdf5/links.js';
import { isDataset, type ObjectHeader, readObjectHeader, readObjectHeaders } from '../hdf5/object-header.js';
import { type Located, resolvePath, rootGroup, stepsOf } from '../hdf5/resolve.js';
import { groupContent, isScale, type NamedDataset } from './conventions.js';

/** A dimension of a variable. */
export interface VariableDimension {
  /** Name; null if the dimension has none, as in HDF5 datasets that NetCDF did not write. */
  readonly name: string | null;
  /** Current length. If the dimension is unlimited, some variables may be shorter. */
  readonly size: number;
}

/** Returns the groups from the parent of `name` up to the root. All of their dimensions are visible to `name`. */
export function* enclosingGroups(file: Hdf5File, name: string): Io<readonly Located[]> {
  const root = yield* rootGroup(file);
  const groups = [root];
  const steps = stepsOf(name).slice(0, -1);
  for (let i = 1; i <= steps.length; i++) groups.unshift(yield* resolvePath(root, steps.slice(0, i).join('/')));
  return groups;
}

/**
 * Returns the dimensions of a variable.
 * @param name path of the variable. @param address address of its object header.
 * @param shape shape of its dataset.
 * @param maxShape maximum size of each dimension; null if unlimited.
 */
export function* variableDimensions(
  file: Hdf5File,
  name: string,
  address: number,
  attributes: Attributes,
  shape: readonly number[],
  maxShape: readonly (number | null)[],
): Io<readonly VariableDimension[]> {
  const groups = yield* enclosingGroups(file, name);
  const scales = yield* scalesOf(address, groups, attributes, shape.length);
  const names = new ScaleNames(file, groups);
  const dimensions: VariableDimension[] = [];
  for (const [d, length] of shape.entries()) {
    const scale = yield* readScale(file, scales[d] ?? null);
    if (scale === null) {
      dimensions.push({ name: null, size: length });
      continue;
    }
    const size = maxShape[d] === null ? Math.max(length, yield* dimensionLength(file, scale)) : length;
    dimensions.push({ name: yield* names.of(scale), size });
  }
  return dimensions;
}

/** A dimension scale. */
interface Scale {
  readonly header: ObjectHeader;
  readonly attributes: Attributes;
}

/** Reads the scale at `address`. Returns null if there is none or it is damaged. */
function* readScale(file: Hdf5File, address: number | null): Io<Scale | null> {
  if (address === null) return null;
  try {
    const header = yield* readObjectHeader(file, address);
    return { header, attributes: yield* readAttributes(file, header) };
  } catch (error) {
    if (isPosixParError(error, 'FormatError', 'UnsupportedError')) return null;
    throw error;
  }
}

/**
 * Returns the address of each dimension's scale, null for dimensions without a scale. A coordinate variable is its own
 * scale.
 */
function* scalesOf(
  own: number,
  groups: readonly Located[],
  attributes: Attributes,
  rank: number,
): Io<readonly (number | null)[]> {
  const attached = attachedScales(attributes);
  if (attached !== null) return attached;
  if (!isScale(attributes)) return [];
  const ids = attributes['_Netcdf4Coordinates'];
  if (rank > 1 && Array.isArray(ids)) {
    const byId = new Map<unknown, number>();
    for (const group of groups) {
      for (const { header, attributes: found } of (yield* groupContent(group)).datasets) {
        const id = found['_Netcdf4Dimid'];
        if (isScale(found) && typeof id === 'number' && !byId.has(id)) byId.set(id, header.address);
      }
    }
    return ids.map((id) => byId.get(id) ?? null);
  }
  return [own];
}

/**
 * Finds the names of scales. A scale has the name of its link in an enclosing group. Inner groups take precedence.
 */
class ScaleNames {
  readonly #file: Hdf5File;
  readonly #groups: readonly Located[];
  #links: ReadonlyMap<number, string> | null = null;

  constructor(file: Hdf5File, groups: readonly Located[]) {
    this.#file = file;
    this.#groups = groups;
  }

  /** Returns the name of a scale. Tries its NAME attribute first, because listing large groups is slow. */
  *of({ header, attributes }: Scale): Io<string | null> {
    const guess = attributes['NAME'];
    if (typeof guess === 'string' && !guess.startsWith(namelessScale)) {
      for (const group of this.#groups) {
        const link = yield* findLink(this.#file, group.header, guess);
        if (link?.target.kind === 'hard' && link.target.address === header.address) return guess;
      }
    }
    this.#links ??= yield* this.#listAll();
    return this.#links.get(header.address) ?? null;
  }

  *#listAll(): Io<ReadonlyMap<number, string>> {
    const names = new Map<number, string>();
    for (const group of this.#groups) {
      for (const { name, target } of yield* listLinks(this.#file, group.header)) {
        if (target.kind === 'hard' && !names.has(target.address)) names.set(target.address, name);
      }
    }
    return names;
  }
}

/** Returns the length of a dimension. It is the greatest length of the scale and of the datasets that use the scale. */
function* dimensionLength(file: Hdf5File, { header, attributes }: Scale): Io<number> {
  const users = referenceList(attributes);
  let length = (yield* datasetSpace(file, header)).shape[0] ?? 0;
  const addresses = users.map(({ address }) => address);
  const headers = yield* readObjectHeaders(file, addresses);
  for (const [i, user] of headers.entries()) {
    if (isError(user) || !isDataset(user)) continue;
    length = Math.max(length, (yield* datasetSpace(file, user)).shape[users[i]?.dimension ?? 0] ?? 0);
  }
  return length;
}

interface ScaleUse {
  readonly address: number;
  readonly dimension: number;
}

/** Returns the datasets that use the scale, and the dimension for which each of them uses it. */
function referenceList(attributes: Attributes): readonly ScaleUse[] {
  const list: unknown = attributes['REFERENCE_LIST'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    // Writers spell the member names in different cases, but the order is always dataset, dimension.
    const [dataset, dimension] = Object.values(entry);
    return isReference(dataset) && typeof dimension === 'number' ? [{ address: dataset.objectAddress, dimension }] : [];
  });
}

/** Returns the dimensions that a group defines, by name. */
export function* groupDimensions(
  file: Hdf5File,
  datasets: readonly NamedDataset[],
): Io<Readonly<Record<string, GroupDimension>>> {
  const entries: [string, GroupDimension][] = [];
  for (const { name, header, attributes } of datasets) {
    if (!isScale(attributes)) continue;
    const { shape, maxShape } = yield* datasetSpace(file, header);
    const isUnlimited = maxShape[0] === Number.POSITIVE_INFINITY;
    const size = isUnlimited ? yield* dimensionLength(file, { header, attributes }) : (shape[0] ?? 0);
    entries.push([name, { size, isUnlimited }]);
  }
  return Object.fromEntries(entries);
}
