/**
 * Parses the data types of Zarr v3: the core types, and extension types that NumPy or ml_dtypes also have.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/data-types/index.html
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types
 * @module
 */
import { type DType, isDType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { type RecordField, type RecordType, type StoredType, sizeOfStored } from '../../core/stored-type.js';
import { type FloatBits, type SmallNumber, smallFloat, smallInteger } from '../small-numbers.js';
import { dateElement, type ElementType, plainElement, recordElement, textElement } from './element.js';
import { asExtension, type Extension } from './extension.js';
import { asArray, asInteger, asObject, asString, fieldError, inside, type Place } from './fields.js';
import type { Json } from './json.js';
import { isVariable, variableElement } from './variable-text.js';

const aliases: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['complex_float32', 'complex64'],
  ['complex_float64', 'complex128'],
]);

/** Describes a float in the low bits of a byte. From high to low: sign, `exponentSize` bits, `mantissaSize` bits. */
function float8(
  exponentSize: number,
  mantissaSize: number,
  bias: number,
  specials: FloatBits['specials'],
): SmallNumber | null {
  const sign = exponentSize + mantissaSize;
  const places = { sign, exponentAt: mantissaSize, exponentSize, mantissaAt: 0, mantissaSize, bias };
  return smallFloat({ storedBytes: 1, ...places, specials });
}

const integer = (precision: number, signed: boolean): SmallNumber | null =>
  smallInteger({ storedBytes: 1, offset: 0, precision, signed });

/** Extension types that are converted. Names and bits are the same as in the ml_dtypes library. */
const smallNumbers: ReadonlyMap<string, SmallNumber | null> = new Map([
  [
    'bfloat16',
    smallFloat({
      ...{ storedBytes: 2, sign: 15, exponentAt: 7, exponentSize: 8, mantissaAt: 0, mantissaSize: 7 },
      ...{ bias: 127, specials: 'ieee' },
    }),
  ],
  ['float4_e2m1fn', float8(2, 1, 1, 'none')],
  ['float6_e2m3fn', float8(2, 3, 1, 'none')],
  ['float6_e3m2fn', float8(3, 2, 3, 'none')],
  ['float8_e3m4', float8(3, 4, 3, 'ieee')],
  ['float8_e4m3', float8(4, 3, 7, 'ieee')],
  ['float8_e4m3fn', float8(4, 3, 7, 'highest-nan')],
  ['float8_e4m3b11fnuz', float8(4, 3, 11, 'negative-zero')],
  ['float8_e4m3fnuz', float8(4, 3, 8, 'negative-zero')],
  ['float8_e5m2', float8(5, 2, 15, 'ieee')],
  ['float8_e5m2fnuz', float8(5, 2, 16, 'negative-zero')],
  ['int2', integer(2, true)],
  ['uint2', integer(2, false)],
  ['int4', integer(4, true)],
  ['uint4', integer(4, false)],
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
  const small = smallNumbers.get(type.name);
  if (small != null) return { ...plainElement(small.dtype), small };
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
      return recordElement(parseStructured(type, 0));
  }
  const bits = /^r([1-9][0-9]{0,9})$/.exec(type.name)?.[1];
  if (bits !== undefined && Number(bits) % 8 === 0) return bytesElement(Number(bits) / 8);
  throw new UnsupportedError(`the Zarr data type '${type.name}'`, place.path);
}

/** Maximum depth of nested records. */
const maxDepth = 32;

/**
 * Parses the fields of a record. In the type `structured`, which zarr-python writes, a field is a pair of name and
 * type. In the registered type `struct`, a field is an object. Elements are little-endian, because v3 types have no
 * byte order.
 */
function parseStructured({ configuration, place }: Extension, depth: number): RecordType {
  const at = inside(place, 'fields');
  if (depth > maxDepth) throw fieldError(at, `at most ${maxDepth} levels of records`, depth);
  const fields: RecordField[] = [];
  let size = 0;
  for (const [i, item] of asArray(configuration['fields'], at).entries()) {
    const [name, value] = nameAndType(item, inside(at, i));
    if (fields.some((field) => field.name === name)) throw fieldError(at, 'distinct names of fields', name);
    const type = storedTypeV3(value, inside(at, i), depth);
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

function storedTypeV3(value: Json | undefined, place: Place, depth: number): StoredType {
  const type = asExtension(value, place);
  if (type.name === 'structured' || type.name === 'struct') return parseStructured(type, depth + 1);
  const element = parseTypeV3(value, place);
  if (isVariable(element)) throw new UnsupportedError(`Zarr fields of type ${type.name}`, place.path);
  const { dtype, width, text, unit, small } = element;
  if (small !== undefined) return { kind: 'other', size: small.storedBytes, what: `Zarr fields of type ${type.name}` };
  if (text !== undefined) return text;
  const notes = unit === null ? {} : { zarr: { unit } };
  const number = { kind: 'number', dtype, byteOrder: 'little', notes } as const;
  return width === null ? number : { kind: 'array', shape: [width], base: number };
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
