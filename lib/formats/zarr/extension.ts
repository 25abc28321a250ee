/**
 * Zarr v3's extension points: `{"name", "configuration", "must_understand"}`, or the name alone.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html (Extension definition)
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { asObject, asString, inside, type Place, wrong } from './fields.js';
import type { Json, JsonObject } from './json.js';

/** One use of an extension: a data type, chunk grid, codec, ... */
export interface Extension {
  readonly name: string;
  readonly configuration: JsonObject;
  /** The place of `configuration`. */
  readonly place: Place;
}

/**
 * The extension that `value` names.
 * @throws {FormatError} when it is neither a name nor an object with a name, or has members that are not known.
 */
export function asExtension(value: Json | undefined, place: Place): Extension {
  const configurationPlace = inside(place, 'configuration');
  if (typeof value === 'string') return { name: value, configuration: {}, place: configurationPlace };
  const object = asObject(value, place);
  for (const key of Object.keys(object)) {
    if (key !== 'name' && key !== 'configuration' && key !== 'must_understand') {
      throw wrong(place, "only 'name', 'configuration' and 'must_understand'", key);
    }
  }
  const { name, configuration } = object;
  return {
    name: asString(name, inside(place, 'name')),
    configuration: configuration === undefined ? {} : asObject(configuration, configurationPlace),
    place: configurationPlace,
  };
}

/** Whether `value` says of itself that who does not know it may ignore it. */
export function isIgnorable(value: Json | undefined): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (value as JsonObject)['must_understand'] === false
  );
}

/**
 * Refuses members that are neither known nor declared ignorable.
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
 * Refuses members of a configuration that are not known.
 * @throws {FormatError} naming the member.
 */
export function checkMembers(extension: Extension, known: readonly string[]): void {
  for (const key of Object.keys(extension.configuration)) {
    if (!known.includes(key)) {
      throw wrong(inside(extension.place, key), `no such member (known: ${known.join(', ') || 'none'})`, key);
    }
  }
}
