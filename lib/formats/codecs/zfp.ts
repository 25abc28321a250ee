/**
 * Defines the names and parameters of ZFP in Zarr, numcodecs and HDF5.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/zfp
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { checkMembers, type Extension } from '../zarr/extension.js';
import { asChoice, asInteger, asNumber, fieldError, inside } from '../zarr/fields.js';
import { bytes, type CodecDefinition, type SerializerUse } from './definition.js';

/** Parameters of the encoder: [minbits, maxbits, maxprec, minexp]. */
type Mode = readonly [number, number, number, number];

const maxBits = 16_658;
const maxPrecision = 64;
/** Exponent of the smallest tolerance. The encoder is reversible if `minexp` is below it. */
const minExponent = -1074;
/** Largest number of bits of a block in a stream. */
const mostBits = 0x8000;
/** Added to `minexp`, which may be negative. */
const exponentOffset = 16_495;
const maxRank = 4;

/** Types that the zfp library stores. */
const storedTypes: ReadonlySet<string> = new Set(['int32', 'int64', 'float32', 'float64']);
/** Types that writers convert to one of them. */
const convertedTypes: ReadonlySet<string> = new Set(['int8', 'uint8', 'int16', 'uint16', 'uint32', 'uint64']);

const modes: Readonly<Record<string, (codec: Extension, values: number, exponentBits: number) => Mode>> = {
  reversible: () => [1, maxBits, maxPrecision, minExponent - 1],
  fixed_accuracy: (codec) => {
    const tolerance = asNumber(codec.configuration['tolerance'], inside(codec.place, 'tolerance'));
    return [1, maxBits, maxPrecision, tolerance > 0 ? floorOfLog2(tolerance) : minExponent];
  },
  fixed_precision: (codec) => {
    const precision = asInteger(codec.configuration['precision'], inside(codec.place, 'precision'), 0);
    return [1, maxBits, precision === 0 ? maxPrecision : Math.min(precision, maxPrecision), minExponent];
  },
  fixed_rate: (codec, values, exponentBits) => {
    const place = inside(codec.place, 'rate');
    const rate = asNumber(codec.configuration['rate'], place);
    const bits = Math.max(Math.floor(values * rate + 0.5), exponentBits === 0 ? 0 : 1 + exponentBits);
    if (bits < 1 || bits > mostBits) throw fieldError(place, `a rate of 1 to ${mostBits} bits per block`, rate);
    return [bits, bits, maxPrecision, minExponent];
  },
  expert: (codec) => {
    const field = (name: string, low: number, high: number) =>
      asInteger(codec.configuration[name], inside(codec.place, name), low, high);
    const least = field('minbits', 0, mostBits);
    return [
      Math.max(1, least),
      field('maxbits', Math.max(1, least), mostBits),
      field('maxprec', 1, maxPrecision),
      field('minexp', -exponentOffset, 0x7fff - exponentOffset),
    ];
  },
};

/** Returns the largest integer whose power of two is not above `value`. */
function floorOfLog2(value: number): number {
  let exponent = Math.floor(Math.log2(value));
  while (2 ** exponent > value) exponent -= 1;
  while (2 ** (exponent + 1) <= value) exponent += 1;
  return Math.max(exponent, minExponent);
}

function refuseType({ codec, type }: SerializerUse): never {
  throw new UnsupportedError(`the Zarr codec '${codec.name}' for ${type.info.name}`, codec.place.path);
}

/** Parses the codec `zfp`, whose streams have no header. */
function headless(use: SerializerUse) {
  const { codec, type, shape } = use;
  const { name, code, size } = type.info;
  if (!storedTypes.has(name) && !convertedTypes.has(name)) refuseType(use);
  if (shape.length > maxRank) {
    throw new UnsupportedError(`the Zarr codec '${codec.name}' with ${shape.length} dimensions`, codec.place.path);
  }
  const sizes = shape.length === 0 ? [1] : [...shape].reverse();
  checkMembers(codec, ['mode', 'tolerance', 'precision', 'rate', 'minbits', 'maxbits', 'maxprec', 'minexp']);
  const mode = asChoice(codec.configuration['mode'], inside(codec.place, 'mode'), Object.keys(modes));
  const exponentBits = name === 'float32' ? 8 : name === 'float64' ? 11 : 0;
  const parse = modes[mode];
  if (parse === undefined || size === 0) return refuseType(use);
  const [least, most, precision, exponent] = parse(codec, 4 ** sizes.length, exponentBits);
  return {
    codec: 'zfp',
    params: [1, code, least, most, precision, exponent + exponentOffset, ...sizes],
  } as const;
}

/** Parses the codec of zfpy, whose streams have a header. */
function withHeader(use: SerializerUse) {
  if (!storedTypes.has(use.type.info.name)) refuseType(use);
  return { codec: 'zfp', params: [] } as const;
}

export const zfp: CodecDefinition = {
  numcodecs: {
    zfpy: () => bytes('zfp'),
  },
  serializers: {
    'numcodecs.zfpy': withHeader,
    zfp: headless,
    'zarrs.zfp': headless,
    'https://codec.zarrs.dev/array_to_bytes/zfp': headless,
  },
  hdf5: {
    // The first value has the versions of the libraries, the others the header of a stream.
    32013: { codec: 'zfp', params: (values) => (values.length < 2 ? null : [0, ...values.slice(1)]) },
  },
};
