/**
 * Finds the names of dimensions in HDF5 files that are not NetCDF-4: labels, or the names of the attached dimension
 * scales.
 * Source: HDF5 Dimension Scale Specification 1.0.
 * @module
 */
import { isPosixParError } from '../../core/errors.js';
import type { Io } from '../../io/io.js';
import { type Attributes, readAttributes } from './attributes.js';
import type { Hdf5File } from './file.js';
import { readObjectHeader } from './object-header.js';
import type { AttributeValue, ObjectReference } from './values.js';

/** Prefix of the NAME attribute that NetCDF gives to the scale of a dimension without a coordinate variable. */
export const namelessScale = 'This is a netCDF dimension but not a netCDF variable.';

/** Returns true if an attribute value is an object reference. */
export function isReference(value: AttributeValue | undefined): value is ObjectReference {
  return typeof value === 'object' && value !== null && typeof (value as ObjectReference).objectAddress === 'number';
}

/**
 * Returns the object header address of the first scale of each dimension, null for a dimension without a scale. Returns
 * null if no scales are attached.
 */
export function attachedScales(attributes: Attributes): readonly (number | null)[] | null {
  const list: unknown = attributes['DIMENSION_LIST'];
  if (!Array.isArray(list)) return null;
  return list.map((scales: AttributeValue) => {
    const first = Array.isArray(scales) ? (scales[0] as AttributeValue | undefined) : undefined;
    return isReference(first) ? first.objectAddress : null;
  });
}

/**
 * Returns the names of `rank` dimensions, null for a dimension without a name. Returns null if no dimension has a name.
 */
export function* dimensionNames(
  file: Hdf5File,
  attributes: Attributes,
  rank: number,
): Io<readonly (string | null)[] | null> {
  const labels: unknown = attributes['DIMENSION_LABELS'];
  const names = new Array<string | null>(rank).fill(null);
  if (Array.isArray(labels)) {
    labels.slice(0, rank).forEach((label, d) => {
      if (typeof label === 'string' && label !== '') names[d] = label;
    });
  }
  const scales = attachedScales(attributes)?.slice(0, rank) ?? [];
  for (const [d, address] of scales.entries()) {
    if (names[d] === null && address !== null) names[d] = yield* scaleName(file, address);
  }
  return names.some((name) => name !== null) ? names : null;
}

/**
 * Returns the NAME of a dimension scale; null if it has none, has the placeholder {@link namelessScale}, or is damaged.
 */
function* scaleName(file: Hdf5File, address: number): Io<string | null> {
  try {
    const { NAME: name } = yield* readAttributes(file, yield* readObjectHeader(file, address));
    return typeof name === 'string' && name !== '' && !name.startsWith(namelessScale) ? name : null;
  } catch (error) {
    if (isPosixParError(error, 'FormatError', 'UnsupportedError')) return null;
    throw error;
  }
}
