/**
 * Parses NumPy dtype strings: `<f4`, `|b1`, `>c16`, ...
 * @module
 */
import { type ByteOrder, type DType, dtypeTable, machineByteOrder } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';

/** Names of NumPy's non-numeric kinds by letter. */
const otherKinds: Readonly<Record<string, string>> = {
  S: 'byte strings',
  a: 'byte strings',
  U: 'text',
  V: 'void (opaque or structured) elements',
  O: 'Python objects (pickled)',
  M: 'datetime64',
  m: 'timedelta64',
  T: 'variable-length text',
};

/**
 * Parses `descr`. Returns null if it is not a dtype string. As in NumPy, a missing byte order, `=` and `|` mean the
 * byte order of this machine.
 * @throws {UnsupportedError} naming the type if it is not supported.
 */
export function parseNumpyDtype(descr: string, path: string): { dtype: DType; byteOrder: ByteOrder } | null {
  const match = /^([<>=|]?)([?a-zA-Z])(\d*)(\[.*\])?$/.exec(descr);
  if (match === null) return null;
  const [, order = '', letter = '', digits = '', unit = ''] = match;
  const other = otherKinds[letter];
  if (other !== undefined) throw new UnsupportedError(`npy arrays of ${other}, dtype '${descr}'`, path);
  const kind = letter === '?' ? 'b' : letter;
  const size = letter === '?' ? 1 : Number(digits);
  const info = dtypeTable.find((type) => type.kind === kind && type.size === size);
  if (info === undefined || unit !== '' || (letter === '?' && digits !== '')) {
    // The letters g and G are long double. f12, f16, c24 and c32 are extended-precision types of 12 to 32 bytes.
    if ('fcgG'.includes(letter)) throw new UnsupportedError(`npy arrays of dtype '${descr}'`, path);
    return null;
  }
  const byteOrder = order === '<' ? 'little' : order === '>' ? 'big' : machineByteOrder;
  return { dtype: info.name, byteOrder };
}
