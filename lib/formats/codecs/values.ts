/**
 * Defines the names and parameters of the numcodecs codecs that convert array values.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { type CodecType, parseCodecType } from '../zarr/dtype-v2.js';
import { asNumber, inside } from '../zarr/fields.js';
import type { CodecDefinition, NumcodecsUse, ValueStep } from './definition.js';

const boolType: CodecType = { info: dtypeInfo('bool'), byteOrder: 'little' };

function parseType({ config, place }: NumcodecsUse, key: string, fallback: CodecType | null): CodecType {
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

/** Parses the types of a codec with `dtype` and `astype`. */
function arithmeticTypes(use: NumcodecsUse): { decoded: CodecType; stored: CodecType } {
  const decoded = parseType(use, 'dtype', use.current);
  return { decoded, stored: parseType(use, 'astype', decoded) };
}

/** Creates a step for codecs that only round values when writing, so decoding does nothing. */
function identity(type: CodecType): ValueStep {
  return { kind: 'values', keepsShape: true, decoded: type, stored: type, spec: () => null };
}

export const values: CodecDefinition = {
  numcodecs: {
    astype: (use) => cast(parseType(use, 'encode_dtype', null), parseType(use, 'decode_dtype', use.current)),
    bitround: ({ current }) => identity(current ?? boolType),
    delta: (use) => {
      const { decoded, stored } = arithmeticTypes(use);
      return {
        kind: 'values',
        keepsShape: false,
        decoded,
        stored,
        spec: (storedBig, decodedBig) => ({
          codec: 'delta',
          params: castParams(stored, decoded, storedBig, decodedBig),
        }),
      };
    },
    fixedscaleoffset: (use) => {
      const { decoded, stored } = arithmeticTypes(use);
      const scale = asNumber(use.config['scale'], inside(use.place, 'scale'));
      const offset = asNumber(use.config['offset'], inside(use.place, 'offset'));
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
    },
    packbits: () => ({
      kind: 'values',
      keepsShape: false,
      decoded: boolType,
      stored: null,
      spec: () => ({ codec: 'packbits', params: [] }),
    }),
    // Quantize rounds values when writing, so decoding only casts them.
    quantize: (use) => {
      const { decoded, stored } = arithmeticTypes(use);
      return cast(stored, decoded);
    },
  },
};
