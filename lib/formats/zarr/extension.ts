/**
 * Parses the extension points of Zarr v3: `{"name", "configuration", "must_understand"}`, or only a name.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html (Extension definition)
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { asObject, asString, fieldError, inside, type Place } from './fields.js';
import type { Json, JsonObject } from './json.js';

/** A parsed extension: a data type, chunk grid, codec or similar. */
export interface Extension {
  readonly name: string;
  readonly configuration: JsonObject;
  /** Location of `configuration` in the document, for errors. */
  readonly place: Place;
}

/**
 * Parses an extension.
 * @throws {FormatError} if `value` is neither a name nor an object with a name, or has unknown members.
 */
export function asExtension(value: Json | undefined, place: Place): Extension {
  const configurationPlace = inside(place, 'configuration');
  if (typeof value === 'string') return { name: value, configuration: {}, place: configurationPlace };
  const object = asObject(value, place);
  for (const key of Object.keys(object)) {
    if (key !== 'name' && key !== 'configuration' && key !== 'must_understand') {
      throw fieldError(place, "only 'name', 'configuration' and 'must_understand'", key);
    }
  }
  const { name, configuration } = object;
  return {
    name: asString(name, inside(place, 'name')),
    configuration: configuration === undefined ? {} : asObject(configuration, configurationPlace),
    place: configurationPlace,
  };
}

/** True if `value` declares `must_understand: false`, so that readers may ignore it if they do not know it. */
export function isIgnorable(value: Json | undefined): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (value as JsonObject)['must_understand'] === false
  );
}

/**
 * Refuses members that are neither known nor marked as ignorable.
 * @throws {UnsupportedError} naming the member.
 */
export function refuseUnknown(object: JsonObject, known: readonly string[], path: string): void {
  for (const [key, value] of Object.entries(object)) {
    if (!known.includes(key) && !isIgnorable(value)) {
      throw new UnsupportedError(`the Zarr metadata member '${key}', which must be understood`, path);
    }
  }
}

/**
 * Refuses unknown members of a configuration.
 * @throws {FormatError} naming the member.
 */
export function checkMembers(extension: Extension, known: readonly string[]): void {
  for (const key of Object.keys(extension.configuration)) {
    if (!known.includes(key)) {
      throw fieldError(inside(extension.place, key), `only known members (${known.join(', ') || 'none'})`, key);
    }
  }
}
