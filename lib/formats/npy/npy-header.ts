/**
 * Reads the header of `.npy` files, versions 1 to 3: magic, length and a Python dict.
 * Source: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @module
 */
import { type ErrorLocation, FormatError, UnsupportedError } from '../../core/errors.js';
import { type Io, readExact } from '../../io/io.js';
import { parseRecord } from '../numpy-record.js';
import { objectsHint } from '../refusal-hints.js';
import { axisOrderOf, checkedByteSize, type StorageOrder, type WholeFileArray } from '../whole-file.js';
import { type NpyType, parseNumpyDtype } from './npy-dtype.js';
import { LiteralError, type PythonValue, parsePythonLiteral } from './python-literal.js';

/** Maximum size of a header in bytes. NumPy's limit for untrusted files is 10,000 characters. */
const maxHeaderBytes = 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Contents of a header. */
export interface NpyHeader extends NpyType {
  readonly order: StorageOrder;
  /** Shape, with the dimension inside an element. */
  readonly shape: readonly number[];
  /** Offset of the first element, counted from the start of the source and not from the start of the header. */
  readonly dataOffset: number;
}

/** True if `head`, the first bytes of a file, starts with the magic of `.npy` files. */
export function hasNpyMagic(head: Uint8Array): boolean {
  return head.length >= magic.length && magic.every((byte, i) => head[i] === byte);
}

/** Bytes that start with an npy header: a file, or the decoded bytes of an archive member. */
export interface NpySource {
  readonly path: string;
  /** Returns exactly `length` bytes at `offset`. Throws a FormatError if there are fewer. */
  read(offset: number, length: number, what: string): Io<Uint8Array>;
}

/** Returns a source that reads from a file. */
export function fileSource(path: string): NpySource {
  return { path, read: (offset, length, what) => readExact(path, offset, length, what) };
}

/**
 * Reads the header at offset `base` of a source.
 * @param end end offset of the file or archive member.
 * @throws {FormatError} if the header is damaged. @throws {UnsupportedError} if the type is not supported.
 */
export function* readNpyHeader(source: NpySource, base: number, end: number): Io<NpyHeader> {
  const { path } = source;
  const prefix = yield* source.read(base, 10, 'an npy header');
  const where = { path, offset: base };
  if (!hasNpyMagic(prefix)) throw new FormatError("Expected the magic '\\x93NUMPY'", where);
  const major = prefix[6] ?? 0;
  const minor = prefix[7] ?? 0;
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(`Expected npy version 1.0, 2.0 or 3.0, found ${major}.${minor}`, { path, offset: base + 6 });
  }
  const prefixLength = major === 1 ? 10 : 12;
  const lengthBytes = yield* source.read(base + 8, prefixLength - 8, 'the length of an npy header');
  const view = new DataView(lengthBytes.buffer, lengthBytes.byteOffset, lengthBytes.byteLength);
  const length = major === 1 ? view.getUint16(0, true) : view.getUint32(0, true);
  const dataOffset = base + prefixLength + length;
  if (length > maxHeaderBytes || dataOffset > end) {
    const limit = Math.min(maxHeaderBytes, Math.max(0, end - base - prefixLength));
    throw new FormatError(`Expected an npy header of at most ${limit} bytes, found ${length}`, {
      path,
      offset: base + 8,
    });
  }
  const bytes = yield* source.read(base + prefixLength, length, 'an npy header');
  return { ...parseHeader(bytes, major, path, base + prefixLength), dataOffset };
}

function parseHeader(bytes: Uint8Array, major: number, path: string, offset: number): Omit<NpyHeader, 'dataOffset'> {
  const where = { path, offset };
  let entries: ReadonlyMap<string, PythonValue>;
  try {
    const text = (major === 3 ? utf8 : latin1).decode(bytes);
    const dict = parsePythonLiteral(text);
    if (dict.type !== 'dict') throw new LiteralError('Expected a dict', 0);
    entries = new Map(dict.entries);
    if (entries.size !== dict.entries.length) throw new LiteralError('Expected distinct keys', 0);
  } catch (cause) {
    const [message, position] = cause instanceof LiteralError ? [cause.message, cause.position] : ['Expected UTF-8', 0];
    throw new FormatError(`${message} in the npy header`, { path, offset: offset + position }, { cause });
  }
  for (const key of entries.keys()) {
    if (key !== 'descr' && key !== 'fortran_order' && key !== 'shape') {
      throw new FormatError(`Expected descr, fortran_order and shape in the npy header, found '${key}'`, where);
    }
  }
  const descr = entries.get('descr');
  const type =
    descr?.type === 'list'
      ? recordType(descr, path, where)
      : descr?.type === 'string'
        ? parseNumpyDtype(descr.value, path)
        : null;
  if (type === null) {
    const found = descr?.type === 'string' ? `'${descr.value.slice(0, 40)}'` : (descr?.type ?? 'nothing');
    throw new FormatError(`Expected a dtype such as '<f4' as descr in the npy header, found ${found}`, where);
  }
  const fortran = entries.get('fortran_order');
  if (fortran?.type !== 'boolean') {
    throw new FormatError('Expected True or False as fortran_order in the npy header', where);
  }
  const shape = [...parseShape(entries.get('shape'), where), ...type.inner];
  checkedByteSize(shape, type.dtype, where);
  return { ...type, order: fortran.value ? 'F' : 'C', shape };
}

function parseShape(value: PythonValue | undefined, where: { path: string; offset: number }): number[] {
  const items = value?.type === 'list' ? value.items : [];
  const counts = items.flatMap((item) => (item.type === 'integer' && item.value >= 0 ? [item.value] : []));
  if (value?.type !== 'list' || counts.length < items.length) {
    throw new FormatError('Expected a tuple of counts as shape in the npy header', where);
  }
  return counts;
}

/** Parses the fields of a record. */
function recordType(descr: PythonValue & { readonly type: 'list' }, path: string, where: ErrorLocation): NpyType {
  const fail = (what: string): never => {
    throw new FormatError(`Expected ${what} in the descr of the npy header`, where);
  };
  if (containsObjects(descr)) {
    throw new UnsupportedError('npy arrays of records with Python objects (pickled)', path, objectsHint);
  }
  const type = parseRecord(descr.items.map(plainValue), fail);
  return { dtype: 'uint8', byteOrder: 'little', inner: [type.size], records: { type, fill: null }, unit: null };
}

/** True if a dtype has a field of Python objects. NumPy then stores the array as a pickle. */
function containsObjects(value: PythonValue): boolean {
  if (value.type === 'list') return value.items.some(containsObjects);
  return value.type === 'string' && /^[|<>=]?O$/.test(value.value);
}

function plainValue(value: PythonValue): unknown {
  if (value.type === 'list') return value.items.map(plainValue);
  return value.type === 'string' || value.type === 'integer' ? value.value : null;
}

/** Returns the properties of an array that its header contains. */
export function describeHeader(header: NpyHeader): Omit<WholeFileArray, 'format' | 'path' | 'dataFileSize'> {
  const { dataOffset, order, shape, inner, dtype, byteOrder, unit, records, text } = header;
  const outer = axisOrderOf(order, shape.length - inner.length);
  return {
    offset: dataOffset,
    shape,
    dtype,
    byteOrder,
    axisOrder: [...outer, ...inner.map((_, i) => outer.length + i)],
    ...(unit === null ? {} : { attributes: { npy: { unit } }, storedAs: unit }),
    ...(records === undefined ? {} : { records }),
    ...(text === undefined ? {} : { text }),
  };
}
