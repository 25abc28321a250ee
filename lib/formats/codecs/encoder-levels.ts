/**
 * Reads parameters of encoders from codec configurations. A reader does not need them, so invalid ones are ignored: the
 * encoder then uses its default.
 * @module
 */
import type { JsonObject } from '../zarr/json.js';

/** Returns the integer `config[key]` as a list of parameters; an empty list if it is absent or out of range. */
export function levelOf(config: JsonObject, key: string, low: number, high: number): readonly number[] {
  const level = config[key];
  return typeof level === 'number' && Number.isInteger(level) && level >= low && level <= high ? [level] : [];
}

/** Returns the compression level in the client data of an HDF5 filter; an empty list if there is none. */
export function levelInValues(values: readonly number[], low: number, high: number): readonly number[] {
  const level = (values[0] ?? Number.NaN) | 0; // The values are unsigned; negative levels of libzstd have 32 bits.
  return values.length > 0 && level >= low && level <= high ? [level] : [];
}

/** Smallest and largest level of libzstd. */
export const zstdLevels = [-131072, 22] as const;
/** Smallest and largest level of zlib. */
export const deflateLevels = [0, 9] as const;

/** Inner codecs of Blosc that have an encoder, and their numbers in a frame. LZ4HC writes the frames of LZ4. */
const bloscInner: Readonly<Record<string, number>> = { lz4: 1, lz4hc: 1, zlib: 3, zstd: 4 };
const bloscShuffles: readonly unknown[] = ['noshuffle', 'shuffle', 'bitshuffle'];
const maxBloscElement = 255;
const maxBloscBlock = 2 ** 31 - 1 - 16;

/**
 * Returns the parameters of the Blosc encoder; an empty list if the configuration is invalid, or names an inner codec
 * without an encoder.
 * @param elementBytes size of an element, if the configuration does not contain it.
 */
export function bloscParams(config: JsonObject, elementBytes: number): readonly number[] {
  const { cname, clevel, shuffle, blocksize = 0, typesize = elementBytes } = config;
  const inner = typeof cname === 'string' && Object.hasOwn(bloscInner, cname) ? bloscInner[cname] : undefined;
  // numcodecs: -1 means bit shuffle for single bytes, otherwise byte shuffle.
  const automatic = elementBytes === 1 ? 2 : 1;
  const mode = typeof shuffle === 'string' ? bloscShuffles.indexOf(shuffle) : shuffle === -1 ? automatic : shuffle;
  const values = [inner, clevel, mode, typesize, blocksize];
  const limits = [4, 9, 2, maxBloscElement, maxBloscBlock];
  const isValid = values.every(
    (value, i) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= (limits[i] ?? 0),
  );
  return isValid && typesize !== 0 ? (values as number[]) : [];
}
