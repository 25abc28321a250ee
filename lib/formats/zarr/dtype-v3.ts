/**
 * Parses the data types of Zarr v3: the core types, and extension types that NumPy or ml_dtypes also have.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/data-types/index.html
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types
 * @module
 */
import { type DType, isDType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { type RecordField, type RecordType, type StoredType, sizeOfStored } from '../../core/stored-type.js';
import { mlNumbers } from '../ml-numbers.js';
import { bitsHint, type NumberForm, smallElement, storedName } from '../small-numbers.js';
import { bytesElement, dateElement, type ElementType, plainElement, recordElement, textElement } from './element.js';
import { asExtension, type Extension } from './extension.js';
import { asArray, asInteger, asObject, asString, fieldError, inside, type Place } from './fields.js';
import type { Json } from './json.js';
import { isVariable, variableElement } from './variable-text.js';

const aliases: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['complex_float32', 'complex64'],
  ['complex_float64', 'complex128'],
]);

/** Maximum size of one element in bytes. */
const maxElementBytes = 2 ** 31 - 1;

/**
 * Parses the element type of an array.
 * @param numbers what to read of numbers that no element type represents.
 * @throws {UnsupportedError} naming a type that is not supported.
 */
export function parseTypeV3(value: Json | undefined, place: Place, numbers: NumberForm): ElementType {
  const type = asExtension(value, place);
  const dtype = isDType(type.name) ? type.name : aliases.get(type.name);
  if (dtype !== undefined) return plainElement(dtype);
  const small = mlNumbers.get(type.name);
  if (small !== undefined) {
    return { ...plainElement(small.dtype), ...smallElement(small, numbers), storedAs: storedName(small, numbers) };
  }
  switch (type.name) {
    case 'numpy.datetime64':
    case 'numpy.timedelta64':
      return parseDate(type);
    case 'raw_bytes':
      return bytesElement(lengthBytes(type, 1));
    case 'null_terminated_bytes':
      return textElement('utf-8', lengthBytes(type, 1), 'little');
    case 'fixed_length_utf32':
      return textElement('utf-32', lengthBytes(type, 4) / 4, 'little');
    case 'string':
      return variableElement('variable-text');
    case 'bytes':
    case 'variable_length_bytes':
      return variableElement('variable-bytes');
    case 'structured':
    case 'struct':
      return recordElement(parseStructured(type, 0, numbers));
  }
  const bits = /^r([1-9][0-9]{0,9})$/.exec(type.name)?.[1];
  if (bits !== undefined && Number(bits) % 8 === 0) return bytesElement(Number(bits) / 8);
  if (type.name === 'optional' || type.name === 'zarrs.optional') {
    const hint = 'Its specification is a draft. Read it with zarrs, and store the values and a mask as two arrays';
    throw new UnsupportedError(`the Zarr data type '${type.name}'`, place.path, hint);
  }
  throw new UnsupportedError(`the Zarr data type '${type.name}'`, place.path);
}

/** Maximum depth of nested records. */
const maxDepth = 32;

/**
 * Parses the fields of a record. In the type `structured`, which zarr-python writes, a field is a pair of name and
 * type. In the registered type `struct`, a field is an object. Elements are little-endian, because v3 types have no
 * byte order.
 */
function parseStructured({ configuration, place }: Extension, depth: number, numbers: NumberForm): RecordType {
  const at = inside(place, 'fields');
  if (depth > maxDepth) throw fieldError(at, `at most ${maxDepth} levels of records`, depth);
  const fields: RecordField[] = [];
  let size = 0;
  for (const [i, item] of asArray(configuration['fields'], at).entries()) {
    const [name, value] = nameAndType(item, inside(at, i));
    if (fields.some((field) => field.name === name)) throw fieldError(at, 'distinct names of fields', name);
    const type = storedTypeV3(value, inside(at, i), depth, numbers);
    fields.push({ name, offset: size, type });
    size += sizeOfStored(type);
    if (size > maxElementBytes) throw fieldError(at, 'a record of less than 2 GiB', size);
  }
  if (fields.length === 0) throw fieldError(at, 'fields', configuration['fields']);
  return { kind: 'record', size, fields };
}

function nameAndType(item: Json, place: Place): readonly [string, Json | undefined] {
  if (Array.isArray(item)) {
    const [name, type]: readonly Json[] = item;
    return [asString(name, place), type];
  }
  const { name, data_type: type } = asObject(item, place);
  return [asString(name, inside(place, 'name')), type];
}

function storedTypeV3(value: Json | undefined, place: Place, depth: number, numbers: NumberForm): StoredType {
  const type = asExtension(value, place);
  if (type.name === 'structured' || type.name === 'struct') return parseStructured(type, depth + 1, numbers);
  const element = parseTypeV3(value, place, numbers);
  if (isVariable(element)) throw new UnsupportedError(`Zarr fields of type ${type.name}`, place.path);
  const { dtype, width, text, unit, small } = element;
  if (small !== undefined) {
    return { kind: 'other', size: small.storedBytes, what: `Zarr fields of type ${type.name}`, hint: bitsHint };
  }
  if (text !== undefined) return text;
  const notes = unit === null ? {} : { zarr: { unit } };
  const number = { kind: 'number', dtype, byteOrder: 'little', notes } as const;
  return width === null ? number : { kind: 'array', shape: [width], base: number };
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
