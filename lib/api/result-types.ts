/**
 * The element type of a result, as far as it follows from what a caller writes.
 * @module
 */
import type { DType, RealDType } from '../core/dtype.js';

/** What options of type `O` say at `K`; undefined where they say nothing. */
type Said<O, K extends string> = K extends keyof O ? O[K] : undefined;

/** `D`, or the type of the same size that the attribute `_Unsigned` makes of it. */
type Stored<D extends DType> =
  | D
  | (D extends 'int8' | 'int16' | 'int32' | 'int64' ? `u${D}` : never)
  | (D extends 'uint8' ? 'int8' : never)
  | (D extends 'uint16' ? 'int16' : never)
  | (D extends 'uint32' ? 'int32' : never)
  | (D extends 'uint64' ? 'int64' : never);

type ByMask<D extends DType, Mask> = Mask extends true ? Stored<D> : D;

type ByDecode<D extends DType, Decode, Mask> = Decode extends 'cf'
  ? Stored<D> | 'float32' | 'float64'
  : ByMask<D, Mask>;

type ByScaled<D extends DType, Scaled, Decode, Mask> = Scaled extends true ? 'float64' : ByDecode<D, Decode, Mask>;

type ByAs<D extends DType, As, Scaled, Decode, Mask> = As extends RealDType ? As : ByScaled<D, Scaled, Decode, Mask>;

/**
 * The element type of what a read of an array of type `D` gives with options of type `O`: that of `as`; else float64 with `scaled`;
 * with `decode` one that the attributes choose; with `mask` it may have another sign. All of these that are possible, where the
 * type of the options leaves it open.
 */
export type ResultDType<D extends DType, O> = O extends object
  ? ByAs<D, Said<O, 'as'>, Said<O, 'scaled'>, Said<O, 'decode'>, Said<O, 'mask'>>
  : D;

/** The element type that options of opening name, as raw's `dtype` does; any where they name none. */
export type NamedDType<O> = Said<O, 'dtype'> extends DType ? Said<O, 'dtype'> : DType;

/** Nothing but what `Known` has: a key of options that means nothing is a slip. */
export type Only<O, Known> = O extends object ? { readonly [K in Exclude<keyof O, keyof Known>]: never } : unknown;
