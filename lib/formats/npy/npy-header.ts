/**
 * Reads the header of `.npy` files, versions 1 to 3: magic, length and a Python dict.
 * Source: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @module
 */
import type { ByteOrder, DType } from '../../core/dtype.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { type Io, readExact } from '../../io/io.js';
import { checkedByteSize, type StorageOrder } from '../whole-file.js';
import { parseNumpyDtype } from './npy-dtype.js';
import { LiteralError, type PythonValue, parsePythonLiteral } from './python-literal.js';

/** Maximum size of a header in bytes. NumPy's limit for untrusted files is 10,000 characters. */
const maxHeaderBytes = 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Contents of a header. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  readonly order: StorageOrder;
  readonly shape: readonly number[];
  /** File offset of the first element. Offsets are relative to the file, even in an archive member. */
  readonly dataOffset: number;
}

/** True if `head`, the first bytes of a file, starts with the magic of `.npy` files. */
export function hasNpyMagic(head: Uint8Array): boolean {
  return head.length >= magic.length && magic.every((byte, i) => head[i] === byte);
}

/**
 * Reads the header at offset `base` of `path`.
 * @param end end offset of the file or archive member.
 * @throws {FormatError} if the header is damaged. @throws {UnsupportedError} if the type is not supported.
 */
export function* readNpyHeader(path: string, base: number, end: number): Io<NpyHeader> {
  const prefix = yield* readExact(path, base, 10, 'an npy header');
  const where = { path, offset: base };
  if (!hasNpyMagic(prefix)) throw new FormatError("Expected the magic '\\x93NUMPY'", where);
  const major = prefix[6] ?? 0;
  const minor = prefix[7] ?? 0;
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(`Expected npy version 1.0, 2.0 or 3.0, found ${major}.${minor}`, { path, offset: base + 6 });
  }
  const prefixLength = major === 1 ? 10 : 12;
  const lengthBytes = yield* readExact(path, base + 8, prefixLength - 8, 'the length of an npy header');
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
  const bytes = yield* readExact(path, base + prefixLength, length, 'an npy header');
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
  if (descr?.type === 'list') throw new UnsupportedError('npy arrays of structured elements (records)', path);
  const type = descr?.type === 'string' ? parseNumpyDtype(descr.value, path) : null;
  if (type === null) {
    const found = descr?.type === 'string' ? `'${descr.value.slice(0, 40)}'` : (descr?.type ?? 'nothing');
    throw new FormatError(`Expected a dtype such as '<f4' as descr in the npy header, found ${found}`, where);
  }
  const fortran = entries.get('fortran_order');
  if (fortran?.type !== 'boolean') {
    throw new FormatError('Expected True or False as fortran_order in the npy header', where);
  }
  const shape = parseShape(entries.get('shape'), where);
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
