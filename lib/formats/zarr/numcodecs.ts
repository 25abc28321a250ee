/**
 * Parses codecs of the numcodecs library. Zarr v2 calls them `<id>`, Zarr v3 `numcodecs.<id>`.
 * @see https://numcodecs.readthedocs.io/en/stable/
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { NumcodecsStep } from '../codecs/definition.js';
import { numcodecsCodecs } from '../codecs/table.js';
import type { CodecType } from './dtype-v2.js';
import type { Place } from './fields.js';
import type { JsonObject } from './json.js';

/**
 * Parses one codec.
 * @param id name of the codec, such as `shuffle`.
 * @param config parameters of the codec.
 * @param current type of the values that a writer passes to the codec; null if it passes bytes.
 * @throws {UnsupportedError} naming the codec if it is not supported.
 * @throws {FormatError} if a parameter is missing or invalid.
 */
export function parseNumcodecs(id: string, config: JsonObject, place: Place, current: CodecType | null): NumcodecsStep {
  const parse = numcodecsCodecs.get(id);
  if (parse === undefined) throw new UnsupportedError(`the Zarr codec '${id}'`, place.path);
  return parse({ id, config, place, current });
}
