/**
 * Describes attributes, and converts their values, as h5grove does.
 * @module
 */
import { typedArrayName } from '../../core/brands.js';
import type { AttributesFacts } from '../../formats/hdf5-facts.js';
import { describeType } from './datatypes.js';
import { describeAttribute, toPlainJson } from './types.js';

/** Attributes of an object. */
export interface ObjectAttributes {
  readonly values: Readonly<Record<string, unknown>>;
  /** Types and shapes, in formats that store them. */
  readonly facts?: AttributesFacts | undefined;
}

const entriesOf = ({ values, facts }: ObjectAttributes): [name: string, value: unknown][] =>
  // The library adds attributes for details of a datatype, which are not in the file.
  Object.entries(values).filter(([name]) => facts === undefined || Object.hasOwn(facts, name));

/** Describes the names, types and shapes of attributes. */
export function describeAttributes(attributes: ObjectAttributes): unknown[] {
  return entriesOf(attributes).map(([name, value]) => {
    const known = attributes.facts?.[name];
    if (known === undefined) return describeAttribute(name, value, undefined);
    return { name, shape: known.shape, type: describeType(known.datatype) };
  });
}

/** Returns the values of attributes for JSON. @param keys names of the attributes; all if it is empty. */
export function attributeValues(attributes: ObjectAttributes, keys: readonly string[]): Record<string, unknown> {
  const chosen = entriesOf(attributes).filter(([name]) => keys.length === 0 || keys.includes(name));
  const convert = attributes.facts === undefined ? toPlainJson : toListJson;
  return Object.fromEntries(chosen.map(([name, value]) => [name, convert(value)]));
}

const utf8 = new TextDecoder();

/**
 * Converts a value of HDF5: compounds become lists of the values of their members, opaque bytes become text, and
 * references become the text that h5py prints.
 */
function toListJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return toPlainJson(value);
  if (typedArrayName(value) === 'Uint8Array') return utf8.decode(value as Uint8Array);
  if (Array.isArray(value)) return value.map(toListJson);
  if ('objectAddress' in value) return `<HDF5 ${'region' in value ? 'region' : 'object'} reference>`;
  if ('unreadable' in value) return null;
  return Object.values(value).map(toListJson);
}
