/**
 * Chooses how stored values are decoded. Summaries and pictures show values decoded by the CF conventions, unless the
 * caller wants stored values. Without decoding, the minimum of packed data, for example, would often be its fill value.
 * @module
 */
import { type ArrayHandle, type DType, isPosixParError, type ReadOptions, type RealDType, slice } from '../../index.js';
import { UsageError } from '../exit-codes.js';
import type { PreparedRead } from './reading.js';

/** Options of the command that determine the values. */
export interface DecodingFlags {
  readonly as?: RealDType | undefined;
  readonly decode?: 'cf' | undefined;
  readonly raw?: true | undefined;
  readonly scaled?: true | undefined;
}

/** Options of a read that determine its values. */
export interface ChosenDecoding {
  readonly options: Pick<ReadOptions, 'decode' | 'scaled'>;
  /** Element type of the result: the type that `--as` names, or else the type of the decoded or stored elements. */
  readonly dtype: DType;
}

/**
 * Chooses the decoding for an array and the flags of the command.
 * @param isShown true if the result is a summary or a picture.
 * @throws {UsageError} if the flags contradict each other, and as `ArrayHandle.read`.
 */
export async function chooseDecoding(
  array: ArrayHandle,
  flags: DecodingFlags,
  isShown: boolean,
): Promise<ChosenDecoding> {
  const { as, decode, raw, scaled } = flags;
  const given = [decode && '--decode', raw && '--raw', scaled && '--scaled'].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new UsageError(`Expected one of ${given.join(' and ')}, received both`);
  if (scaled === true) return { options: { scaled }, dtype: as ?? 'float64' };
  const stored: ChosenDecoding = { options: {}, dtype: as ?? array.dtype };
  if (decode === 'cf') return { options: { decode }, dtype: as ?? (await decodedType(array)) };
  const isPossible = as === undefined || as.startsWith('float');
  if (raw === true || !isShown || !isPossible) return stored;
  try {
    return { options: { decode: 'cf' }, dtype: as ?? (await decodedType(array)) };
  } catch (error) {
    // CF attributes cannot be applied to some types, for example complex ones. The stored values are shown then.
    if (isPosixParError(error, 'UnsupportedError')) return stored;
    throw error;
  }
}

/** Returns the type of decoded elements. Reads an empty selection, or the element of an array without dimensions. */
async function decodedType(array: ArrayHandle): Promise<DType> {
  const { dtype } = await array.read(
    array.shape.map(() => slice(0, 0)),
    { decode: 'cf' },
  );
  return dtype;
}

/**
 * Returns the units of the values of a read. Null if the attributes name no units, or the unit `1` (a pure number).
 * Also null if the units do not apply to the values, as for packed values that are shown as stored, and for counts.
 */
export function unitsOf(read: Pick<PreparedRead, 'array' | 'options' | 'hasUnits'>): string | null {
  const { array, options, hasUnits = true } = read;
  const { attributes } = array;
  if (!hasUnits) return null;
  const isPacked = ['scale_factor', 'add_offset'].some((name) => Object.hasOwn(attributes, name));
  if (isPacked && options.decode === undefined && options.scaled !== true) return null;
  const units = Object.hasOwn(attributes, 'units') ? attributes['units'] : undefined;
  return typeof units === 'string' && units !== '' && units !== '1' ? units : null;
}

/** Attributes that name missing values. */
const missingNames = ['_FillValue', 'missing_value', 'valid_range', 'valid_min', 'valid_max'];

/** True if the attributes of an array say which values are missing. */
export function namesMissing({ attributes }: Pick<ArrayHandle, 'attributes'>): boolean {
  return missingNames.some((name) => Object.hasOwn(attributes, name));
}
