/**
 * Defines the array metadata that the parsers of both versions return.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { maxRank } from '../../core/limits.js';
import { type Io, readWhole } from '../../io/io.js';
import type { ElementType } from './element.js';
import type { ChunkEncoding } from './encoding.js';
import { asArray, asInteger, fieldError, inside, type Place } from './fields.js';
import { type Json, type JsonObject, readJson } from './json.js';
import type { KeyEncoding } from './keys.js';

/** Metadata of an array. */
export interface ArrayMetadata {
  readonly version: 2 | 3;
  /** Path of the metadata document. */
  readonly document: string;
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly encoding: ChunkEncoding;
  readonly keys: KeyEncoding;
  readonly fill: FillValue;
  /** True if the parts of an element have different fill values. In this case, `fill` is null. */
  readonly isFillMixed?: true;
  /**
   * Fill value of records; null if the metadata contains none. Absent if the elements are not records. For records,
   * `fill` is null.
   */
  readonly recordFill?: Uint8Array | null;
  /**
   * Bytes of the fill value, if the elements have variable length; `fill` is null in this case. Absent for other
   * elements.
   */
  readonly variableFill?: Uint8Array;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly attributes: JsonObject;
}

/** Maximum size of a metadata document. Consolidated metadata of large stores has tens of megabytes. */
const maxDocumentBytes = 2 ** 27;

/** Reads the JSON document at `path`. Returns undefined if there is no such file. */
export function* readDocument(path: string): Io<Json | undefined> {
  const bytes = yield* readWhole(path, maxDocumentBytes);
  return bytes === null ? undefined : yield* readJson(bytes, path);
}

/**
 * Parses the shape of an array, without the `extraDimensions` that its elements add. These count against the maximum
 * rank, too.
 */
export function parseShape(value: Json | undefined, place: Place, extraDimensions: number): number[] {
  const list = asArray(value, place);
  if (list.length + extraDimensions > maxRank) {
    throw new UnsupportedError(
      `a Zarr array of ${list.length + extraDimensions} dimensions (more than ${maxRank})`,
      place.path,
    );
  }
  return list.map((item, d) => asInteger(item, inside(place, d), 0));
}

/**
 * Parses a chunk shape. Its sizes must be at least 1, but a size of 0 is accepted and read as 1 in dimensions in which
 * the array has size 0.
 */
export function parseChunkShape(value: Json | undefined, place: Place, shape: readonly number[]): number[] {
  const list = asArray(value, place);
  if (list.length !== shape.length) throw fieldError(place, `${shape.length} sizes, one per dimension`, value);
  return list.map((item, d) => {
    const isEmpty = shape[d] === 0;
    return Math.max(1, asInteger(item, inside(place, d), isEmpty ? 0 : 1));
  });
}
