/**
 * Parses NumPy dtype strings: `<f4`, `|b1`, `>c16`, ...
 * @module
 */
import { type ByteOrder, type DType, dtypeTable, machineByteOrder } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import type { TextType } from '../../core/stored-type.js';
import type { FixedText, RecordElements } from '../descriptor.js';
import { longDoubleName, parseNumpyString } from '../numpy-record.js';
import { longDoubleHint, objectsHint } from '../refusal-hints.js';

/** Names of the kinds of NumPy that are not supported, and what to do with such an array, by letter. */
const otherKinds: Readonly<Record<string, readonly [name: string, hint: string]>> = {
  V: ['void (opaque) elements', "Convert the array with NumPy: a.view('u1')"],
  O: ['Python objects (pickled)', objectsHint],
  T: ['variable-length text', "Convert the array with NumPy: a.astype('U')"],
};

/** Type of the elements of an array. */
export interface NpyType {
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  /** Dimension inside an element: the code units of text, or the bytes of a record. Empty if there is none. */
  readonly inner: readonly number[];
  readonly records?: RecordElements;
  readonly text?: FixedText;
  /** NumPy type of dates and durations, such as `datetime64[10ns]`; null for other types. */
  readonly unit: string | null;
}

/**
 * Parses `descr`. Returns null if it is not a dtype string. As in NumPy, a missing byte order, `=` and `|` mean the
 * byte order of this machine.
 * @throws {UnsupportedError} naming the type if it is not supported.
 */
export function parseNumpyDtype(descr: string, path: string): NpyType | null {
  const date = /^([<>=|]?)([Mm])8(?:\[([0-9]{0,10}[a-zA-Zμ]+(?:\/[0-9]{1,10})?)\])?$/.exec(descr);
  if (date !== null) {
    const [, order = '', letter, unit] = date;
    const name = letter === 'M' ? 'datetime64' : 'timedelta64';
    const byteOrder = byteOrderOf(order);
    return { dtype: 'int64', byteOrder, inner: [], unit: unit === undefined ? name : `${name}[${unit}]` };
  }
  const stored = parseNumpyString(descr);
  if (stored?.kind === 'text') return textType(stored);
  const match = /^([<>=|]?)([?a-zA-Z])(\d*)(\[.*\])?$/.exec(descr);
  if (match === null) return null;
  const [, order = '', letter = '', digits = '', unit = ''] = match;
  const other = otherKinds[letter];
  if (other !== undefined) {
    const [name, hint] = other;
    throw new UnsupportedError(`npy arrays of ${name}, dtype '${descr}'`, path, hint);
  }
  const kind = letter === '?' ? 'b' : letter;
  const size = letter === '?' ? 1 : Number(digits);
  const info = dtypeTable.find((type) => type.kind === kind && type.size === size);
  if (info === undefined || unit !== '' || (letter === '?' && digits !== '')) {
    const name = longDoubleName(letter, size);
    if (name !== null) throw new UnsupportedError(`npy arrays of ${name}, dtype '${descr}'`, path, longDoubleHint);
    if ('fc'.includes(letter)) throw new UnsupportedError(`npy arrays of dtype '${descr}'`, path);
    return null;
  }
  return { dtype: info.name, byteOrder: byteOrderOf(order), inner: [], unit: null };
}

function textType(type: TextType): NpyType {
  const isWide = type.encoding === 'utf-32';
  const width = isWide ? type.size / 4 : type.size;
  const text = { type, hasAxis: true };
  return { dtype: isWide ? 'uint32' : 'uint8', byteOrder: type.byteOrder, inner: [width], text, unit: null };
}

function byteOrderOf(order: string): ByteOrder {
  return order === '<' ? 'little' : order === '>' ? 'big' : machineByteOrder;
}
