/**
 * The codecs of the numcodecs library, which Zarr v2 names by `id` and Zarr v3 as `numcodecs.<id>`.
 * @see https://numcodecs.readthedocs.io/en/stable/
 * @module
 */
import type { CodecSpec } from '../../codecs/codec.js';
import { dtypeInfo } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { type CodecType, parseCodecType } from './dtype-v2.js';
import { asChoice, asInteger, asNumber, inside, type Place } from './fields.js';
import type { JsonObject } from './json.js';

/** A codec that changes bytes without knowing what they mean. */
export interface ByteStep {
  readonly kind: 'bytes';
  readonly spec: CodecSpec;
}

/** A codec from values to values. */
export interface ValueStep {
  readonly kind: 'values';
  /**
   * True if the codec keeps the dimensions of a chunk. The others of zarr-python flatten it in an order that depends on its
   * memory.
   */
  readonly keepsShape: boolean;
  /** The values after decoding. */
  readonly decoded: CodecType;
  /** The values before decoding; null when they are bits. */
  readonly stored: CodecType | null;
  /** The codec that decodes, for the byte orders of the stored and the decoded values; null when nothing is to be done. */
  spec(storedBig: boolean, decodedBig: boolean): CodecSpec | null;
}

export type NumcodecsStep = ByteStep | ValueStep;

/**
 * The step that a codec stands for.
 * @param id such as `shuffle`.
 * @param config its parameters.
 * @param current the type of the values that reach the codec when writing, when they are values.
 * @throws {UnsupportedError} naming a codec that is not read.
 * @throws {FormatError} when a parameter is missing or makes no sense.
 */
export function parseNumcodecs(id: string, config: JsonObject, place: Place, current: CodecType | null): NumcodecsStep {
  switch (id) {
    case 'blosc':
    case 'zstd':
    case 'zlib':
    case 'gzip':
    case 'fletcher32':
      return bytes({ codec: id, params: [] });
    case 'lz4':
      return bytes({ codec: 'lz4Numcodecs', params: [] });
    case 'bz2':
      return bytes({ codec: 'bzip2', params: [] });
    case 'lzma':
      return parseLzma(config, place);
    case 'shuffle':
      return bytes({ codec: 'shuffle', params: [elementSize(config, place)] });
    case 'crc32c':
      return bytes({ codec: 'crc32c', params: [isAtEnd(config, place, 'end') ? 0 : 1] });
    case 'crc32':
    case 'adler32':
      return bytes({ codec: 'checksum32', params: [id === 'crc32' ? 0 : 1, isAtEnd(config, place, 'start') ? 1 : 0] });
    case 'delta':
    case 'fixedscaleoffset':
    case 'quantize':
      return parseArithmetic(id, config, place, current);
    case 'astype':
      return parseAsType(config, place, current);
    case 'packbits':
      return {
        kind: 'values',
        keepsShape: false,
        decoded: boolType,
        stored: null,
        spec: () => ({ codec: 'packbits', params: [] }),
      };
    case 'bitround':
      return identity(current ?? boolType);
    default:
      throw new UnsupportedError(`the Zarr codec '${id}'`, place.path);
  }
}

const boolType: CodecType = { info: dtypeInfo('bool'), byteOrder: 'little' };

function bytes(spec: CodecSpec): ByteStep {
  return { kind: 'bytes', spec };
}

/** A codec that loses precision when writing and has nothing to undo. */
function identity(type: CodecType): ValueStep {
  return { kind: 'values', keepsShape: true, decoded: type, stored: type, spec: () => null };
}

// The formats of Python's lzma module: 1 xz, 2 lzma alone, 3 raw.
function parseLzma(config: JsonObject, place: Place): ByteStep {
  const format = asInteger(config['format'] ?? 1, inside(place, 'format'), 0, 3);
  if (format === 3) throw new UnsupportedError('raw LZMA streams in Zarr', place.path);
  return bytes({ codec: 'lzma', params: [] });
}

function elementSize(config: JsonObject, place: Place): number {
  return asInteger(config['elementsize'] ?? 4, inside(place, 'elementsize'), 1, 65535);
}

function isAtEnd(config: JsonObject, place: Place, fallback: 'start' | 'end'): boolean {
  const { location } = config;
  return asChoice(location ?? fallback, inside(place, 'location'), ['start', 'end']) === 'end';
}

function parseType(config: JsonObject, key: string, place: Place, fallback: CodecType | null): CodecType {
  const value = config[key];
  if (fallback !== null && (value === undefined || value === null)) return fallback;
  return parseCodecType(value, inside(place, key));
}

function castParams(stored: CodecType, decoded: CodecType, storedBig: boolean, decodedBig: boolean): number[] {
  return [stored.info.code, decoded.info.code, storedBig ? 1 : 0, decodedBig ? 1 : 0];
}

function cast(stored: CodecType, decoded: CodecType): ValueStep {
  return {
    kind: 'values',
    keepsShape: true,
    decoded,
    stored,
    spec: (storedBig, decodedBig) => {
      if (stored.info === decoded.info && storedBig === decodedBig) return null;
      return { codec: 'astype', params: castParams(stored, decoded, storedBig, decodedBig) };
    },
  };
}

function parseAsType(config: JsonObject, place: Place, current: CodecType | null): ValueStep {
  return cast(parseType(config, 'encode_dtype', place, null), parseType(config, 'decode_dtype', place, current));
}

function parseArithmetic(
  id: 'delta' | 'fixedscaleoffset' | 'quantize',
  config: JsonObject,
  place: Place,
  current: CodecType | null,
): ValueStep {
  const decoded = parseType(config, 'dtype', place, current);
  const stored = parseType(config, 'astype', place, decoded);
  // Quantize rounds when writing; reading only casts back.
  if (id === 'quantize') return cast(stored, decoded);
  if (id === 'delta') {
    return {
      kind: 'values',
      keepsShape: false,
      decoded,
      stored,
      spec: (storedBig, decodedBig) => ({ codec: 'delta', params: castParams(stored, decoded, storedBig, decodedBig) }),
    };
  }
  const scale = asNumber(config['scale'], inside(place, 'scale'));
  const offset = asNumber(config['offset'], inside(place, 'offset'));
  return {
    kind: 'values',
    keepsShape: false,
    decoded,
    stored,
    spec: (storedBig, decodedBig) => ({
      codec: 'fixedScaleOffset',
      params: [...castParams(stored, decoded, storedBig, decodedBig), scale, offset],
    }),
  };
}
