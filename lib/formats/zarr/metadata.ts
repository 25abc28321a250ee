/**
 * What the metadata documents of both versions say of an array, in one form.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { maxRank } from '../../core/limits.js';
import { type Io, readWhole } from '../../io/io.js';
import type { ElementType } from './element.js';
import type { ChunkEncoding } from './encoding.js';
import { asArray, asInteger, inside, type Place, wrong } from './fields.js';
import { type Json, type JsonObject, readJson } from './json.js';
import type { KeyEncoding } from './keys.js';

/** An array. */
export interface ArrayMetadata {
  readonly version: 2 | 3;
  /** The document. */
  readonly document: string;
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly encoding: ChunkEncoding;
  readonly keys: KeyEncoding;
  readonly fill: FillValue;
  /** There is a fill value, but not one for all parts of an element; `fill` is null. */
  readonly isFillMixed?: true;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly attributes: JsonObject;
}

/** The most bytes of a metadata document; consolidated ones of large stores have tens of megabytes. */
const maxDocumentBytes = 2 ** 27;

/** The JSON document at `path`, or undefined when there is none. */
export function* readDocument(path: string): Io<Json | undefined> {
  const bytes = yield* readWhole(path, maxDocumentBytes);
  return bytes === null ? undefined : yield* readJson(bytes, path);
}

/** The extents of an array. */
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

/** The extents of chunks: at least 1, but 0 is accepted (and means 1) where the array itself has no extent. */
export function parseChunkShape(value: Json | undefined, place: Place, shape: readonly number[]): number[] {
  const list = asArray(value, place);
  if (list.length !== shape.length) throw wrong(place, `${shape.length} extents, one per dimension`, value);
  return list.map((item, d) => {
    const isEmpty = shape[d] === 0;
    return Math.max(1, asInteger(item, inside(place, d), isEmpty ? 0 : 1));
  });
}
