/**
 * The codecs of the numcodecs library, which Zarr v2 names by `id` and Zarr v3 as `numcodecs.<id>`.
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
 * Returns the step that a codec stands for.
 * @param id such as `shuffle`.
 * @param config its parameters.
 * @param current the type of the values that reach the codec when writing, if they are values.
 * @throws {UnsupportedError} naming a codec that is not read.
 * @throws {FormatError} if a parameter is missing or makes no sense.
 */
export function parseNumcodecs(id: string, config: JsonObject, place: Place, current: CodecType | null): NumcodecsStep {
  const parse = numcodecsCodecs.get(id);
  if (parse === undefined) throw new UnsupportedError(`the Zarr codec '${id}'`, place.path);
  return parse({ id, config, place, current });
}
