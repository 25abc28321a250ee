/**
 * Implements rules of NetCDF-4 files in HDF5: which attributes are internal, and which datasets are dimensions without
 * a variable.
 * Source: NetCDF User's Guide, "File Structure and Performance", section "NetCDF-4 format".
 * @module
 */
import type { Io } from '../../io/io.js';
import { type Attributes, readAttributes } from '../hdf5/attributes.js';
import { namelessScale } from '../hdf5/dimension-names.js';
import { type Child, listChildren } from '../hdf5/group.js';
import type { ObjectHeader } from '../hdf5/object-header.js';
import { isDataset } from '../hdf5/object-header.js';
import type { Located } from '../hdf5/resolve.js';
import type { AttributeValue } from '../hdf5/values.js';

/** Internal attributes of the NetCDF library, which are hidden from users. */
const ownAttributes = new Set([
  '_NCProperties',
  '_Netcdf4Dimid',
  '_Netcdf4Coordinates',
  '_nc3_strict',
  'CLASS',
  'NAME',
  'DIMENSION_LIST',
  'DIMENSION_LABELS',
  'REFERENCE_LIST',
]);

/**
 * Prefix of a variable's name in HDF5, if the variable has the name of a dimension but is not its coordinate variable.
 */
export const notCoordinatePrefix = '_nc4_non_coord_';

/** Returns the attributes as NetCDF users see them: without internal ones, and with one-value lists as scalars. */
export function visibleAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (ownAttributes.has(name) ? [] : [[name, single(value)]])),
  );
}

/**
 * Unwraps a list of one value. NetCDF stores numeric attributes as lists; its libraries show one-value lists as
 * scalars.
 */
function single(value: Attributes[string]): Attributes[string] {
  if (!Array.isArray(value) || value.length !== 1) return value;
  const list: readonly AttributeValue[] = value;
  return Array.isArray(list[0]) ? value : (list[0] ?? value);
}

/** True if the dataset with these attributes is a dimension scale. */
export function isScale(attributes: Attributes): boolean {
  return attributes['CLASS'] === 'DIMENSION_SCALE';
}

/** True if the dataset with these attributes is a dimension but not a variable. */
export function isBareDimension(attributes: Attributes): boolean {
  const name = attributes['NAME'];
  return isScale(attributes) && typeof name === 'string' && name.startsWith(namelessScale);
}

/** A dataset of a group, with its attributes. */
export interface NamedDataset extends Child {
  readonly header: ObjectHeader;
  readonly attributes: Attributes;
}

/** Contents of a group. */
export interface GroupContent {
  readonly datasets: readonly NamedDataset[];
  readonly others: readonly Child[];
}

/** Reads the datasets of a group with their attributes, and its other entries. */
export function* groupContent(group: Located): Io<GroupContent> {
  const datasets: NamedDataset[] = [];
  const others: Child[] = [];
  for (const child of yield* listChildren(group)) {
    const { file, header } = child;
    if (header === null || !isDataset(header)) others.push(child);
    else datasets.push({ ...child, header, attributes: yield* readAttributes(file, header) });
  }
  return { datasets, others };
}
