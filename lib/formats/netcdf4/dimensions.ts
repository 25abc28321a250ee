/**
 * The dimensions of a NetCDF-4 file: dimension scales, named by their links, as long as the longest variable along them.
 * @module
 */
import { isError } from '../../core/brands.js';
import { isPosixParError } from '../../core/errors.js';
import type { Io } from '../../io/io.js';
import type { GroupDimension } from '../group.js';
import { type Attributes, readAttributes } from '../hdf5/attributes.js';
import { datasetSpace, isDataset } from '../hdf5/dataset.js';
import { attachedScales, isReference, namelessScale } from '../hdf5/dimension-names.js';
import type { Hdf5File } from '../hdf5/file.js';
import { findLink, listLinks } from '../hdf5/links.js';
import { type ObjectHeader, readObjectHeader, readObjectHeaders } from '../hdf5/object-header.js';
import { type Located, resolvePath, rootGroup, stepsOf } from '../hdf5/resolve.js';
import { groupContent, isScale, type NamedDataset } from './conventions.js';

/** A dimension of a variable. */
export interface VariableDimension {
  /** Null where the file names none: an HDF5 dataset that NetCDF did not write. */
  readonly name: string | null;
  /** The current length: that of the longest variable along it. */
  readonly size: number;
}

/** The groups from the one that holds `name` up to the root, innermost first: dimensions are visible downwards. */
export function* enclosingGroups(file: Hdf5File, name: string): Io<readonly Located[]> {
  const root = yield* rootGroup(file);
  const groups = [root];
  const steps = stepsOf(name).slice(0, -1);
  for (let i = 1; i <= steps.length; i++) groups.unshift(yield* resolvePath(file, root, steps.slice(0, i).join('/')));
  return groups;
}

/**
 * The dimensions of a variable.
 * @param name the path of the variable. @param address of its header.
 * @param shape the extents of its dataset.
 * @param maxShape null where a dimension is unlimited.
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
  const scales = yield* scalesOf(file, address, groups, attributes, shape.length);
  const names = new ScaleNames(file, groups);
  const dimensions: VariableDimension[] = [];
  for (const [d, extent] of shape.entries()) {
    const scale = yield* readScale(file, scales[d] ?? null);
    if (scale === null) {
      dimensions.push({ name: null, size: extent });
      continue;
    }
    const size = maxShape[d] === null ? Math.max(extent, yield* dimensionLength(file, scale)) : extent;
    dimensions.push({ name: yield* names.of(scale), size });
  }
  return dimensions;
}

/** A dimension scale. */
interface Scale {
  readonly header: ObjectHeader;
  readonly attributes: Attributes;
}

/** The scale at `address`; null where there is none, or it is damaged. */
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

/** Per dimension the address of its scale or null; a coordinate variable is its own scale. */
function* scalesOf(
  file: Hdf5File,
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
      for (const { header, attributes: found } of (yield* groupContent(file, group)).datasets) {
        const id = found['_Netcdf4Dimid'];
        if (isScale(found) && typeof id === 'number' && !byId.has(id)) byId.set(id, header.address);
      }
    }
    return ids.map((id) => byId.get(id) ?? null);
  }
  return [own];
}

/** Names of scales: those of their links in the enclosing groups, innermost first. */
class ScaleNames {
  readonly #file: Hdf5File;
  readonly #groups: readonly Located[];
  #links: ReadonlyMap<number, string> | null = null;

  constructor(file: Hdf5File, groups: readonly Located[]) {
    this.#file = file;
    this.#groups = groups;
  }

  /** The name of a scale. Its NAME attribute is tried first, which saves the listing of large groups. */
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

/** How far the datasets along a scale reach: its own extent, and those of the datasets in its reference list. */
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

/** Which dataset uses the scale for which of its dimensions. */
function referenceList(attributes: Attributes): readonly ScaleUse[] {
  const list: unknown = attributes['REFERENCE_LIST'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    // The writers disagree on the case of the names: dataset and dimension, in this order.
    const [dataset, dimension] = Object.values(entry);
    return isReference(dataset) && typeof dimension === 'number' ? [{ address: dataset.objectAddress, dimension }] : [];
  });
}

/** The dimensions that a group defines, by name. */
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
