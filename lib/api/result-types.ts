/**
 * Derives the element type of a result from the types of the options.
 * @module
 */
import type { DataFor, DType, RealDType } from '../core/dtype.js';

/** Type of option `K` in options of type `O`; undefined if it is not given. */
export type OptionValue<O, K extends string> = K extends keyof O ? O[K] : undefined;

/** `D`, or the integer type of the other sign, which the attribute `_Unsigned` selects. */
export type EitherSign<D extends DType> =
  | D
  | (D extends 'int8' | 'int16' | 'int32' | 'int64' ? `u${D}` : never)
  | (D extends `u${infer Signed extends 'int8' | 'int16' | 'int32' | 'int64'}` ? Signed : never);

/**
 * Element type that a read of an array of type `D` returns with options of type `O`. The option `as` names the type,
 * and `scaled` makes it float64. With `decode`, it depends on the attributes of the array. With `mask`, it may be the
 * integer type of the other sign. If `O` does not determine the type, this is the union of all possible types.
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

/** Property `mask` of a result: never null if the options of type `O` ask for a mask. */
export type MaskFor<O> = O extends { readonly mask: true } ? { readonly mask: DataFor<'bool'> } : unknown;

/**
 * Element type that the options of `openArray` specify, such as `dtype` for raw files. If they specify none, any
 * element type.
 */
export type NamedDType<O> = OptionValue<O, 'dtype'> extends DType ? OptionValue<O, 'dtype'> : DType;

/** Turns keys of `O` that are not in `Known` into type errors. */
export type Only<O, Known> = O extends object ? { readonly [K in Exclude<keyof O, keyof Known>]: never } : unknown;
