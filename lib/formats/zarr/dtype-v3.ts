/**
 * Parses the data types of Zarr v3: the core types, and the registered extension types that NumPy also has.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/data-types/index.html
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types
 * @module
 */
import { type DType, isDType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { dateElement, type ElementType, plainElement } from './element.js';
import { asExtension, type Extension } from './extension.js';
import { asInteger, asString, inside, type Place } from './fields.js';
import type { Json } from './json.js';

const aliases: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['complex_float32', 'complex64'],
  ['complex_float64', 'complex128'],
]);

/** Maximum size of one element in bytes. */
const maxElementBytes = 2 ** 31 - 1;

/**
 * Parses the element type of an array.
 * @throws {UnsupportedError} naming a type that is not supported.
 */
export function parseTypeV3(value: Json | undefined, place: Place): ElementType {
  const type = asExtension(value, place);
  const dtype = isDType(type.name) ? type.name : aliases.get(type.name);
  if (dtype !== undefined) return plainElement(dtype);
  switch (type.name) {
    case 'numpy.datetime64':
    case 'numpy.timedelta64':
      return parseDate(type);
    case 'raw_bytes':
    case 'null_terminated_bytes':
      return bytesElement(lengthBytes(type, 1));
    case 'fixed_length_utf32':
      return { kind: 'utf32', dtype: 'uint32', width: lengthBytes(type, 4) / 4, unit: null };
  }
  const bits = /^r([1-9][0-9]{0,9})$/.exec(type.name)?.[1];
  if (bits !== undefined && Number(bits) % 8 === 0) return bytesElement(Number(bits) / 8);
  throw new UnsupportedError(`the Zarr data type '${type.name}'`, place.path);
}

function bytesElement(width: number): ElementType {
  return { kind: 'bytes', dtype: 'uint8', width, unit: null };
}

function lengthBytes(type: Extension, unit: number): number {
  const place = inside(type.place, 'length_bytes');
  const length = asInteger(type.configuration['length_bytes'], place, unit, maxElementBytes);
  if (length % unit !== 0) throw new UnsupportedError(`a string of ${length} bytes in UTF-32`, place.path);
  return length;
}

function parseDate(type: Extension): ElementType {
  const { unit, scale_factor: scale } = type.configuration;
  const name = asString(unit, inside(type.place, 'unit'));
  const factor = asInteger(scale ?? 1, inside(type.place, 'scale_factor'), 1);
  const isDate = type.name === 'numpy.datetime64';
  if (name === 'generic') return dateElement(isDate, null);
  return dateElement(isDate, factor === 1 ? name : `${factor}${name}`);
}
