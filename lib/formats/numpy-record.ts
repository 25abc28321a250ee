/**
 * Parses the structured dtypes of NumPy, as `.npy` headers and Zarr metadata contain them: lists of `(name, dtype)` or
 * `(name, dtype, shape)`. Entries without a name and of type void are padding.
 * Source: `numpy.lib.format.descr_to_dtype`.
 * @module
 */
import { type DType, dtypeTable, machineByteOrder } from '../core/dtype.js';
import { type RecordField, type RecordType, type StoredType, sizeOfStored } from '../core/stored-type.js';
import { longDoubleHint } from './refusal-hints.js';

/** A dtype: a type string, or a list of fields. */
export type NumpyDescr = unknown;

/** Maximum size of a record in bytes; NumPy's limit. */
const maxRecordBytes = 2 ** 31 - 1;
/** Maximum depth of nested records. */
const maxDepth = 32;

/**
 * Parses the list of fields of a record.
 * @param fail throws the error for a damaged dtype. It receives what was expected.
 */
export function parseRecord(descr: readonly unknown[], fail: (what: string) => never, depth = 0): RecordType {
  if (depth > maxDepth) return fail(`at most ${maxDepth} levels of records`);
  const fields: RecordField[] = [];
  const names = new Set<string>();
  let size = 0;
  for (const [i, item] of descr.entries()) {
    if (!Array.isArray(item) || item.length < 2 || item.length > 3) return fail('fields of a name and a dtype');
    const [title, descrOfField, sizes] = item as readonly unknown[];
    const base = parseType(descrOfField, fail, depth);
    const shape = shapeOf(sizes, fail);
    const type: StoredType = shape.length === 0 ? base : { kind: 'array', shape, base };
    const offset = size;
    size += sizeOfStored(type);
    if (!(size <= maxRecordBytes)) return fail('a record of less than 2 GiB');
    // A field may have a title: (title, name).
    const name: unknown = Array.isArray(title) && title.length === 2 ? title[1] : title;
    if (typeof name !== 'string') return fail('the name of a field');
    if (name === '' && isVoid(descrOfField)) continue;
    const used = name === '' ? `f${i}` : name;
    if (names.has(used)) return fail('distinct names of fields');
    names.add(used);
    fields.push({ name: used, offset, type });
  }
  return fields.length === 0 ? fail('fields') : { kind: 'record', size, fields };
}

function isVoid(descr: NumpyDescr): boolean {
  return typeof descr === 'string' && /^[|<>=]?V/.test(descr);
}

function shapeOf(value: unknown, fail: (what: string) => never): readonly number[] {
  const shape: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  const isSize = (size: unknown): size is number => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  return shape.length <= 32 && shape.every(isSize) ? shape : fail('the shape of a field');
}

function parseType(descr: NumpyDescr, fail: (what: string) => never, depth: number): StoredType {
  if (Array.isArray(descr)) return parseRecord(descr, fail, depth + 1);
  return (typeof descr === 'string' ? parseNumpyString(descr) : null) ?? fail('the dtype of a field');
}

const pattern = /^([<>|=]?)([?a-zA-Z])([0-9]{0,9})(?:\[([0-9]{0,10}[a-zA-Zμ]+(?:\/[0-9]{1,10})?)\])?$/;

/**
 * Parses a type string such as `<f4`, `|S10` or `<M8[ns]`. As in NumPy, a missing byte order, `=` and `|` mean the byte
 * order of this machine. Floats and complex numbers of other sizes, such as `<f16`, become `other`.
 * @returns null if it is not a type string, or if the size of an element is not known.
 */
export function parseNumpyString(text: string): StoredType | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, order = '', letter = '', digits = '', unit] = match;
  const byteOrder = order === '<' ? 'little' : order === '>' ? 'big' : machineByteOrder;
  const count = Number(digits);
  if ('Mm'.includes(letter)) {
    if (count !== 8) return null;
    const name = letter === 'M' ? 'datetime64' : 'timedelta64';
    const notes = { npy: { unit: unit === undefined ? name : `${name}[${unit}]` } };
    return { kind: 'number', dtype: 'int64', byteOrder, notes };
  }
  if (unit !== undefined) return null;
  if (letter === '?' && digits === '') return { kind: 'number', dtype: 'bool', byteOrder };
  if (digits === '') return null;
  switch (letter) {
    case 'S':
    case 'a':
      return { kind: 'text', size: count, encoding: 'utf-8', byteOrder, padding: 'trailing-nulls' };
    case 'U':
      return { kind: 'text', size: 4 * count, encoding: 'utf-32', byteOrder, padding: 'trailing-nulls' };
    case 'V':
      return { kind: 'array', shape: [count], base: { kind: 'number', dtype: 'uint8', byteOrder } };
  }
  const dtype = numberOf(letter, count);
  if (dtype !== null) return { kind: 'number', dtype, byteOrder };
  const name = longDoubleName(letter, count);
  if (name !== null)
    return { kind: 'other', size: count, what: `NumPy fields of ${name}, dtype '${text}'`, hint: longDoubleHint };
  return 'fc'.includes(letter) ? { kind: 'other', size: count, what: `NumPy fields of dtype '${text}'` } : null;
}

/** Returns the name of a NumPy type of more than 64 bits per float; null for other types. */
export function longDoubleName(letter: string, size: number): string | null {
  if (letter === 'g' || (letter === 'f' && size > 8)) return 'long double';
  return letter === 'G' || (letter === 'c' && size > 16) ? 'complex long double' : null;
}

function numberOf(kind: string, size: number): DType | null {
  return dtypeTable.find((type) => type.kind === kind && type.size === size)?.name ?? null;
}
