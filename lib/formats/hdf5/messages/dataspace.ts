/**
 * Parses the dataspace message, which contains the shape of a dataset or attribute.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.b.
 * @module
 */
import { UnsupportedError } from '../../../core/errors.js';
import { maxRank } from '../../../core/limits.js';
import type { Hdf5Cursor } from '../cursor.js';

/** Shape of a dataset or an attribute. */
export interface Dataspace {
  readonly kind: 'simple' | 'scalar' | 'null';
  readonly shape: readonly number[];
  /** Maximum shape; Infinity for unlimited dimensions. */
  readonly maxShape: readonly number[];
}

const kinds = ['scalar', 'simple', 'null'] as const;

/** Parses the dataspace in a message body. */
export function parseDataspace(cursor: Hdf5Cursor): Dataspace {
  const version = cursor.version(1, 2);
  const rank = cursor.u8();
  if (rank > maxRank) throw cursor.error(`expected at most ${maxRank} dimensions, found ${rank}`, cursor.position - 1);
  const flags = cursor.u8();
  let kind: Dataspace['kind'] | undefined = rank === 0 ? 'scalar' : 'simple';
  if (version === 1) {
    cursor.skip(5);
  } else {
    kind = kinds[cursor.u8()];
    if (kind === undefined) throw cursor.error('expected a dataspace type of 0 to 2', cursor.position - 1);
    if (kind !== 'simple' && rank > 0) throw cursor.error(`expected no dimensions, found ${rank}`, 1);
  }
  const shape = Array.from({ length: rank }, () => exact(cursor, cursor.lengthOrMore()));
  const maxShape = (flags & 1) === 0 ? shape : Array.from({ length: rank }, () => exact(cursor, cursor.extent()));
  maxShape.forEach((extent, d) => {
    if (extent < (shape[d] ?? 0))
      throw cursor.error(`expected maximum extents above the current ones, found ${extent}`);
  });
  if (kind === 'simple' && rank === 0) kind = 'scalar';
  return { kind, shape, maxShape };
}

/**
 * Returns `extent`. Throws if it is finite and 2^53 or more: the file is valid, but JavaScript numbers would be
 * inexact.
 */
function exact(cursor: Hdf5Cursor, extent: number): number {
  if (extent === Number.POSITIVE_INFINITY || Number.isSafeInteger(extent)) return extent;
  throw new UnsupportedError('an HDF5 dataspace with a dimension of 2^53 elements or more', cursor.path);
}

/** Returns the number of elements in a dataspace. The result may be inexact or Infinity above 2^53. */
export function countElements(space: Dataspace): number {
  return space.kind === 'null' ? 0 : space.shape.reduce((count, extent) => count * extent, 1);
}
