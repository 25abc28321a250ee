/**
 * Results as vectors of Apache Arrow.
 * @module
 */
import { type DType, isComplex, type RealDType, type TypedArray } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { type ArrayData, float16BitsOf, noSuchType, readComplexAsPairs, shapeOf } from './result.js';

/** Names of the classes of Arrow's types. */
const typeNames = {
  bool: 'Bool',
  int8: 'Int8',
  int16: 'Int16',
  int32: 'Int32',
  int64: 'Int64',
  uint8: 'Uint8',
  uint16: 'Uint16',
  uint32: 'Uint32',
  uint64: 'Uint64',
  float16: 'Float16',
  float32: 'Float32',
  float64: 'Float64',
} as const satisfies Record<RealDType, string>;

/**
 * The parts of the package `apache-arrow` that {@link toArrow} uses.
 * @typeParam V its class `Vector`.
 */
export type ArrowModule<V> = Readonly<Record<(typeof typeNames)[keyof typeof typeNames], new () => unknown>> & {
  readonly Vector: new (input: never) => V;
  readonly Field: new (name: never, type: never, isNullable: never) => unknown;
  readonly FixedSizeList: new (length: never, field: never) => unknown;
  readonly makeData: (properties: never) => unknown;
};

/**
 * Returns a result as a vector of Apache Arrow, to use as a column of a table. An element of the vector is the part of
 * the result at one position along the first dimension. If the result has further dimensions, these parts are lists of
 * fixed size (`FixedSizeList`), nested once per dimension. A result without dimensions becomes a vector of one element.
 *
 * Elements that `mask` marks as missing become null. All real types have an equal type in Arrow. The vector shares the
 * memory of the result, so do not release the result while you use the vector. Only bool is copied, because Arrow
 * stores it as bits.
 * @param arrow the package `apache-arrow`.
 * @throws {TypeError} for complex results (see {@link viewAsReal}).
 * @example
 * import * as arrow from 'apache-arrow';
 * const table = new arrow.Table({ temperature: toArrow(await array.read(), arrow) });
 * await writeFile('t.arrow', arrow.tableToIPC(table));
 */
export function toArrow<V>(result: ArrayData, arrow: ArrowModule<V>): V {
  const shape = shapeOf(result);
  const { dtype, mask = null } = result;
  if (isComplex(dtype)) throw noSuchType('Arrow', result, readComplexAsPairs);
  const [, ...inner] = shape;
  let type: unknown = new arrow[typeNames[dtype]]();
  const length = product(shape);
  const validity = mask === null ? {} : { nullBitmap: packBits(mask, 0), nullCount: countMissing(mask) };
  let vector = arrow.makeData({ type, length, data: bufferOf(result, dtype), ...validity } as never);
  let isNullable = mask !== null;
  for (let d = inner.length - 1; d >= 0; d--) {
    const field = new arrow.Field('item' as never, type as never, isNullable as never);
    type = new arrow.FixedSizeList(inner[d] as never, field as never);
    const lists = product(shape.slice(0, d + 1));
    vector = arrow.makeData({ type, length: lists, nullCount: 0, child: vector } as never);
    isNullable = false;
  }
  return new arrow.Vector([vector] as never);
}

/** Returns the elements as Arrow stores them. */
function bufferOf({ data }: ArrayData, dtype: DType): TypedArray {
  if (dtype === 'bool') return packBits(data as Uint8Array, 1);
  return dtype === 'float16' ? float16BitsOf(data) : data;
}

/** Packs bytes into bits, the lowest bit first. A bit is 1 if its byte is `set`. */
function packBits(bytes: Uint8Array, set: 0 | 1): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === set) bits[i >>> 3] = (bits[i >>> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}

function countMissing(mask: Uint8Array): number {
  let count = 0;
  for (const isMissing of mask) count += isMissing;
  return count;
}
