/**
 * Derives the element type of a result from the types of the options.
 * @module
 */
import type { DType, RealDType } from '../core/dtype.js';

/** Type of option `K` in options of type `O`; undefined if it is not given. */
export type OptionValue<O, K extends string> = K extends keyof O ? O[K] : undefined;

/** `D`, or the integer type of the other sign, which the attribute `_Unsigned` selects. */
export type EitherSign<D extends DType> =
  | D
  | (D extends 'int8' | 'int16' | 'int32' | 'int64' ? `u${D}` : never)
  | (D extends `u${infer Signed extends 'int8' | 'int16' | 'int32' | 'int64'}` ? Signed : never);

/**
 * Element type that a read of an array of type `D` returns with options of type `O`. It is the type of `as`; otherwise
 * float64 with `scaled`. With `decode` the attributes choose it, and with `mask` its sign may differ. If the type of
 * the options leaves it open, this is the union of all possible types.
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

/** Element type that the options of opening name, such as `dtype` of raw files; any type if they name none. */
export type NamedDType<O> = OptionValue<O, 'dtype'> extends DType ? OptionValue<O, 'dtype'> : DType;

/** Makes keys that `Known` does not have a type error. */
export type Only<O, Known> = O extends object ? { readonly [K in Exclude<keyof O, keyof Known>]: never } : unknown;
