/**
 * The element type of a result, as far as it follows from what a caller writes.
 * @module
 */
import type { DType, RealDType } from '../core/dtype.js';

/** What options of type `O` say at `K`; undefined where they say nothing. */
export type OptionValue<O, K extends string> = K extends keyof O ? O[K] : undefined;

/** `D`, and the type that the attribute `_Unsigned` makes of it. */
export type EitherSign<D extends DType> =
  | D
  | (D extends 'int8' | 'int16' | 'int32' | 'int64' ? `u${D}` : never)
  | (D extends `u${infer Signed extends 'int8' | 'int16' | 'int32' | 'int64'}` ? Signed : never);

/**
 * The element type of what a read of an array of type `D` gives with options of type `O`: that of `as`; else float64 with `scaled`;
 * with `decode` one that the attributes choose; with `mask` it may have another sign. All of these that are possible, where the
 * type of the options leaves it open.
 */
export type ResultDType<D extends DType, O> = O extends object
  ? OptionValue<O, 'as'> extends infer As
    ? As extends RealDType
      ? As
      : OptionValue<O, 'scaled'> extends infer Scaled
        ? Scaled extends true
          ? 'float64'
          :
              | D
              | ('cf' extends OptionValue<O, 'decode'> ? EitherSign<D> | 'float32' | 'float64' : never)
              | (true extends OptionValue<O, 'mask'> ? EitherSign<D> : never)
        : never
    : never
  : D;

/** The element type that options of opening name, as raw's `dtype` does; any where they name none. */
export type NamedDType<O> = OptionValue<O, 'dtype'> extends DType ? OptionValue<O, 'dtype'> : DType;

/** Nothing but what `Known` has: a key of options that means nothing is a slip. */
export type Only<O, Known> = O extends object ? { readonly [K in Exclude<keyof O, keyof Known>]: never } : unknown;
