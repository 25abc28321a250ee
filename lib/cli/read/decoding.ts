/**
 * Chooses how stored values are decoded. Values that are shown are decoded by the CF conventions unless the caller
 * wants stored values: the minimum of packed data, for example, would otherwise be its fill value.
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
  /** Element type of the result before `as`. */
  readonly dtype: DType;
}

/**
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
    // Attributes of complex arrays, for example, cannot be applied.
    if (isPosixParError(error, 'UnsupportedError')) return stored;
    throw error;
  }
}

/** Returns the type of decoded elements. Reads no more than one element. */
async function decodedType(array: ArrayHandle): Promise<DType> {
  const { dtype } = await array.read(
    array.shape.map(() => slice(0, 0)),
    { decode: 'cf' },
  );
  return dtype;
}

/** Returns the units of the values of a read; null if the attributes name none, and for packed values as stored. */
export function unitsOf({ array: { attributes }, options }: Pick<PreparedRead, 'array' | 'options'>): string | null {
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
