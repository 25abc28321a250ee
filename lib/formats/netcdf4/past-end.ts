/**
 * Extends variables that are shorter than their unlimited dimension. In NetCDF, elements past the end of the HDF5
 * dataset have the fill value in the file, or the default fill value of the type. The HDF5 fill time only affects
 * absent chunks inside the dataset. Source: nc4_get_fill_value and nc4_get_default_fill_value of the NetCDF C library;
 * NC_FILL_* in netcdf.h.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import type { Io } from '../../io/io.js';
import type { ArrayDescriptor, Layer } from '../format.js';
import type { Hdf5ArrayDescriptor } from '../hdf5/dataset.js';
import { numberType } from '../hdf5/element-type.js';
import type { Datatype } from '../hdf5-facts.js';

/** NC_FILL_FLOAT and NC_FILL_DOUBLE: 15 * 2^119. */
const floatFill = 15 * 2 ** 119;

/** Default fill values by type. */
const defaultFills: Readonly<Record<string, FillValue>> = {
  int8: -127,
  uint8: 255,
  int16: -32767,
  uint16: 65535,
  int32: -2147483647,
  uint32: 4294967295,
  int64: -9223372036854775806n,
  uint64: 18446744073709551614n,
  float32: floatFill,
  float64: floatFill,
};

/**
 * Returns the default fill value of a datatype. For enums, this is the default of the base type; for non-numeric types,
 * null (zeros).
 */
function defaultFill(type: Datatype): FillValue {
  const number = numberType(type.kind === 'enum' ? type.base : type);
  return number === null ? null : (defaultFills[number] ?? null);
}

/**
 * Extends the array of a dataset to `shape`.
 * @param shape new shape, at least as large as the dataset in every dimension.
 */
export function extendTo(shape: readonly number[], dataset: Hdf5ArrayDescriptor): ArrayDescriptor {
  const { shape: stored, definedFill, datatype, fillValue, path, dtype } = dataset;
  if (shape.every((size, d) => size === stored[d])) return dataset;
  const fill = definedFill ?? defaultFill(datatype);
  // An enum of FALSE and TRUE is read as `bool`, which cannot represent the default fill value of the base type.
  const isUnreadable = fill === 'mixed' || (dtype === 'bool' && definedFill === null);
  return {
    ...dataset,
    shape,
    fillValue: isUnreadable ? fillValue : fill,
    *layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]> {
      if (isUnreadable && stop.some((end, d) => end > (stored[d] ?? 0))) {
        const what = `elements past the end of a variable of type ${dtype} that has no single fill value of that type`;
        throw new UnsupportedError(`${what}; the file stores elements up to [${stored.join(', ')}]`, path);
      }
      return (yield* dataset.layers(start, stop)).map((layer) => ({ fillValue, ...layer }));
    },
  };
}
