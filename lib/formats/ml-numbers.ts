/**
 * Describes the numbers of the library ml_dtypes, which Zarr v3 and safetensors store.
 * @see https://github.com/jax-ml/ml_dtypes
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types
 * @module
 */
import { type FloatBits, type SmallNumber, smallFloat, smallInteger } from './small-numbers.js';

function required(number: SmallNumber | null): SmallNumber {
  if (number === null) throw new TypeError('Expected a type of number that is supported');
  return number;
}

/** Describes a float in the low bits of a byte. From high to low: sign, `exponentSize` bits, `mantissaSize` bits. */
function float8(
  exponentSize: number,
  mantissaSize: number,
  bias: number,
  specials: FloatBits['specials'],
): SmallNumber {
  const sign = exponentSize + mantissaSize;
  const places = { sign, exponentAt: mantissaSize, exponentSize, mantissaAt: 0, mantissaSize, bias };
  return required(smallFloat({ storedBytes: 1, ...places, specials }));
}

const integer = (precision: number, signed: boolean): SmallNumber =>
  required(smallInteger({ storedBytes: 1, offset: 0, precision, signed }));

const numbers: readonly (readonly [name: string, number: SmallNumber])[] = [
  [
    'bfloat16',
    required(
      smallFloat({
        ...{ storedBytes: 2, sign: 15, exponentAt: 7, exponentSize: 8, mantissaAt: 0, mantissaSize: 7 },
        ...{ bias: 127, specials: 'ieee' },
      }),
    ),
  ],
  ['float4_e2m1fn', float8(2, 1, 1, 'none')],
  ['float6_e2m3fn', float8(2, 3, 1, 'none')],
  ['float6_e3m2fn', float8(3, 2, 3, 'none')],
  ['float8_e3m4', float8(3, 4, 3, 'ieee')],
  ['float8_e4m3', float8(4, 3, 7, 'ieee')],
  ['float8_e4m3fn', float8(4, 3, 7, 'highest-nan')],
  ['float8_e4m3b11fnuz', float8(4, 3, 11, 'negative-zero')],
  ['float8_e4m3fnuz', float8(4, 3, 8, 'negative-zero')],
  ['float8_e5m2', float8(5, 2, 15, 'ieee')],
  ['float8_e5m2fnuz', float8(5, 2, 16, 'negative-zero')],
  ['int2', integer(2, true)],
  ['uint2', integer(2, false)],
  ['int4', integer(4, true)],
  ['uint4', integer(4, false)],
];

/** Types by name. An element of fewer than 8 bits is in the low bits of a byte. */
export const mlNumbers: ReadonlyMap<string, SmallNumber> = new Map(
  numbers.map(([name, number]) => [name, { ...number, name }]),
);
